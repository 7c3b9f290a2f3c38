/*
 * api/push/members: the members of one JSON object, or the elements of one list, read in place
 * (RFC 8259).
 *
 * Purpose    records are flat objects of numbers and short texts: building a tree for each costs
 *            more than everything else that a push does. Nested values come as their text; whoever
 *            needs one reads it with a parser of trees.
 * Ownership  texts are borrowed from the object; a text with escapes is decoded into the arena.
 * Strict     the grammar to the letter, well-formed UTF-8, no \u0000. What lies inside a nested
 *            value is only skipped: brackets balanced, texts closed.
 *
 *     bf_members_open(&m, arena, object);
 *     while (bf_members_next(&m, &one)) ...
 *     if (m.why) ... at byte m.at of the object
 */
#ifndef BF_API_PUSH_MEMBERS_H
#define BF_API_PUSH_MEMBERS_H

#include "core/arena.h"

enum bf_member_kind {
    BF_MEMBER_NULL,
    BF_MEMBER_TRUE,
    BF_MEMBER_FALSE,
    BF_MEMBER_NUMBER,
    BF_MEMBER_TEXT,
    BF_MEMBER_OBJECT,
    BF_MEMBER_ARRAY,
};

struct bf_member {
    struct bf_str name;
    enum bf_member_kind kind;
    struct bf_str text; /* TEXT: decoded; everything else: as it is written */
};

struct bf_members {
    struct bf_arena *arena;
    const char *start, *p, *end;
    bool begun;
    const char *why; /* what is wrong; NULL: nothing */
    size_t at;
};

void bf_members_open(struct bf_members *m, struct bf_arena *a, struct bf_str object);
bool bf_members_next(struct bf_members *m, struct bf_member *out);
/* The elements of a list that was opened in the same way, without names. */
bool bf_members_next_element(struct bf_members *m, struct bf_member *out);

/* Whether the whole text is one number. */
bool bf_members_is_number(struct bf_str text);

#endif
