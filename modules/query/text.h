/*
 * query/text: SQL text that grows in an arena.
 *
 * Purpose    one run of bytes for all pieces of a statement, without malloc.
 * Ownership  lies in the arena; a piece is cut out of it when everything is written, because it
 *            moves while it grows.
 * Errors     sticky: append unchecked, ask bf_text_failed() once.
 */
#ifndef BF_QUERY_TEXT_H
#define BF_QUERY_TEXT_H

#include "core/arena.h"

struct bf_text {
    struct bf_arena *arena;
    char *p;
    size_t n, room;
    bool failed;
};

void bf_text_init(struct bf_text *t, struct bf_arena *a, size_t room);
void bf_text_str(struct bf_text *t, struct bf_str s);
void bf_text_number(struct bf_text *t, size_t v);
void bf_text_again(struct bf_text *t, size_t from, size_t to); /* what stands there, once more */
bool bf_text_failed(const struct bf_text *t);
struct bf_str bf_text_piece(const struct bf_text *t, size_t from, size_t to);

#define bf_text_put(t, literal) bf_text_str((t), BF_STR(literal))

#endif
