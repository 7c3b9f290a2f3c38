/* string: find gmatch gsub match, over lua/pattern. */
#include "lua/freeze.h"
#include "lua/library.h"
#include "lua/pattern.h"
#include "lua/state.h"

#include <string.h>

/* Where a search begins: an offset; beyond the end: -1. */
static ptrdiff_t start_of(lua_State *L, int index, size_t n)
{
    lua_Integer at = luaL_optinteger(L, index, 1);
    if (at < 0)
        at = (lua_Unsigned)-at > n ? 1 : (lua_Integer)n + at + 1;
    if (at == 0)
        at = 1;
    return (lua_Unsigned)at > n + 1 ? -1 : (ptrdiff_t)(at - 1);
}

static int find_plain(lua_State *L, struct bf_str s, struct bf_str what, ptrdiff_t start)
{
    bf_meter_work(L, s.n);
    const char *found =
        what.n ? memmem(s.p + start, s.n - (size_t)start, what.p, what.n) : s.p + start;
    if (!found)
        return lua_pushnil(L), 1;
    lua_pushinteger(L, found - s.p + 1);
    lua_pushinteger(L, found - s.p + (ptrdiff_t)what.n);
    return 2;
}

static int search(lua_State *L, bool find)
{
    struct bf_pattern pattern;
    struct bf_match m;
    struct bf_str s = bf_lua_text(L, 1);
    struct bf_str what = bf_lua_text(L, 2);
    ptrdiff_t start = start_of(L, 3, s.n);
    if (start < 0)
        return lua_pushnil(L), 1;
    if (find && lua_toboolean(L, 4))
        return find_plain(L, s, what, start);
    bf_pattern_read(&pattern, L, what);
    bf_match_init(&m, &pattern, s);
    const char *from, *end = bf_match_from(&m, m.start + start, &from);
    if (!end)
        return lua_pushnil(L), 1;
    if (!find)
        return bf_match_push(&m, from, end);
    lua_pushinteger(L, from - m.start + 1);
    lua_pushinteger(L, end - m.start);
    return 2 + (pattern.ncaptures ? bf_match_push(&m, from, end) : 0);
}

static int string_find(lua_State *L)
{
    return search(L, true);
}

static int string_match(lua_State *L)
{
    return search(L, false);
}

/* ---- gmatch -------------------------------------------------------------------------------- */

/* Upvalues: text, pattern, offset of the next search, offset where the last match ended. A match
 * of nothing does not count where one has just ended. */
int bf_lib_gmatch_next(lua_State *L)
{
    struct bf_pattern pattern;
    struct bf_match m;
    struct bf_str s = bf_lua_text(L, lua_upvalueindex(1));
    bf_pattern_read(&pattern, L, bf_lua_text(L, lua_upvalueindex(2)));
    lua_Integer start = lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    bf_match_init(&m, &pattern, s);
    for (; start >= 0 && (lua_Unsigned)start <= s.n; start++) {
        const char *from, *end = bf_match_from(&m, m.start + start, &from);
        if (!end)
            break;
        if (end - m.start == last && from == end) {
            start = from - m.start;
            continue;
        }
        lua_pushinteger(L, end - m.start);
        lua_pushvalue(L, -1);
        lua_replace(L, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return bf_match_push(&m, from, end);
    }
    return 0;
}

static int string_gmatch(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    struct bf_str what = bf_lua_text(L, 2);
    luaL_argcheck(L, what.n == 0 || what.p[0] != '^', 2,
                  "gmatch looks everywhere, so its pattern cannot begin with '^'");
    ptrdiff_t start = start_of(L, 3, s.n);
    lua_settop(L, 2);
    lua_pushinteger(L, start < 0 ? (lua_Integer)s.n + 1 : (lua_Integer)start);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, bf_lib_gmatch_next, 4);
    return 1;
}

/* ---- gsub ---------------------------------------------------------------------------------- */

static void add_template(lua_State *L, struct bf_build *b, const struct bf_match *m,
                         const char *from, const char *end)
{
    size_t n;
    const char *p = lua_tolstring(L, 3, &n);
    const char *last = p + n;
    while (p < last) {
        const char *mark = memchr(p, '%', (size_t)(last - p));
        bf_build_add(b, p, (size_t)((mark ? mark : last) - p));
        if (!mark)
            return;
        p = mark + 2;
        char c = p <= last ? mark[1] : '\0';
        if (c == '%')
            bf_build_add(b, "%", 1);
        else if (c == '0')
            bf_build_add(b, from, (size_t)(end - from));
        else if (c >= '1' && c <= '9') {
            bf_match_push_one(m, (unsigned)(c - '1'), from, end);
            struct bf_str s = bf_lua_text(L, -1); /* also a position */
            bf_build_add(b, s.p, s.n);
            lua_pop(L, 1);
        } else
            luaL_error(L, "string.gsub: '%%' in the new text is followed by 0 to 9 or '%%'");
    }
}

/* What a table or function says for a match: false or nil keeps it. */
static void add_looked_up(lua_State *L, struct bf_build *b, const struct bf_match *m,
                          const char *from, const char *end)
{
    if (lua_type(L, 3) == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, bf_match_push(m, from, end), 1);
    } else {
        bf_match_push_one(m, 0, from, end);
        lua_gettable(L, 3);
    }
    if (!lua_toboolean(L, -1))
        bf_build_add(b, from, (size_t)(end - from));
    else if (lua_isstring(L, -1)) {
        struct bf_str s = bf_lua_text(L, -1);
        bf_build_add(b, s.p, s.n);
    } else
        luaL_error(L, "string.gsub: the new text is %s", bf_lua_kind(L, -1));
    lua_pop(L, 1);
}

static int string_gsub(lua_State *L)
{
    struct bf_pattern pattern;
    struct bf_match m;
    struct bf_build b;
    struct bf_str s = bf_lua_text(L, 1);
    struct bf_str what = bf_lua_text(L, 2);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)s.n + 1), n = 0;
    luaL_argcheck(L,
                  type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TTABLE ||
                      type == LUA_TFUNCTION,
                  3, "a text, a table or a function is expected");
    if (type == LUA_TNUMBER)
        lua_tostring(L, 3);
    bf_pattern_read(&pattern, L, what);
    bf_match_init(&m, &pattern, s);
    bf_build_open(&b, L);
    const char *at = m.start, *last = NULL;
    while (n < most) {
        const char *end = bf_match_at(&m, at);
        if (end && end != last) {
            n++;
            if (type == LUA_TSTRING || type == LUA_TNUMBER)
                add_template(L, &b, &m, at, end);
            else
                add_looked_up(L, &b, &m, at, end);
            at = last = end;
        } else if (at < m.end) {
            bf_build_add(&b, at++, 1);
        } else
            break;
        if (pattern.anchored)
            break;
    }
    bf_build_add(&b, at, (size_t)(m.end - at));
    bf_build_push(&b);
    lua_pushinteger(L, n);
    return 2;
}

const luaL_Reg bf_lib_pattern[] = {
    {"find", string_find}, {"gmatch", string_gmatch},
    {"gsub", string_gsub}, {"match", string_match},
    {NULL, NULL},
};
