/*
 * lua/freeze: what no hook may change.
 *
 * Purpose    the globals of a script, its library and the tables of its top level are read-only
 *            once the top level has run, and a variable of the top level keeps its value: a hook is
 *            a function of its argument.
 * How        a frozen table is an empty one, whose metatable (which no script can reach) reads from
 *            the real one and refuses to write. Functions of the library that look into tables ask
 *            bf_freeze_plain for the real one.
 * Refused    at the top level: tables as keys of tables, and what is under way (the function that
 *            gmatch gives): they would keep state.
 */
#ifndef BF_LUA_FREEZE_H
#define BF_LUA_FREEZE_H

#include <lua.h>
#include <stdbool.h>

/* Makes the globals: on the stack the environment that the script gets, and below it the real table
 * that library functions go into. */
void bf_freeze_open(lua_State *L);
/* The table on top of the stack becomes a frozen view of itself. */
void bf_freeze_table(lua_State *L);
/* After the top level: freezes what the globals reach. Raises an error for what is refused. */
void bf_freeze_globals(lua_State *L);

/* Pushes the real table of the one at index, and whether that may be changed. */
bool bf_freeze_plain(lua_State *L, int index);

/* A variable of the top level that no longer has its value, which it gets back; NULL: none. */
const char *bf_freeze_changed(lua_State *L);

/* The table of all that the script and the library define, for those who read it at the end. */
void bf_freeze_push_globals(lua_State *L);
/* A global as the script's top level left it, on the stack. Gives its type. */
int bf_freeze_global(lua_State *L, const char *name);

#endif
