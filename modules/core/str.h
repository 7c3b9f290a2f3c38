/*
 * core/str: a borrowed run of bytes.
 *
 * Purpose    strings inside the server: UTF-8 unless a comment says otherwise, not NUL-terminated.
 * Ownership  none: a bf_str never owns its bytes; whoever made them keeps them alive longer.
 * Errors     none; an empty string is {any pointer, 0} and never compares by its pointer.
 *
 *     if (bf_str_eq(name, BF_STR("limit"))) ...
 *     printf("%.*s", BF_STR_ARG(name));
 */
#ifndef BF_CORE_STR_H
#define BF_CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bf_str {
    const char *p;
    size_t n;
};

/* BF_STR of a literal; BF_STR_INIT is the same for static initialisers. */
#define BF_STR(literal) ((struct bf_str){"" literal, sizeof(literal) - 1})
#define BF_STR_INIT(literal)            \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }
#define BF_STR_ARG(s) (int)(s).n, (s).p

/* Of a NUL-terminated text; NULL gives an empty string. */
static inline struct bf_str bf_str_of(const char *text)
{
    return (struct bf_str){text, text ? strlen(text) : 0};
}

bool bf_str_eq(struct bf_str a, struct bf_str b);
bool bf_str_eq_nocase(struct bf_str a, struct bf_str b); /* ASCII letters only */
bool bf_str_starts(struct bf_str s, struct bf_str prefix);
bool bf_str_ends(struct bf_str s, struct bf_str suffix);
/* Whether the name of a file has this ending, in small or capital letters, and more before it. */
bool bf_str_is_file(struct bf_str name, const char *ending);
/* Whether s is one of the list. */
bool bf_str_in(struct bf_str s, const struct bf_str *list, size_t n);
int bf_str_cmp(struct bf_str a, struct bf_str b); /* by bytes, shorter first; for qsort */
struct bf_str bf_str_trim(struct bf_str s);       /* without leading and trailing ASCII blanks */
struct bf_str bf_str_unmarked(struct bf_str s); /* without the byte order mark of UTF-8 before it */

/* The part before the first `mark`; *rest is what follows it. Without `mark`: all of s, and *rest
 * is {NULL, 0}. */
struct bf_str bf_str_cut(struct bf_str s, char mark, struct bf_str *rest);

/* A hash of the bytes for tables inside one process (not stable across builds, not for secrets). */
uint64_t bf_str_hash(struct bf_str s);

/* Whether s is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without U+0000. */
bool bf_str_is_utf8(struct bf_str s);

/* s, or as much of it as fits into `most` bytes without a letter of UTF-8 that is cut in two. */
struct bf_str bf_str_clip(struct bf_str s, size_t most);

/* Number of code points of well-formed UTF-8 before byte `at`: byte offsets to the character
 * offsets that clients see. */
size_t bf_str_chars(struct bf_str s, size_t at);

#endif
