/*
 * api/push/value_list: a JSON list of texts as the value of a multivalued field.
 *
 * Purpose    such a field is stored as one text with a separator between its values: the list is
 *            joined, so that it comes out as it went in. Empty texts are no values, and a list
 *            without any is null.
 * Errors     the reason, and which element (from 0) it is about: one that is no text, or that would
 *            not come out whole because the separator is in it.
 */
#ifndef BF_API_PUSH_VALUE_LIST_H
#define BF_API_PUSH_VALUE_LIST_H

#include "api/push/members.h"
#include "api/push/value_text.h"

struct bf_list_fault {
    size_t element;
    struct bf_str value; /* as it came; of what cannot be read: the whole list */
};

/* Whether the member is a list for a field that holds several values. */
bool bf_value_is_list(const struct bf_target *t, const struct bf_member *m);

/* NULL: good. */
const char *bf_value_from_list(const struct bf_target *t, const struct bf_member *list,
                               struct bf_value *out, struct bf_list_fault *fault);

#endif
