/*
 * lua/library: everything that a script can call.
 *
 * Purpose    the allow-list of security: assert error ipairs next pairs select tonumber tostring
 *            type; math (without random), string (without dump, pack, unpack), table (without
 *            move), utf8; text, time, geo, json and log are our own. There is no pcall, coroutine,
 *            load, metatable, raw access, debug, os or io to find.
 * Rule       each function ends in time that its arguments bound, and tells the meter of it when
 *            that is more than some microseconds; it keeps its memory in the state, so that an
 *            error raised anywhere leaves nothing behind; it makes no userdata with __gc or __close
 *            (not even luaL_Buffer, which does).
 * Texts      functions of `string` are about bytes, those of `text` about letters.
 */
#ifndef BF_LUA_LIBRARY_H
#define BF_LUA_LIBRARY_H

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

/* Fills the table of globals on top of the stack, and gives texts their methods. */
void bf_library_open(lua_State *L);
bool bf_library_has(const char *name);
/* Whether the C function at index remembers something from call to call. */
bool bf_library_keeps_state(lua_State *L, int index);

extern const luaL_Reg bf_lib_base[], bf_lib_string[], bf_lib_pattern[], bf_lib_table[],
    bf_lib_text[], bf_lib_time[], bf_lib_geo[], bf_lib_json[], bf_lib_log[];

int bf_lib_gmatch_next(lua_State *L);

#endif
