/* string: byte char format len lower rep reverse sub upper. About bytes. */
#include "lua/library.h"
#include "lua/state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* A place that counts from the end when it is negative, as an offset 0..n; `last`: of a last byte.
 * */
static size_t place(lua_Integer at, size_t n, bool last)
{
    lua_Integer length = (lua_Integer)n;
    if (at < 0)
        at = at < -length ? 0 : length + at + 1;
    if (last)
        return (size_t)(at > length ? length : at);
    return (size_t)(at < 1 ? 0 : at > length ? length : at - 1);
}

/* Bytes first to last, as string.sub counts them. */
static struct bf_str part(struct bf_str s, lua_Integer first, lua_Integer last)
{
    size_t end = place(last, s.n, true);
    size_t start = first > 0 && (lua_Unsigned)first > s.n ? s.n : place(first, s.n, false);
    return (struct bf_str){s.p + start, end > start ? end - start : 0};
}

static int string_sub(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    s = part(s, luaL_checkinteger(L, 2), luaL_optinteger(L, 3, -1));
    bf_meter_work(L, s.n);
    bf_lua_push(L, s);
    return 1;
}

enum { BYTES = 250 };

static int string_byte(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    s = part(s, first, luaL_optinteger(L, 3, first));
    if (s.n > BYTES)
        return luaL_error(L, "string.byte gives at most %d bytes at once", BYTES);
    luaL_checkstack(L, (int)s.n, NULL);
    for (size_t i = 0; i < s.n; i++)
        lua_pushinteger(L, (unsigned char)s.p[i]);
    return (int)s.n;
}

static int string_char(lua_State *L)
{
    struct bf_build b;
    int n = lua_gettop(L);
    bf_build_open(&b, L);
    for (int i = 1; i <= n; i++) {
        lua_Integer c = luaL_checkinteger(L, i);
        luaL_argcheck(L, c >= 0 && c <= 255, i, "a byte is 0 to 255");
        *bf_build_room(&b, 1) = (char)c;
        b.n++;
    }
    bf_build_push(&b);
    return 1;
}

static int string_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)bf_lua_text(L, 1).n);
    return 1;
}

static int map_bytes(lua_State *L, int (*of)(int))
{
    struct bf_build b;
    struct bf_str s = bf_lua_text(L, 1);
    bf_build_open(&b, L);
    char *out = bf_build_room(&b, s.n);
    for (size_t i = 0; i < s.n; i++)
        out[i] = (char)of((unsigned char)s.p[i]);
    b.n = s.n;
    bf_build_push(&b);
    return 1;
}

static int string_lower(lua_State *L)
{
    return map_bytes(L, tolower);
}

static int string_upper(lua_State *L)
{
    return map_bytes(L, toupper);
}

static int string_reverse(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = bf_lua_text(L, 1);
    bf_build_open(&b, L);
    char *out = bf_build_room(&b, s.n);
    for (size_t i = 0; i < s.n; i++)
        out[i] = s.p[s.n - 1 - i];
    b.n = s.n;
    bf_build_push(&b);
    return 1;
}

/* rep(text, n, between). Of nothing any number of times is nothing, at once. */
static int string_rep(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = bf_lua_text(L, 1);
    lua_Integer n = luaL_checkinteger(L, 2);
    struct bf_str between = lua_isnoneornil(L, 3) ? (struct bf_str){"", 0} : bf_lua_text(L, 3);
    if (n <= 0 || s.n + between.n == 0)
        return lua_pushstring(L, ""), 1;
    if ((lua_Unsigned)n > BF_TEXT_MAX / (s.n + between.n))
        return luaL_error(L, "string.rep would give more than %d bytes", BF_TEXT_MAX);
    bf_build_open(&b, L);
    for (lua_Integer i = 0; i < n; i++) {
        if (i)
            bf_build_add(&b, between.p, between.n);
        bf_build_add(&b, s.p, s.n);
    }
    bf_build_push(&b);
    return 1;
}

/* ---- format -------------------------------------------------------------------------------- */

enum { SPEC = 16, PRINTED = 512 }; /* %99.99f of the largest double needs 410 */

/* "%-08.3f" of the pattern, from behind its '%': copied to spec without its letter, which is given
 * back. */
