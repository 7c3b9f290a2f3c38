/*
 * value/member: one more member of a JSON object that is being printed, without blanks.
 *
 * Purpose    who prints an object need not think of commas: there is one before every member but
 *            the first, which the brace in front of it tells.
 * Errors     sticky in the buffer.
 *
 *     bf_buf_char(out, '{');
 *     bf_member_text(out, "id", id);
 *     bf_member_int(out, "rows", rows);
 *     bf_buf_char(out, '}');                            {"id":"a","rows":3}
 */
#ifndef BF_VALUE_MEMBER_H
#define BF_VALUE_MEMBER_H

#include "core/buf.h"

/* Its name; a value follows. */
void bf_member(struct bf_buf *out, const char *name);

void bf_member_text(struct bf_buf *out, const char *name, struct bf_str text);
void bf_member_text_or_null(struct bf_buf *out, const char *name, struct bf_str text); /* empty */
void bf_member_int(struct bf_buf *out, const char *name, int64_t n);
/* Microseconds since 1970, in UTC with a Z. */
void bf_member_instant(struct bf_buf *out, const char *name, int64_t at);
void bf_member_instant_or_null(struct bf_buf *out, const char *name, int64_t at); /* 0 */

#endif
