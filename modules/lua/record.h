/*
 * lua/record: the record of on_ingest, as the rest of the room knows it (lua/ingest does the work).
 */
#ifndef BF_LUA_RECORD_H
#define BF_LUA_RECORD_H

#include "lua/state.h"

struct bf_lua_record;

void bf_lua_record_push(lua_State *L);            /* the object; in a call */
void bf_lua_record_free(struct bf_lua_record *r); /* NULL is allowed */

#endif
