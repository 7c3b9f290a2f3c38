/* The functions that stand alone: assert error ipairs next pairs select tonumber tostring type. */
#include "lua/freeze.h"
#include "lua/library.h"
#include "lua/state.h"

#include "core/str.h"

#include <string.h>

static int base_assert(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_toboolean(L, 1))
        return lua_gettop(L);
    if (lua_isnoneornil(L, 2))
        return luaL_error(L, "an assertion does not hold");
    lua_settop(L, 2);
    return lua_error(L);
}

static int base_error(lua_State *L)
{
    lua_settop(L, 1);
    return lua_error(L); /* the message handler knows the line */
}

/* next(table, key), also of a frozen table. */
static int base_next(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    bf_freeze_plain(L, 1);
    lua_pushvalue(L, 2);
    if (lua_next(L, -2))
        return 2;
    lua_pushnil(L);
    return 1;
}

static int base_pairs(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA && luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushcfunction(L, base_next);
    lua_pushvalue(L, 1);
    return 2;
}

static int ipairs_next(lua_State *L)
{
    lua_Integer i = luaL_checkinteger(L, 2) + 1;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushcfunction(L, ipairs_next);
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

static int base_select(lua_State *L)
{
    int n = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "#") == 0) {
        lua_pushinteger(L, n - 1);
        return 1;
    }
    lua_Integer from = luaL_checkinteger(L, 1);
    if (from < 0)
        from += n;
    luaL_argcheck(L, from >= 1, 1, "it is out of range");
    return from < n ? n - (int)from : 0;
}

/* Digits of a base, as tonumber takes them. */
static bool read_base(struct bf_str s, int base, lua_Integer *out)
{
    lua_Unsigned v = 0;
    bool minus = s.n > 0 && s.p[0] == '-';
    s = minus ? (struct bf_str){s.p + 1, s.n - 1} : s;
    for (size_t i = 0; i < s.n; i++) {
        int c = (unsigned char)s.p[i] | 0x20;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
        if (digit >= base || s.n > 64)
            return false;
        v = v * (lua_Unsigned)base + (lua_Unsigned)digit;
    }
    *out = (lua_Integer)(minus ? 0 - v : v);
    return s.n > 0;
}

static int base_tonumber(lua_State *L)
{
    luaL_checkany(L, 1);
    if (lua_isnoneornil(L, 2)) {
        if (lua_type(L, 1) == LUA_TNUMBER)
            return lua_settop(L, 1), 1;
        size_t n = lua_type(L, 1) == LUA_TSTRING ? lua_rawlen(L, 1) : 0;
        if (n == 0 || n > 400 || lua_stringtonumber(L, lua_tostring(L, 1)) != n + 1)
            lua_pushnil(L);
        return 1;
    }
    lua_Integer base = luaL_checkinteger(L, 2), value;
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_argcheck(L, base >= 2 && base <= 36, 2, "a base is 2 to 36");
    if (read_base(bf_str_trim(bf_lua_text(L, 1)), (int)base, &value))
        lua_pushinteger(L, value);
    else
        lua_pushnil(L);
    return 1;
}

/* An address would tell a script where things lie, and differ from worker to worker. */
static int base_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    switch (lua_type(L, 1)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        luaL_tolstring(L, 1, NULL);
        return 1;
    default:
        lua_pushstring(L, luaL_typename(L, 1));
        return 1;
    }
}

static int base_type(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

const luaL_Reg bf_lib_base[] = {
    {"assert", base_assert},     {"error", base_error},
    {"ipairs", base_ipairs},     {"next", base_next},
    {"pairs", base_pairs},       {"select", base_select},
    {"tonumber", base_tonumber}, {"tostring", base_tostring},
    {"type", base_type},         {NULL, NULL},
};
