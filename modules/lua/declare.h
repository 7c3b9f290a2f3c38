/*
 * lua/declare: what a script says of itself at its top level.
 *
 * Purpose    `fields = {{name = "fill", type = "double", label = "Fill", unit = "%"}}` into struct
 *            bf_field, and the globals on_… that are to be functions.
 * Ownership  texts of the fields stay the script's, which keeps its table for ever.
 * Errors     raised in the state: which field, what is wrong and what would be right.
 */
#ifndef BF_LUA_DECLARE_H
#define BF_LUA_DECLARE_H

#include "lua/state.h"

/* Both before the globals are frozen. */
void bf_declare_fields(lua_State *L, struct bf_lua_script *s);
void bf_declare_hooks(lua_State *L);

#endif
