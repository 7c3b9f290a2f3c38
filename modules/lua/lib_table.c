/*
 * table: concat insert pack remove sort unpack. Over the real table, never over metamethods, and
 * never over more places than it has elements.
 */
#include "lua/freeze.h"
#include "lua/library.h"
#include "lua/state.h"

#include <string.h>

enum { UNPACK = 250 };

/* The real table of the first argument takes its place. Its length. */
static lua_Integer take_table(lua_State *L, bool write)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (!bf_freeze_plain(L, 1) && write)
        luaL_error(L, "this table is read-only: it belongs to the library or to the top level; a "
                      "hook makes tables of its own");
    lua_replace(L, 1);
    return (lua_Integer)lua_rawlen(L, 1);
}

static int table_concat(lua_State *L)
{
    struct bf_build b;
    lua_Integer n = take_table(L, false);
    struct bf_str between = lua_isnoneornil(L, 2) ? (struct bf_str){"", 0} : bf_lua_text(L, 2);
    lua_Integer first = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, n);
    bf_build_open(&b, L);
    for (lua_Integer i = first; i <= last; i++) { /* ends at the first hole */
        bf_meter_work(L, 16);
        int type = lua_rawgeti(L, 1, i);
        if (type != LUA_TSTRING && type != LUA_TNUMBER)
            return luaL_error(L, "table.concat: element %I is %s", (LUAI_UACINT)i,
                              bf_lua_kind(L, -1));
        struct bf_str s = bf_lua_text(L, -1);
        bf_build_add(&b, s.p, s.n);
        lua_pop(L, 1);
        if (i == last)
            break; /* i + 1 may not exist */
        bf_build_add(&b, between.p, between.n);
    }
    bf_build_push(&b);
    return 1;
}

static int table_insert(lua_State *L)
{
    lua_Integer n = take_table(L, true), at = n + 1;
    if (lua_gettop(L) == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "it is out of range");
    } else if (lua_gettop(L) != 2) {
        return luaL_error(L, "table.insert takes a table, perhaps a place, and a value");
    }
    bf_meter_work(L, (size_t)(n + 1 - at) * 8);
    for (lua_Integer i = n; i >= at; i--) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 1, i + 1);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer n = take_table(L, true), at = luaL_optinteger(L, 2, n);
    if (n == 0 && at == 0)
        return lua_pushnil(L), 1;
    luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "it is out of range");
    bf_meter_work(L, (size_t)(n + 1 - at) * 8);
    lua_rawgeti(L, 1, at);
    for (lua_Integer i = at; i < n; i++) {
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 1, i);
    }
    if (at <= n) {
        lua_pushnil(L);
        lua_rawseti(L, 1, n);
    }
    return 1;
}

static int table_pack(lua_State *L)
{
    int n = lua_gettop(L);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (int i = n; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L)
{
    lua_Integer n = take_table(L, false);
    lua_Integer first = luaL_optinteger(L, 2, 1), last = luaL_optinteger(L, 3, n);
    if (first > last)
        return 0;
    lua_Unsigned more = (lua_Unsigned)last - (lua_Unsigned)first;
    if (more >= UNPACK)
        return luaL_error(L, "table.unpack gives at most %d values", UNPACK);
    luaL_checkstack(L, (int)more + 1, NULL);
    for (lua_Unsigned i = 0; i <= more; i++)
        lua_rawgeti(L, 1, (lua_Integer)((lua_Unsigned)first + i));
    return (int)more + 1;
}

/* ---- sort ---------------------------------------------------------------------------------- */

/* A stable merge sort from the bottom, between the table and one of the same size: it ends after
 * n log n comparisons whatever the comparison says, and touches no place outside of 1..n. */
enum { AT_TABLE = 1, AT_LESS = 2, AT_OTHER = 3 };

/* Whether the value at the top is less than the one below it. */
static bool is_less(lua_State *L)
{
    if (lua_isnil(L, AT_LESS)) {
        bf_meter_work(L, 16);
        return lua_compare(L, -1, -2, LUA_OPLT);
    }
    lua_pushvalue(L, AT_LESS);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -4);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

static void merge(lua_State *L, int from, int to, lua_Integer low, lua_Integer middle,
                  lua_Integer high)
{
    lua_Integer a = low, b = middle;
    for (lua_Integer out = low; out < high; out++) {
        bool second = a == middle;
        if (a < middle && b < high) {
            lua_rawgeti(L, from, a);
            lua_rawgeti(L, from, b);
            second = is_less(L);
            lua_pop(L, 2);
        }
        bf_meter_work(L, 8);
        lua_rawgeti(L, from, second ? b++ : a++);
        lua_rawseti(L, to, out);
    }
}

static lua_Integer least(lua_Integer a, lua_Integer b)
{
    return a < b ? a : b;
}

static int table_sort(lua_State *L)
{
    lua_Integer n = take_table(L, true);
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_createtable(L, n > 1 ? (int)n : 0, 0);
    int from = AT_TABLE, to = AT_OTHER;
    for (lua_Integer width = 1; width < n; width *= 2) {
        for (lua_Integer low = 1; low <= n; low += 2 * width)
            merge(L, from, to, low, least(low + width, n + 1), least(low + 2 * width, n + 1));
        int swap = from;
        from = to;
        to = swap;
    }
    for (lua_Integer i = 1; from != AT_TABLE && i <= n; i++) {
        lua_rawgeti(L, from, i);
        lua_rawseti(L, AT_TABLE, i);
    }
    return 0;
}

const luaL_Reg bf_lib_table[] = {
    {"concat", table_concat},
    {"insert", table_insert},
    {"pack", table_pack},
    {"remove", table_remove},
    {"sort", table_sort},
    {"unpack", table_unpack},
    {NULL, NULL},
};
