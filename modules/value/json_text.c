#include "value/json_text.h"

#include <string.h>

enum { DEPTH = 64 };

struct reader {
    const char *p, *end;
    int depth;
};

static bool value(struct reader *r);

static void blanks(struct reader *r)
{
    while (r->p < r->end && memchr(" \t\n\r", *r->p, 4))
        r->p++;
}

static bool take(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool digits(struct reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > start;
}

static bool number(struct reader *r)
{
    take(r, '-');
    if (!take(r, '0') && !digits(r))
        return false;
    if (take(r, '.') && !digits(r))
        return false;
    if (!take(r, 'e') && !take(r, 'E'))
        return true;
    if (!take(r, '+'))
        take(r, '-');
    return digits(r);
}

static bool hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool escape(struct reader *r)
{
    if (r->p == r->end)
        return false;
    char c = *r->p++;
    if (c != 'u')
        return memchr("\"\\/bfnrt", c, 8) != NULL;
    for (int i = 0; i < 4; i++, r->p++)
        if (r->p == r->end || !hex(*r->p))
            return false;
    return true;
}

static bool string(struct reader *r)
{
    if (!take(r, '"'))
        return false;
    while (r->p < r->end) {
        char c = *r->p++;
        if (c == '"')
            return true;
        if ((unsigned char)c < ' ' || (c == '\\' && !escape(r)))
            return false;
    }
    return false;
}

static bool member(struct reader *r)
{
    if (!string(r))
        return false;
    blanks(r);
    return take(r, ':') && value(r);
}

static bool members(struct reader *r, char close, bool (*one)(struct reader *))
{
    blanks(r);
    if (take(r, close))
        return true;
    do {
        blanks(r);
        if (!one(r))
            return false;
        blanks(r);
    } while (take(r, ','));
    return take(r, close);
}

static bool word(struct reader *r, struct bf_str w)
{
    if (!bf_str_starts((struct bf_str){r->p, (size_t)(r->end - r->p)}, w))
        return false;
    r->p += w.n;
    return true;
}

static bool nested(struct reader *r)
{
    bool object = *r->p++ == '{';
    bool good = ++r->depth <= DEPTH && members(r, object ? '}' : ']', object ? member : value);
    r->depth--;
    return good;
}

static bool value(struct reader *r)
{
    blanks(r);
    if (r->p == r->end)
        return false;
    switch (*r->p) {
    case '{':
    case '[':
        return nested(r);
    case '"':
        return string(r);
    case 't':
        return word(r, BF_STR("true"));
    case 'f':
        return word(r, BF_STR("false"));
    case 'n':
        return word(r, BF_STR("null"));
    default:
        return number(r);
    }
}

bool bf_json_text_valid(struct bf_str text)
{
    struct reader r = {text.p, text.p + text.n, 0};
    if (!value(&r))
        return false;
    blanks(&r);
    return r.p == r.end;
}

size_t bf_json_text_too_deep(struct bf_str text, size_t most)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > most)
                return i;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return text.n;
}
