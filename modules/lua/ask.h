/*
 * lua/ask: the query of on_request.
 *
 * In Lua     query:where("etat = ? and places > ?", "EN SERVICE", 3)   only rows for which that
 *                holds, too; each `?` stands for a text, number or boolean
 *            query:uses("etat")     whether the client's query names the field
 *            query:refuse(403, "…") fails the request with that status and sentence
 * Errors     a condition that ODSQL does not understand fails the request, whatever the script
 *            does.
 */
#ifndef BF_LUA_ASK_H
#define BF_LUA_ASK_H

#include "lua/state.h"
#include "query/schema.h"

struct bf_lua_ask {
    const struct bf_api *host;
    const struct bf_dataset *dataset;
    struct bf_query *query; /* NULL: on_request is not running */
    struct bf_req *req;
    bool failed;  /* the host refused something: the request fails */
    bool refused; /* by the script itself, as it is meant */
};

/* Pushes the object; in a call. */
void bf_lua_ask_push(lua_State *L);

#endif
