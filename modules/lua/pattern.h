/*
 * lua/pattern: Lua's patterns, with a limit.
 *
 * Purpose    string.find, match, gmatch and gsub. A pattern is read once into items, each a set of
 *            bytes with how often it may come, or a mark; matching steps back through them.
 * Language   that of Lua 5.4 (reference manual, 6.4.1): classes %a %c %d %g %l %p %s %u %w %x and
 *            their complements, `.`, sets, `* + - ?`, captures and positions, %1 to %9, %bxy,
 *            %f[…], `^` first and `$` last. Bytes, not letters; classes know ASCII only.
 * Limits     BF_PATTERN_ITEMS items and BF_PATTERN_SETS different sets of one pattern, at most 32
 *            captures. Every step is told to the meter, so a pattern that steps back for ever ends
 *            with the call's time. The stack of C grows by the items, never by the text.
 * Errors     of the pattern: raised in the state, with what is wrong.
 */
#ifndef BF_LUA_PATTERN_H
#define BF_LUA_PATTERN_H

#include "core/str.h"

#include <lua.h>

enum { BF_PATTERN_ITEMS = 250, BF_PATTERN_SETS = 40, BF_PATTERN_CAPTURES = 32 };

struct bf_pattern_item {
    unsigned char kind, repeat;
    unsigned char a, b; /* a byte, the index of a set or capture; the pair of %b */
};

struct bf_pattern {
    lua_State *L;
    bool anchored;
    unsigned n, nsets, ncaptures;
    struct bf_pattern_item items[BF_PATTERN_ITEMS + 1];
    uint32_t sets[BF_PATTERN_SETS][8];
};

struct bf_match {
    const struct bf_pattern *pattern;
    const char *start, *end; /* of the text */
    unsigned steps;
    struct {
        const char *p;
        const char *end; /* NULL: not closed yet; = p with `position`: a place, not a text */
        bool position;
    } captures[BF_PATTERN_CAPTURES];
};

void bf_pattern_read(struct bf_pattern *out, lua_State *L, struct bf_str text);
void bf_match_init(struct bf_match *m, const struct bf_pattern *p, struct bf_str text);
/* The end of a match that begins exactly at `at`; NULL: there is none. */
const char *bf_match_at(struct bf_match *m, const char *at);
/* The first match from `at` on: its end, and *from is its beginning. */
const char *bf_match_from(struct bf_match *m, const char *at, const char **from);

/* Pushes the captures, or the whole match where the pattern has none; how many they are. */
int bf_match_push(const struct bf_match *m, const char *from, const char *end);
/* Pushes the capture of that number (from 0); 0 is the whole match where there is none. */
void bf_match_push_one(const struct bf_match *m, unsigned number, const char *from,
                       const char *end);

#endif
