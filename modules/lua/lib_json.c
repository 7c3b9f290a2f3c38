/* json: read write. */
#include "lua/json.h"
#include "lua/library.h"

/* The value; nothing for what is no JSON, which tells it from a null only by a second result. */
static int json_read(lua_State *L)
{
    if (bf_lua_json_read(L, bf_lua_text(L, 1)))
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, "this is no JSON");
    return 2;
}

static int json_write(lua_State *L)
{
    struct bf_build b;
    luaL_checkany(L, 1);
    bf_build_open(&b, L);
    bf_lua_json_write(L, 1, &b, "the value of json.write");
    bf_build_push(&b);
    return 1;
}

const luaL_Reg bf_lib_json[] = {{"read", json_read}, {"write", json_write}, {NULL, NULL}};
