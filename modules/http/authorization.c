#include "http/authorization.h"

#include <string.h>

static bool is_visible(char c)
{
    return c > ' ' && c <= '~';
}

bool bf_authorization_is_word(struct bf_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (!is_visible(key.p[i]))
            return false;
    return key.n > 0;
}

/* Blanks are those of RFC 9110 section 5.6.3: a tab is one at the ends alone, since the scheme is
 * parted by 1*SP. */
static struct bf_str without_ends(struct bf_str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (struct bf_str){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static bool has_strange(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && !is_visible(s.p[i]))
            return true;
    return false;
}

enum bf_authorization bf_authorization_read(struct bf_str field, struct bf_str *key)
{
    struct bf_str rest;
    if (!field.p)
        return BF_AUTHORIZATION_NONE;
    field = without_ends(field);
    if (field.n == 0)
        return BF_AUTHORIZATION_EMPTY;
    if (has_strange(field))
        return BF_AUTHORIZATION_CHARACTER;
    struct bf_str scheme = bf_str_cut(field, ' ', &rest);
    if (!bf_str_eq_nocase(scheme, BF_STR("Bearer")) && !bf_str_eq_nocase(scheme, BF_STR("Apikey")))
        return BF_AUTHORIZATION_SCHEME;
    rest = without_ends(rest);
    if (rest.n == 0)
        return BF_AUTHORIZATION_NO_KEY;
    if (memchr(rest.p, ' ', rest.n))
        return BF_AUTHORIZATION_WORDS;
    *key = rest;
    return BF_AUTHORIZATION_KEY;
}

bool bf_authorization_parameter(struct bf_str name)
{
    static const struct bf_str names[] = {BF_STR_INIT("apikey"), BF_STR_INIT("access_token"),
                                          BF_STR_INIT("pushkey")};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (bf_str_eq(name, names[i]))
            return true;
    return false;
}
