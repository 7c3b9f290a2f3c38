#include "lua/library.h"

#include "lua/freeze.h"
#include "lua/state.h"

#include <lualib.h>
#include <string.h>

/* ---- what comes with Lua and may stay ------------------------------------------------------ */

/* None of these loops, or keeps anything. */
static const char *const math_kept[] = {
    "abs",  "acos", "asin",      "atan", "ceil", "cos",        "deg",        "exp", "floor",
    "fmod", "huge", "log",       "max",  "min",  "modf",       "pi",         "rad", "sin",
    "sqrt", "tan",  "tointeger", "type", "ult",  "maxinteger", "mininteger", NULL};
/* These run through their text. */
static const char *const utf8_kept[] = {"codepoint", "codes", "len", "offset", NULL};

/* A function of Lua's own, after the meter was told of the texts that it gets. */
static int charged(lua_State *L)
{
    size_t n = 0;
    for (int i = lua_gettop(L); i > 0; i--)
        n += lua_type(L, i) == LUA_TSTRING ? lua_rawlen(L, i) : 1;
    bf_meter_work(L, n);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static void take_over(lua_State *L, lua_CFunction open, const char *const *names, bool charge)
{
    lua_newtable(L);
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    for (; *names; names++) {
        lua_getfield(L, -1, *names);
        if (charge)
            lua_pushcclosure(L, charged, 1);
        lua_setfield(L, -3, *names);
    }
    lua_pop(L, 1);
}

static int utf8_char(lua_State *L)
{
    struct bf_build b;
    int n = lua_gettop(L);
    bf_build_open(&b, L);
    for (int i = 1; i <= n; i++) {
        lua_Integer c = luaL_checkinteger(L, i);
        luaL_argcheck(L, c > 0 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF), i,
                      "this is no character");
        lua_pushfstring(L, "%U", (long)c);
        size_t bytes;
        const char *p = lua_tolstring(L, -1, &bytes);
        bf_build_add(&b, p, bytes);
        lua_pop(L, 1);
    }
    bf_build_push(&b);
    return 1;
}

/* ---- putting it together ------------------------------------------------------------------- */

static const struct {
    const char *name;
    const luaL_Reg *functions;
} libraries[] = {
    {"table", bf_lib_table}, {"text", bf_lib_text}, {"time", bf_lib_time},
    {"geo", bf_lib_geo},     {"json", bf_lib_json}, {"log", bf_lib_log},
};

static void add_strings(lua_State *L)
{
    lua_newtable(L);
    luaL_setfuncs(L, bf_lib_string, 0);
    luaL_setfuncs(L, bf_lib_pattern, 0);
    lua_pushstring(L, ""); /* all texts have this metatable, and no script can reach it */
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    bf_freeze_table(L);
    lua_setfield(L, -2, "string");
}

static void add_kept(lua_State *L)
{
    take_over(L, luaopen_math, math_kept, false);
    bf_freeze_table(L);
    lua_setfield(L, -2, "math");
    take_over(L, luaopen_utf8, utf8_kept, true);
    lua_pushcfunction(L, utf8_char);
    lua_setfield(L, -2, "char");
    bf_freeze_table(L);
    lua_setfield(L, -2, "utf8");
}

void bf_library_open(lua_State *L)
{
    luaL_setfuncs(L, bf_lib_base, 0);
    add_strings(L);
    add_kept(L);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_newtable(L);
        luaL_setfuncs(L, libraries[i].functions, 0);
        bf_freeze_table(L);
        lua_setfield(L, -2, libraries[i].name);
    }
}

bool bf_library_has(const char *name)
{
    static const char *const others[] = {"string", "math", "utf8"};
    for (const luaL_Reg *f = bf_lib_base; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strcmp(libraries[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], name) == 0)
            return true;
    return false;
}

bool bf_library_keeps_state(lua_State *L, int index)
{
    return lua_tocfunction(L, index) == bf_lib_gmatch_next;
}
