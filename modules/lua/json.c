#include "lua/json.h"

#include "lua/freeze.h"
#include "value/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------- */

struct reader {
    lua_State *L;
    const char *p, *end;
    int depth;
};

static bool read_value(struct reader *r);

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool take(struct reader *r, char c)
{
    skip_blanks(r);
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

static bool take_word(struct reader *r, struct bf_str word)
{
    if ((size_t)(r->end - r->p) < word.n || memcmp(r->p, word.p, word.n) != 0)
        return false;
    r->p += word.n;
    return true;
}

/* Four hexadecimal digits; -1: they are none. */
static int hex4(struct reader *r)
{
    int v = 0;
    if (r->end - r->p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)*r->p++;
        int digit = c >= '0' && c <= '9'                     ? c - '0'
                    : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                             : -1;
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

static size_t put_utf8(char *out, int c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Behind `\u`. */
static bool read_unicode(struct reader *r, struct bf_build *b)
{
    int c = hex4(r);
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (!take_word(r, BF_STR("\\u")))
            return false;
        int low = hex4(r);
        if (low < 0xDC00 || low > 0xDFFF)
            return false;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    if (c <= 0 || (c >= 0xD800 && c <= 0xDFFF))
        return false;
    b->n += put_utf8(bf_build_room(b, 4), c);
    return true;
}

static bool read_escape(struct reader *r, struct bf_build *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end)
        return false;
    char c = *r->p++;
    if (c == 'u')
        return read_unicode(r, b);
    const char *found = c ? strchr(from, c) : NULL;
    if (found)
        bf_build_add(b, to + (found - from), 1);
    return found != NULL;
}

/* Behind the quote. */
static bool read_text(struct reader *r)
{
    struct bf_build b;
    int top = lua_gettop(r->L);
    bf_build_open(&b, r->L);
    for (;;) {
        const char *start = r->p;
        while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20)
            r->p++;
        bf_build_add(&b, start, (size_t)(r->p - start));
        if (r->p == r->end || (unsigned char)*r->p < 0x20)
            break;
        if (*r->p++ == '"') {
            bool utf8 = bf_str_is_utf8((struct bf_str){b.p, b.n});
            if (utf8)
                bf_build_push(&b);
            else
                lua_settop(r->L, top);
            return utf8;
        }
        if (!read_escape(r, &b))
            break;
    }
    lua_settop(r->L, top);
    return false;
}

static bool is_digit(const struct reader *r)
{
    return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static bool skip_digits(struct reader *r)
{
    bool any = is_digit(r);
    while (is_digit(r))
        r->p++;
    return any;
}

static bool skip_number(struct reader *r)
{
    if (r->p < r->end && *r->p == '-')
        r->p++;
    if (r->p < r->end && *r->p == '0')
        r->p++;
    else if (!skip_digits(r))
        return false;
    if (r->p < r->end && *r->p == '.') {
        r->p++;
        if (!skip_digits(r))
            return false;
    }
    if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
        r->p++;
        if (r->p < r->end && (*r->p == '-' || *r->p == '+'))
            r->p++;
        return skip_digits(r);
    }
    return true;
}

static bool read_number(struct reader *r)
{
    struct bf_str s = {r->p, 0};
    int64_t whole;
    double real;
    if (!skip_number(r))
        return false;
    s.n = (size_t)(r->p - s.p);
    if (bf_number_int(s, &whole))
        lua_pushinteger(r->L, whole);
    else if (bf_number_real(s, &real))
        lua_pushnumber(r->L, real);
    else
        return false;
    return true;
}

static bool read_list(struct reader *r)
{
    lua_newtable(r->L);
    if (take(r, ']'))
        return true;
    for (lua_Integer i = 1;; i++) {
        if (!read_value(r))
            return false;
        lua_rawseti(r->L, -2, i);
        if (take(r, ']'))
            return true;
        if (!take(r, ','))
            return false;
    }
}

static bool read_object(struct reader *r)
{
    lua_newtable(r->L);
    if (take(r, '}'))
        return true;
    for (;;) {
        if (!take(r, '"') || !read_text(r) || !take(r, ':') || !read_value(r))
            return false;
        lua_rawset(r->L, -3);
        if (take(r, '}'))
            return true;
        if (!take(r, ','))
            return false;
    }
}

/* What it pushed before it failed is the caller's to take away. */
static bool read_value(struct reader *r)
{
    skip_blanks(r);
    bf_meter_work(r->L, 32);
    luaL_checkstack(r->L, 6, NULL);
    if (r->p == r->end || r->depth == BF_LUA_DEPTH)
        return false;
    bool ok;
    switch (*r->p) {
    case '{':
    case '[':
        r->depth++;
        ok = *r->p++ == '{' ? read_object(r) : read_list(r);
        r->depth--;
        return ok;
    case '"':
        r->p++;
        return read_text(r);
    case 'n':
        lua_pushnil(r->L);
        return take_word(r, BF_STR("null"));
    case 't':
        lua_pushboolean(r->L, true);
        return take_word(r, BF_STR("true"));
    case 'f':
        lua_pushboolean(r->L, false);
        return take_word(r, BF_STR("false"));
    default:
        return read_number(r);
    }
}

bool bf_lua_json_read(lua_State *L, struct bf_str text)
{
    struct reader r = {.L = L, .p = text.p, .end = text.p + text.n};
    int top = lua_gettop(L);
    bf_meter_work(L, text.n);
    if (read_value(&r)) {
        skip_blanks(&r);
        if (r.p == r.end)
            return true;
    }
    lua_settop(L, top);
    return false;
}

/* ---- writing ------------------------------------------------------------------------------- */

struct writer {
    lua_State *L;
    struct bf_build *b;
    const char *what;
    int depth;
};

static void write_value(struct writer *w, int index);

static void write_number(lua_State *L, int index, struct bf_build *b, const char *what)
{
    char *out = bf_build_room(b, BF_NUMBER_MAX);
    int whole;
    lua_Integer i = lua_tointegerx(L, index, &whole);
    lua_Number v = lua_tonumber(L, index);
    if (whole && (lua_isinteger(L, index) || fabs(v) < 9007199254740992.0))
        b->n += bf_number_format_int(out, i);
    else if (isfinite(v))
        b->n += bf_number_format(out, v);
    else
        luaL_error(L, "%s is a number that is none (a division by zero, or too large)", what);
}

static void write_text(struct writer *w, struct bf_str s)
{
    static const char hex[] = "0123456789abcdef";
    if (!bf_str_is_utf8(s))
        luaL_error(w->L, "%s is no UTF-8; functions of 'string' count bytes and may cut a letter",
                   w->what);
    bf_meter_work(w->L, s.n);
    bf_build_add(w->b, "\"", 1);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') {
            bf_build_add(w->b, "\\", 1);
            bf_build_add(w->b, s.p + i, 1);
        } else if (c < 0x20) {
            char escape[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
            bf_build_add(w->b, escape, sizeof escape);
        } else {
            bf_build_add(w->b, s.p + i, 1);
        }
    }
    bf_build_add(w->b, "\"", 1);
}

