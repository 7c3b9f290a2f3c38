/*
 * api/keys/narrowing: what a key is narrowed to, as JSON.
 *
 * Purpose    {"datasets":["a"],"bbox":[w,s,e,n],"origins":["https://…"],"rate":60}: the members of
 *            the claims of the same names (auth/narrow), each of them only when it is there. So it
 *            stands in catalog.api_key, in the admin API and in what a holder asks for.
 * Ownership  what is read lies in the arena.
 * Errors     PARAMETER, with the member.
 */
#ifndef BF_API_KEYS_NARROWING_H
#define BF_API_KEYS_NARROWING_H

#include "auth/narrow.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#include <jansson.h>

void bf_narrowing_print(struct bf_buf *out, const struct bf_narrowing *n);
/* Of a JSON object, as somebody orders it; members of other names are not looked at. */
bool bf_narrowing_read(struct bf_arena *a, const json_t *object, struct bf_narrowing *out,
                       struct bf_err *err);
/* Of the text in catalog.api_key, which also has `rates`: those of the keys that it was narrowed
 * from. */
bool bf_narrowing_parse(struct bf_arena *a, struct bf_str text, struct bf_narrowing *out,
                        struct bf_err *err);

#endif
