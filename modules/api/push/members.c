#include "api/push/members.h"

#include <string.h>

/* What may end a run of ordinary characters in a text. */
enum { ORDINARY, HIGH, QUOTE, ESCAPE, CONTROL };

static const unsigned char classes[256] = {
    [0 ... 0x1F] = CONTROL, ['"'] = QUOTE, ['\\'] = ESCAPE, [0x80 ... 0xFF] = HIGH};

void bf_members_open(struct bf_members *m, struct bf_arena *a, struct bf_str object)
{
    *m = (struct bf_members){
        .arena = a, .start = object.p, .p = object.p, .end = object.p + object.n};
}

static bool wrong(struct bf_members *m, const char *why)
{
    m->why = why;
    m->at = (size_t)(m->p - m->start);
    return false;
}

static void skip_blanks(struct bf_members *m)
{
    while (m->p < m->end && (*m->p == ' ' || *m->p == '\n' || *m->p == '\r' || *m->p == '\t'))
        m->p++;
}

static bool take(struct bf_members *m, char c, const char *why)
{
    skip_blanks(m);
    if (m->p == m->end || *m->p != c)
        return wrong(m, why);
    m->p++;
    return true;
}

/* ---- texts ---- */

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four digits after \u; -1: not four digits. */
static int32_t hex4(const struct bf_members *m, const char *p)
{
    int32_t v = 0;
    if (m->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = hex(p[i]);
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* m->p stands after `\u`; a pair of surrogates is one character. */
static bool take_code_point(struct bf_members *m, char **to)
{
    int32_t c = hex4(m, m->p);
    if (c <= 0)
        return wrong(m, c == 0 ? "\\u0000 cannot be stored" : "\\u needs four digits");
    m->p += 4;
    if (c >= 0xD800 && c <= 0xDFFF) {
        int32_t low = c < 0xDC00 && m->end - m->p >= 2 && m->p[0] == '\\' && m->p[1] == 'u'
                          ? hex4(m, m->p + 2)
                          : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return wrong(m, "half of a surrogate pair");
        m->p += 6;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    *to = put_utf8(*to, (uint32_t)c);
    return true;
}

static bool take_escape(struct bf_members *m, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    if (++m->p == m->end)
        return wrong(m, "a text is not closed");
    if (*m->p == 'u') {
        m->p++;
        return take_code_point(m, to);
    }
    const char *at = memchr(from, *m->p, sizeof from - 1);
    if (!at)
        return wrong(m, "no such escape");
    *(*to)++ = into[at - from];
    m->p++;
    return true;
}

/* The rest of a text from its first escape on: decoded, it is never longer than it is written. */
static bool take_escaped(struct bf_members *m, const char *start, bool high, struct bf_str *out)
{
    size_t n = (size_t)(m->p - start);
    char *copy = bf_arena_alloc(m->arena, (size_t)(m->end - start));
    char *to = copy;
    if (!copy)
        return wrong(m, "it is too large");
    memcpy(to, start, n);
    to += n;
    while (m->p < m->end && *m->p != '"') {
        unsigned char c = (unsigned char)*m->p;
        if (c < 0x20)
            return wrong(m, "a control character in a text");
        high |= c >= 0x80;
        if (c != '\\')
            *to++ = *m->p++;
        else if (!take_escape(m, &to))
            return false;
    }
    if (m->p == m->end)
        return wrong(m, "a text is not closed");
    *out = (struct bf_str){copy, (size_t)(to - copy)};
    if (high && !bf_str_is_utf8(*out))
        return wrong(m, "it is not UTF-8");
    m->p++;
    return true;
}

/* m->p stands after the opening quote. */
static bool take_text(struct bf_members *m, struct bf_str *out)
{
    const char *start = m->p;
    bool high = false;
    for (; m->p < m->end; m->p++) {
        switch (classes[(unsigned char)*m->p]) {
        case ORDINARY:
            continue;
        case HIGH:
            high = true;
            continue;
        case ESCAPE:
            return take_escaped(m, start, high, out);
        case CONTROL:
            return wrong(m, "a control character in a text");
        default:
            break;
        }
        *out = (struct bf_str){start, (size_t)(m->p - start)};
        if (high && !bf_str_is_utf8(*out))
            return wrong(m, "it is not UTF-8");
        m->p++;
        return true;
    }
    return wrong(m, "a text is not closed");
}

/* ---- numbers, names, nested values ---- */

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

/* The end of the number at p (RFC 8259 section 6), or NULL. */
static const char *number_end(const char *p, const char *end)
{
    p += p < end && *p == '-';
    const char *whole = digits(p, end);
    if (whole == p || (*p == '0' && whole - p > 1))
        return NULL;
    p = whole;
    if (p < end && *p == '.') {
        const char *fraction = digits(p + 1, end);
        if (fraction == p + 1)
            return NULL;
        p = fraction;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        const char *exponent = digits(p, end);
        return exponent == p ? NULL : exponent;
    }
    return p;
}

bool bf_members_is_number(struct bf_str text)
{
    return text.n > 0 && number_end(text.p, text.p + text.n) == text.p + text.n;
}

static bool take_word(struct bf_members *m, struct bf_str word, enum bf_member_kind kind,
                      struct bf_member *out)
{
    if ((size_t)(m->end - m->p) < word.n || memcmp(m->p, word.p, word.n) != 0)
        return wrong(m, "a value is expected");
    out->kind = kind;
    out->text = word;
    m->p += word.n;
    return true;
}

static bool take_number(struct bf_members *m, struct bf_member *out)
{
    const char *end = number_end(m->p, m->end);
    if (!end)
        return wrong(m, "a value is expected");
    out->kind = BF_MEMBER_NUMBER;
    out->text = (struct bf_str){m->p, (size_t)(end - m->p)};
    m->p = end;
    return true;
}

static bool take_nested(struct bf_members *m, struct bf_member *out)
{
    const char *start = m->p;
    size_t depth = 0;
    bool inside = false; /* a text */
    do {
        char c = *m->p++;
        if (inside) {
            m->p += c == '\\' && m->p < m->end;
            inside = c != '"';
        } else {
            inside = c == '"';
            depth += c == '{' || c == '[';
            depth -= c == '}' || c == ']';
        }
    } while (depth && m->p < m->end);
    if (depth)
        return wrong(m, "a bracket is not closed");
    out->kind = *start == '{' ? BF_MEMBER_OBJECT : BF_MEMBER_ARRAY;
    out->text = (struct bf_str){start, (size_t)(m->p - start)};
    return true;
}

static bool take_value(struct bf_members *m, struct bf_member *out)
{
    skip_blanks(m);
    if (m->p == m->end)
        return wrong(m, "a value is expected");
    switch (*m->p) {
    case '"':
        m->p++;
        out->kind = BF_MEMBER_TEXT;
        return take_text(m, &out->text);
    case '{':
    case '[':
        return take_nested(m, out);
    case 't':
        return take_word(m, BF_STR("true"), BF_MEMBER_TRUE, out);
    case 'f':
        return take_word(m, BF_STR("false"), BF_MEMBER_FALSE, out);
    case 'n':
        return take_word(m, BF_STR("null"), BF_MEMBER_NULL, out);
    default:
        return take_number(m, out);
    }
}

/* Nothing may follow the last bracket. Always false. */
static bool end(struct bf_members *m)
{
    m->p++;
    skip_blanks(m);
    return m->p != m->end && wrong(m, "something follows the object");
}

/* Moves to the next member or element; false: there is none, or something is wrong. */
static bool step(struct bf_members *m, const char *brackets, const char *opening, const char *more)
{
    if (m->why)
        return false;
    if (!m->begun && !take(m, brackets[0], opening))
        return false;
    skip_blanks(m);
    if (m->p < m->end && *m->p == brackets[1])
        return end(m);
    if (m->begun && !take(m, ',', more))
        return false;
    m->begun = true;
    return true;
}

bool bf_members_next(struct bf_members *m, struct bf_member *out)
{
    return step(m, "{}", "an object is expected", "a comma or } is expected") &&
           take(m, '"', "a name in quotes is expected") && take_text(m, &out->name) &&
           take(m, ':', "a colon is expected") && take_value(m, out);
}

bool bf_members_next_element(struct bf_members *m, struct bf_member *out)
{
    out->name = BF_STR("");
    return step(m, "[]", "a list is expected", "a comma or ] is expected") && take_value(m, out);
}
