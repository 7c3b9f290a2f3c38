/*
 * api/push/value_json: a JSON value as a value of a field.
 *
 * Strict where JSON has a type: a text is no number and a number is no text. A whole real (12.0) is
 * a whole number. null is null. Points come in every shape that publishers send (see
 * bf_value_expected). json_blob takes any value; a text is taken as it is, an object or array is
 * kept in compact form.
 */
#ifndef BF_API_PUSH_VALUE_JSON_H
#define BF_API_PUSH_VALUE_JSON_H

#include "api/push/members.h"
#include "api/push/value_text.h"
#include "core/buf.h"

/* NULL: good. */
const char *bf_value_from_json(const struct bf_target *t, const struct bf_member *m,
                               struct bf_value *out);

/* Whether a nested value is JSON throughout; what is dropped must be that, too. */
bool bf_value_is_json(const struct bf_member *m);

#endif
