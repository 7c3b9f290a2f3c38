/*
 * lua/json: JSON (RFC 8259) to values of Lua and back.
 *
 * Reading    objects and lists are tables, null is nil. Whole numbers of 64 bits are integers,
 *            others floats; a number that no double holds is refused, as are NUL, lone surrogates,
 *            bytes that are no UTF-8 and more than BF_LUA_DEPTH levels.
 * Writing    a table whose keys are 1 to n is a list, with null where an element is nil; an empty
 *            one is a list; one whose keys are texts an object, with its names in the order of
 *            their bytes, so that a table has one text. Whole floats are written without a point.
 * Refused    as an error that names `what`: other keys, keys of both kinds, a list with more holes
 *            than elements, NaN and infinities, texts that are no UTF-8, functions, more levels.
 */
#ifndef BF_LUA_JSON_H
#define BF_LUA_JSON_H

#include "lua/state.h"

enum { BF_LUA_DEPTH = 32 };

/* Pushes the value; false: it is no JSON, and nothing is pushed. */
bool bf_lua_json_read(lua_State *L, struct bf_str text);

/* The value at index, at the end of b. */
void bf_lua_json_write(lua_State *L, int index, struct bf_build *b, const char *what);

#endif
