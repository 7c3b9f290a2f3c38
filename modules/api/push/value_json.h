/*
 * api/push/value_json: a JSON value as a value of a field.
 *
 * Strict where JSON has a type: a text is no number and a number is no text. A whole real (12.0) is
 * a whole number. null is null. Points come in every shape that publishers send (see
 * bf_value_expected). json_blob takes any value; a text is taken as it is.
 */
#ifndef BF_API_PUSH_VALUE_JSON_H
#define BF_API_PUSH_VALUE_JSON_H

#include "api/push/value_text.h"
#include "core/buf.h"

#include <jansson.h>

/* scratch is used for texts made from JSON; they are copied into the arena. NULL: good. */
const char *bf_value_from_json(const struct bf_target *t, const json_t *json,
                               struct bf_buf *scratch, struct bf_value *out);

/* Compact JSON with the shortest decimals, members in their order. Its depth is
 * the caller's to bound. */
void bf_json_print(struct bf_buf *out, const json_t *json);

#endif