/* The keys of a table: how many, the largest number among them, and whether one is a text. */
struct keys {
    lua_Integer n, most;
    bool texts, numbers;
};

static struct keys look_at(struct writer *w, int table)
{
    lua_State *L = w->L;
    struct keys k = {0};
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        bf_meter_work(L, 16);
        k.n++;
        if (lua_type(L, -2) == LUA_TSTRING) {
            k.texts = true;
            continue;
        }
        lua_Integer i = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        if (i < 1)
            luaL_error(L, "%s has %s as a key; a list has 1 to n, an object has texts", w->what,
                       bf_lua_kind(L, -2));
        k.numbers = true;
        k.most = i > k.most ? i : k.most;
    }
    if (k.texts && k.numbers)
        luaL_error(L, "%s has texts and numbers as keys; a list has 1 to n, an object has texts",
                   w->what);
    if (k.most > 2 * k.n)
        luaL_error(L, "%s is a list with more holes than elements", w->what);
    return k;
}

static void write_list(struct writer *w, int table, lua_Integer n)
{
    bf_build_add(w->b, "[", 1);
    for (lua_Integer i = 1; i <= n; i++) {
        if (i > 1)
            bf_build_add(w->b, ", ", 2);
        lua_rawgeti(w->L, table, i);
        write_value(w, lua_gettop(w->L));
        lua_pop(w->L, 1);
    }
    bf_build_add(w->b, "]", 1);
}

static int by_bytes(const void *a, const void *b)
{
    return bf_str_cmp(*(const struct bf_str *)a, *(const struct bf_str *)b);
}

/* The names are held by the table. */
static void write_object(struct writer *w, int table, lua_Integer n)
{
    lua_State *L = w->L;
    struct bf_str *names = lua_newuserdatauv(L, (size_t)n * sizeof *names, 0);
    size_t i = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), i++)
        names[i].p = lua_tolstring(L, -2, &names[i].n);
    qsort(names, (size_t)n, sizeof *names, by_bytes);
    bf_build_add(w->b, "{", 1);
    for (i = 0; i < (size_t)n; i++) {
        if (i)
            bf_build_add(w->b, ", ", 2);
        write_text(w, names[i]);
        bf_build_add(w->b, ": ", 2);
        bf_lua_push(L, names[i]);
        lua_rawget(L, table);
        write_value(w, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    bf_build_add(w->b, "}", 1);
}

static void write_table(struct writer *w, int index)
{
    lua_State *L = w->L;
    if (w->depth == BF_LUA_DEPTH)
        luaL_error(L, "%s has more than %d levels, or holds itself", w->what, BF_LUA_DEPTH);
    w->depth++;
    bf_freeze_plain(L, index);
    int table = lua_gettop(L);
    struct keys k = look_at(w, table);
    if (k.texts)
        write_object(w, table, k.n);
    else
        write_list(w, table, k.most);
    lua_pop(L, 1);
    w->depth--;
}

static void write_value(struct writer *w, int index)
{
    lua_State *L = w->L;
    luaL_checkstack(L, 10, NULL);
    bf_meter_work(L, 32);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        bf_build_add(w->b, "null", 4);
        return;
    case LUA_TBOOLEAN:
        bf_build_add(w->b, lua_toboolean(L, index) ? "true" : "false",
                     lua_toboolean(L, index) ? 4 : 5);
        return;
    case LUA_TNUMBER:
        write_number(L, index, w->b, w->what);
        return;
    case LUA_TSTRING:
        write_text(w, bf_lua_text(L, index));
        return;
    case LUA_TTABLE:
        write_table(w, index);
        return;
    default:
        luaL_error(L, "%s is %s; a text, a number, true, false, nil or a table", w->what,
                   bf_lua_kind(L, index));
    }
}

void bf_lua_json_write(lua_State *L, int index, struct bf_build *b, const char *what)
{
    struct writer w = {.L = L, .b = b, .what = what};
    write_value(&w, lua_absindex(L, index));
}