static char read_spec(lua_State *L, const char **at, const char *end, char spec[SPEC])
{
    const char *p = *at;
    size_t n = 0;
    while (p < end && *p && strchr("-+ #0", *p))
        p++;
    size_t flags = (size_t)(p - *at);
    for (int i = 0; i < 2 && p < end && isdigit((unsigned char)*p); i++)
        p++;
    if (p < end && *p == '.') {
        p++;
        for (int i = 0; i < 2 && p < end && isdigit((unsigned char)*p); i++)
            p++;
    }
    if (p >= end || flags > 5)
        luaL_error(L, "string.format: a '%%' stands without its letter");
    spec[n++] = '%';
    memcpy(spec + n, *at, (size_t)(p - *at));
    n += (size_t)(p - *at);
    spec[n] = '\0';
    *at = p + 1;
    return *p;
}

static void with_letters(char spec[SPEC], const char *letters)
{
    size_t n = strlen(spec);
    memcpy(spec + n, letters, strlen(letters) + 1);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void format_int(lua_State *L, struct bf_build *b, char spec[SPEC], char letter, int index)
{
    char letters[] = {'l', 'l', letter, '\0'};
    char *out = bf_build_room(b, PRINTED);
    if (letter == 'c') {
        lua_Integer c = luaL_checkinteger(L, index);
        luaL_argcheck(L, c >= 0 && c <= 255, index, "a byte is 0 to 255");
        *out = (char)c;
        b->n++;
        return;
    }
    with_letters(spec, letters);
    b->n += (size_t)snprintf(out, PRINTED, spec, (long long)luaL_checkinteger(L, index));
}

static void format_real(lua_State *L, struct bf_build *b, char spec[SPEC], char letter, int index)
{
    char letters[] = {letter, '\0'};
    char *out = bf_build_room(b, PRINTED);
    with_letters(spec, letters);
    b->n += (size_t)snprintf(out, PRINTED, spec, luaL_checknumber(L, index));
}

#pragma GCC diagnostic pop

static void pad(struct bf_build *b, size_t n)
{
    memset(bf_build_room(b, n), ' ', n);
    b->n += n;
}

/* The digits at *p, which moves behind them. */
static size_t digits(const char **p)
{
    size_t n = 0;
    for (; isdigit((unsigned char)**p); (*p)++)
        n = n * 10 + (size_t)(**p - '0');
    return n;
}

/* %s by hand: its text may hold NUL. */
static void format_text(lua_State *L, struct bf_build *b, const char *spec, int index)
{
    size_t n;
    luaL_checkany(L, index);
    if (lua_type(L, index) >= LUA_TTABLE) /* an address would be shown */
        lua_pushstring(L, luaL_typename(L, index));
    else
        luaL_tolstring(L, index, NULL);
    const char *text = lua_tolstring(L, -1, &n);
    const char *p = spec + 1 + strspn(spec + 1, "-+ #0");
    size_t width = digits(&p);
    if (*p == '.') {
        p++;
        size_t most = digits(&p);
        n = n < most ? n : most;
    }
    size_t blanks = width > n ? width - n : 0;
    bool left = strchr(spec, '-') != NULL;
    pad(b, left ? 0 : blanks);
    bf_build_add(b, text, n);
    pad(b, left ? blanks : 0);
    lua_pop(L, 1);
}

static void format_one(lua_State *L, struct bf_build *b, char spec[SPEC], char letter, int index)
{
    switch (letter) {
    case 'c':
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        format_int(L, b, spec, letter, index);
        return;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        format_real(L, b, spec, letter, index);
        return;
    case 's':
        format_text(L, b, spec, index);
        return;
    default:
        luaL_error(L,
                   "string.format knows %%c %%d %%i %%o %%u %%x %%X %%e %%E %%f %%F %%g %%G %%s "
                   "and %%%%, not '%%%c'",
                   letter);
    }
}

static int string_format(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = bf_lua_text(L, 1);
    const char *p = s.p, *end = s.p + s.n;
    int index = 1, top = lua_gettop(L);
    bf_build_open(&b, L);
    while (p < end) {
        char spec[SPEC];
        const char *mark = memchr(p, '%', (size_t)(end - p));
        bf_build_add(&b, p, (size_t)((mark ? mark : end) - p));
        if (!mark)
            break;
        p = mark + 1;
        if (p < end && *p == '%') {
            bf_build_add(&b, p++, 1);
            continue;
        }
        char letter = read_spec(L, &p, end, spec);
        if (++index > top)
            return luaL_error(L, "string.format: there is no value for '%s%c'", spec, letter);
        format_one(L, &b, spec, letter, index);
    }
    bf_build_push(&b);
    return 1;
}

const luaL_Reg bf_lib_string[] = {
    {"byte", string_byte},       {"char", string_char},
    {"format", string_format},   {"len", string_len},
    {"lower", string_lower},     {"rep", string_rep},
    {"reverse", string_reverse}, {"sub", string_sub},
    {"upper", string_upper},     {NULL, NULL},
};
