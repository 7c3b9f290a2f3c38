#include "core/str.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

bool bf_str_eq(struct bf_str a, struct bf_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u + 32) : u;
}

bool bf_str_eq_nocase(struct bf_str a, struct bf_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool bf_str_starts(struct bf_str s, struct bf_str prefix)
{
    return s.n >= prefix.n && bf_str_eq((struct bf_str){s.p, prefix.n}, prefix);
}

bool bf_str_ends(struct bf_str s, struct bf_str suffix)
{
    return s.n >= suffix.n && bf_str_eq((struct bf_str){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

bool bf_str_is_file(struct bf_str name, const char *ending)
{
    struct bf_str end = bf_str_of(ending);
    return name.n > end.n && bf_str_eq_nocase((struct bf_str){name.p + name.n - end.n, end.n}, end);
}

struct bf_str bf_str_unmarked(struct bf_str s)
{
    static const struct bf_str mark = BF_STR_INIT("\xEF\xBB\xBF");
    return bf_str_starts(s, mark) ? (struct bf_str){s.p + mark.n, s.n - mark.n} : s;
}

bool bf_str_in(struct bf_str s, const struct bf_str *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bf_str_eq(list[i], s))
            return true;
    return false;
}

int bf_str_cmp(struct bf_str a, struct bf_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct bf_str bf_str_trim(struct bf_str s)
{
    while (s.n && blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct bf_str bf_str_cut(struct bf_str s, char mark, struct bf_str *rest)
{
    const char *at = s.n ? memchr(s.p, mark, s.n) : NULL;
    if (!at) {
        *rest = (struct bf_str){NULL, 0};
        return s;
    }
    size_t n = (size_t)(at - s.p);
    *rest = (struct bf_str){at + 1, s.n - n - 1};
    return (struct bf_str){s.p, n};
}

uint64_t bf_str_hash(struct bf_str s)
{
    return XXH3_64bits(s.n ? s.p : "", s.n);
}

/* Length of the well-formed sequence at p (1..4), or 0. RFC 3629 section 4. */
static size_t utf8_sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return c != 0;
    size_t more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    if (c < 0xC2 || c > 0xF4 || n <= more)
        return 0;
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i <= more; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return more + 1;
}

bool bf_str_is_utf8(struct bf_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t step = utf8_sequence(p + i, s.n - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

struct bf_str bf_str_clip(struct bf_str s, size_t most)
{
    if (s.n <= most)
        return s;
    s.n = most;
    while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xC0) == 0x80)
        s.n--;
    return s;
}

size_t bf_str_chars(struct bf_str s, size_t at)
{
    size_t chars = 0;
    for (size_t i = 0; i < at && i < s.n; i++)
        chars += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return chars;
}
