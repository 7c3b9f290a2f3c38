/*
 * lua/handler: a script as a handler of the ABI.
 *
 * Purpose    on_request(query) is the hook `rewrite`, on_record(row) the hook `row`, `fields` are
 *            `adds`. Talks to the server by the functions of struct bf_api alone, so a script is
 *            bound, blamed, put into quarantine and measured as a handler in C is.
 * Binding    struct bf_handler has no place for a script, so the binder puts bf_lua_handler_self
 *            into *self before it calls open, which leaves it there.
 * Fields     open asks for every field of the dataset that the script names, so rows carry them.
 *            The schema tells their types; its columns are in the order of the ABI's indexes.
 * A row      is written only when on_record came to its end: a hook that fails in its middle leaves
 *            the row as it was read, fields that it adds null.
 * Faults     the hook returns BF_FAIL without a word to the client, and bf_lua_handler_why has the
 *            sentence until the next hook. Nothing is logged: the binder knows what it means.
 * Time       of one request: BF_LUA_REQUEST_US, and BF_LUA_ROW_US more for each row; only what
 *            takes a thousand instructions and more is counted. Beyond, each row fails as
 *            BF_LUA_TIME.
 * Ownership  the handler borrows the script and the schema; free it after its binding is closed and
 *            before the script. One handler of one script.
 *
 *     struct bf_lua_handler *h = bf_lua_handler_new(script, bf_host_api(), schema);
 *     const struct bf_handler *abi = bf_lua_handler_abi(h);
 *     void *self = bf_lua_handler_self(h);
 *     abi->open(dataset, &self); … abi->row(req, row, self);
 */
#ifndef BF_LUA_HANDLER_H
#define BF_LUA_HANDLER_H

#include "lua/script.h"
#include "query/schema.h"

enum { BF_LUA_REQUEST_US = 300000, BF_LUA_ROW_US = 100 };

struct bf_lua_handler;

struct bf_lua_handler *bf_lua_handler_new(struct bf_lua_script *script, const struct bf_api *host,
                                          const struct bf_schema *schema); /* NULL: no memory */
/* Fields of `whole` that are not in `schema` exist, and this reader does not see them: they are nil
 * in rows, and no query uses them. */
void bf_lua_handler_withhold(struct bf_lua_handler *h, const struct bf_schema *whole);
void bf_lua_handler_free(struct bf_lua_handler *h); /* NULL is allowed */

const struct bf_handler *bf_lua_handler_abi(const struct bf_lua_handler *h);
void *bf_lua_handler_self(struct bf_lua_handler *h);

/* Why the hook that has just returned failed; NULL: it did not. */
const struct bf_lua_fault *bf_lua_handler_why(const struct bf_lua_handler *h);

#endif
