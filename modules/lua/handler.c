#include "lua/handler.h"

#include "lua/ask.h"
#include "lua/guard.h"
#include "lua/row.h"
#include "lua/state.h"

#include <stdlib.h>

struct bf_lua_handler {
    struct bf_lua_script *script;
    struct bf_handler abi;
    struct bf_lua_row row;
    struct bf_lua_ask ask;
    struct bf_lua_fault fault;
    int64_t allowed_us; /* of the request under way */
    bool failed;        /* the last hook */
};

/* ---- open ---------------------------------------------------------------------------------- */

struct naming {
    struct bf_lua_handler *handler;
    struct bf_dataset *dataset;
};

/* Every name of the script that is a field's is asked for, so that the rows carry it. In a call. */
static int name_fields(lua_State *L)
{
    const struct naming *n = lua_touserdata(L, 1);
    struct bf_lua_row *r = &n->handler->row;
    const char *word;
    for (size_t i = 0; (word = bf_lua_script_word(n->handler->script, i)) != NULL; i++) {
        int index = r->host->field(n->dataset, word);
        if (index >= 0 && (size_t)index < r->schema->n)
            bf_lua_row_name(L, word, index);
    }
    return 0;
}

static enum bf_rc open_dataset(struct bf_dataset *d, void **self)
{
    struct bf_lua_handler *h = *self;
    struct bf_lua_script *s = h->script;
    struct naming naming = {h, d};
    h->ask.dataset = d;
    if (!h->abi.row) /* nothing reads rows, so they carry nothing */
        return BF_OK;
    lua_pushcfunction(s->L, name_fields);
    lua_pushlightuserdata(s->L, &naming);
    enum bf_lua_rc rc = bf_lua_call(s, 1, 0, "open", &h->fault);
    bf_guard_rest();
    if (rc == BF_LUA_OK)
        return BF_OK;
    h->failed = true;
    return h->row.host->reject(d, h->fault.message);
}

/* ---- requests ------------------------------------------------------------------------------ */

static enum bf_rc rewrite(struct bf_req *r, struct bf_query *q, void *self)
{
    struct bf_lua_handler *h = self;
    h->ask.query = q;
    h->ask.req = r;
    h->ask.failed = h->ask.refused = false;
    enum bf_lua_rc rc = bf_lua_call_hook(h->script, BF_LUA_ON_REQUEST, NULL, &h->fault);
    h->ask.query = NULL;
    h->failed = rc != BF_LUA_OK && !h->ask.refused;
    return rc == BF_LUA_OK && !h->ask.failed ? BF_OK : BF_FAIL;
}

/* Whether the request has time left; each row adds its own. */
static bool has_time(struct bf_lua_handler *h)
{
    struct bf_lua_script *s = h->script;
    h->allowed_us += BF_LUA_ROW_US;
    if (s->meter.spent_us <= h->allowed_us)
        return true;
    bf_lua_blame(s, &h->fault, BF_LUA_TIME, 0,
                 "on_record of %s takes more than %d ms of one request and %d us of each row",
                 s->dataset, BF_LUA_REQUEST_US / 1000, BF_LUA_ROW_US);
    return false;
}

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *self)
{
    struct bf_lua_handler *h = self;
    (void)r;
    h->failed = !has_time(h);
    if (h->failed)
        return BF_FAIL;
    bf_lua_row_begin(&h->row, row);
    enum bf_lua_rc rc = bf_lua_call_hook(h->script, BF_LUA_ON_RECORD, NULL, &h->fault);
    bool ok = bf_lua_row_end(&h->row, rc == BF_LUA_OK);
    if (rc == BF_LUA_OK && !ok)
        bf_lua_blame(h->script, &h->fault, BF_LUA_ERROR, 0,
                     "the server refuses a value that on_record wrote; its log says which");
    h->failed = !ok || (rc != BF_LUA_OK && rc != BF_LUA_DROP);
    return h->failed ? BF_FAIL : rc == BF_LUA_DROP ? BF_SKIP : BF_OK;
}

static enum bf_rc finish(struct bf_req *r, void *self)
{
    struct bf_lua_handler *h = self;
    (void)r;
    bf_guard_rest();
    h->script->meter.spent_us = 0;
    h->allowed_us = BF_LUA_REQUEST_US;
    h->failed = false;
    return BF_OK;
}

/* ---- the handler --------------------------------------------------------------------------- */

struct bf_lua_handler *bf_lua_handler_new(struct bf_lua_script *script, const struct bf_api *host,
                                          const struct bf_schema *schema)
{
    struct bf_lua_handler *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->script = script;
    h->allowed_us = BF_LUA_REQUEST_US;
    h->row = (struct bf_lua_row){.host = host,
                                 .schema = schema,
                                 .fields = calloc(schema->n + 1, sizeof *h->row.fields),
                                 .written = calloc(schema->n + 1, sizeof *h->row.written)};
    h->ask = (struct bf_lua_ask){.host = host};
    h->abi = (struct bf_handler){
        .size = sizeof h->abi,
        .major = BF_ABI_MAJOR,
        .minor = BF_ABI_MINOR,
        .name = "lua",
        .version = LUA_VERSION,
        .summary = "a script",
        .adds = bf_lua_script_fields(script),
        .open = open_dataset,
        .rewrite = bf_lua_script_has(script, BF_LUA_ON_REQUEST) ? rewrite : NULL,
        .row = bf_lua_script_has(script, BF_LUA_ON_RECORD) ? fill_row : NULL,
        .finish = finish,
    };
    if (!h->row.fields || !h->row.written) {
        bf_lua_handler_free(h);
        return NULL;
    }
    for (size_t i = 0; i < schema->n; i++)
        h->row.fields[i] = (struct bf_lua_field){.name = schema->columns[i].name.p,
                                                 .type = schema->columns[i].type};
    script->row = &h->row;
    script->ask = &h->ask;
    return h;
}

void bf_lua_handler_withhold(struct bf_lua_handler *h, const struct bf_schema *whole)
{
    h->row.whole = whole;
}

void bf_lua_handler_free(struct bf_lua_handler *h)
{
    if (!h)
        return;
    h->script->row = NULL;
    h->script->ask = NULL;
    free(h->row.fields);
    free(h->row.written);
    free(h);
}

const struct bf_handler *bf_lua_handler_abi(const struct bf_lua_handler *h)
{
    return &h->abi;
}

void *bf_lua_handler_self(struct bf_lua_handler *h)
{
    return h;
}

const struct bf_lua_fault *bf_lua_handler_why(const struct bf_lua_handler *h)
{
    return h->failed ? &h->fault : NULL;
}
