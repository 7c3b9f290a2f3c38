#include "catalog/guess_name.h"

#include "catalog/fields.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 63, NUMBER = 6, WORD = 40 };

/* U+00C0 to U+00FF without accents; `.`: no letter. */
static const char plain[] = "aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty";

/* The letter that a character of two bytes stands for; 0: none. */
static char letter_of(const unsigned char *p)
{
    unsigned code = (unsigned)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    if (code == 0x152 || code == 0x153) /* oe */
        return 'o';
    if (code < 0xc0 || code > 0xff)
        return 0;
    return plain[code - 0xc0] == '.' ? 0 : plain[code - 0xc0];
}

static char next_letter(struct bf_str s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[*i];
    ++*i;
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return (char)c;
    if ((c & 0xe0) != 0xc0 || *i >= s.n)
        return 0;
    ++*i;
    return letter_of((const unsigned char *)s.p + *i - 2);
}

/* Into out, without a number at its end. */
static size_t write_plain(struct bf_str header, char out[NAME])
{
    size_t n = 0;
    for (size_t i = 0; i < header.n && n < NAME - NUMBER;) {
        char c = next_letter(header, &i);
        if (n == 0 && c >= '0' && c <= '9') {
            out[n++] = 'c'; /* a name begins with a letter */
            out[n++] = '_';
        }
        if (c)
            out[n++] = c;
        else if (n && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n && out[n - 1] == '_')
        n--;
    if (n == 0)
        out[n++] = 'c';
    return n;
}

static bool is_free(struct bf_map *taken, struct bf_str name)
{
    return !bf_fields_reserved(name) && !bf_map_get(taken, name);
}

bool bf_guess_name_fits(struct bf_str header)
{
    return bf_fields_is_name(header, false) && !bf_fields_reserved(header);
}

struct bf_str bf_guess_name(struct bf_arena *a, struct bf_str header, struct bf_map *taken)
{
    char text[NAME + 1];
    size_t n = write_plain(header, text);
    struct bf_str name = {text, n};
    for (int i = 2; i < 10000 && !is_free(taken, name); i++)
        name.n = n + (size_t)snprintf(text + n, sizeof text - n, "_%d", i);
    name = bf_arena_dup(a, name);
    if (name.p && !bf_map_put(taken, name, taken))
        return (struct bf_str){NULL, 0};
    return name;
}

bool bf_guess_name_says(struct bf_str name, const char *words)
{
    char word[WORD];
    while (name.p) {
        struct bf_str part = bf_str_cut(name, '_', &name);
        if (part.n == 0 || part.n > WORD - 3)
            continue;
        snprintf(word, sizeof word, " %.*s ", BF_STR_ARG(part));
        if (strstr(words, word))
            return true;
    }
    return false;
}
