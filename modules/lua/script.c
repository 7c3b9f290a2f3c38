#include "lua/script.h"

#include "lua/ask.h"
#include "lua/declare.h"
#include "lua/freeze.h"
#include "lua/guard.h"
#include "lua/library.h"
#include "lua/record.h"
#include "lua/row.h"
#include "lua/state.h"
#include "lua/words.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const hook_names[BF_LUA_HOOKS] = {"on_request", "on_record", "on_ingest"};

const char *bf_lua_hook_name(enum bf_lua_hook hook)
{
    return hook_names[hook];
}

bool bf_lua_script_has(const struct bf_lua_script *s, enum bf_lua_hook hook)
{
    return lua_type(s->L, BF_AT_HOOK + (int)hook) == LUA_TFUNCTION;
}

const struct bf_field *bf_lua_script_fields(const struct bf_lua_script *s)
{
    return s->fields;
}

const char *bf_lua_script_word(const struct bf_lua_script *s, size_t index)
{
    return bf_words_get(s->words, index);
}

struct bf_lua_use bf_lua_script_use(const struct bf_lua_script *s)
{
    return (struct bf_lua_use){s->meter.used, s->meter.peak, s->calls, s->said};
}

int64_t bf_lua_script_line_runs(const struct bf_lua_script *s, int line)
{
    bool known = s->meter.runs && line > 0 && line <= s->meter.lines;
    return known ? s->meter.runs[line] : -1;
}

/* ---- the text ------------------------------------------------------------------------------ */

static int lines_of(struct bf_str text)
{
    int n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static bool check_text(struct bf_lua_script *s, struct bf_str text, struct bf_lua_fault *fault)
{
    if (text.n > BF_LUA_SOURCE)
        bf_lua_blame(s, fault, BF_LUA_ERROR, 0, "the script has %zu bytes; at most %d are taken",
                     text.n, BF_LUA_SOURCE);
    else if (text.n > 0 && text.p[0] == LUA_SIGNATURE[0])
        bf_lua_blame(s, fault, BF_LUA_ERROR, 0,
                     "this is compiled Lua; only the text of a script is taken");
    else if (!bf_str_is_utf8(text))
        bf_lua_blame(s, fault, BF_LUA_ERROR, 0, "the script is no UTF-8 text, or holds a NUL");
    else if (!(s->words = bf_words_new(text)))
        bf_lua_blame(s, fault, BF_LUA_ERROR, 0, "the script has more than %d different names",
                     BF_WORDS);
    else
        return true;
    return false;
}

/* ---- the state ----------------------------------------------------------------------------- */

static int on_panic(lua_State *L)
{
    (void)L;
    abort(); /* an error outside of a call: our mistake, and no way back */
}

/* What needs memory runs inside of a call, so that an error comes back. */
static int prepare(lua_State *L)
{
    bf_freeze_open(L);
    lua_insert(L, -2);
    bf_library_open(L);
    lua_pop(L, 1);
    return 1; /* the environment */
}

static void set_name(char *out, size_t room, struct bf_str name)
{
    snprintf(out, room, "%.*s", name.n < room ? (int)name.n : (int)room - 1, name.n ? name.p : "");
}

static bool make_state(struct bf_lua_script *s, const struct bf_lua_source *source)
{
    /* Lua compares texts by strcoll, whose order of other languages is another one, and which Lua
     * 5.4.4 then reads beyond the end of a text (upstream f623b969). */
    if (strcmp(setlocale(LC_COLLATE, NULL), "C") != 0)
        return false;
    s->meter.limit = source->memory ? source->memory : BF_LUA_MEMORY;
    s->meter.budget_us = source->time_us ? source->time_us : BF_LUA_TIME_US;
    if (source->cover) {
        s->meter.lines = lines_of(source->text);
        s->meter.runs = calloc((size_t)s->meter.lines + 1, sizeof *s->meter.runs);
        for (int i = 0; s->meter.runs && i <= s->meter.lines; i++)
            s->meter.runs[i] = -1;
    }
    s->L = lua_newstate(bf_meter_alloc, &s->meter);
    if (!s->L || (source->cover && !s->meter.runs))
        return false;
    lua_atpanic(s->L, on_panic);
    bf_meter_attach(&s->meter, s->L);
    return true;
}

/* ---- opening ------------------------------------------------------------------------------- */

/* The function of the script's text, with the environment as its only variable; else a message. */
static bool load_text(struct bf_lua_script *s, struct bf_str text, struct bf_lua_fault *fault)
{
    lua_State *L = s->L;
    bf_meter_begin(&s->meter);
    int status = luaL_loadbufferx(L, text.p, text.n, "=hook.lua", "t");
    bf_meter_end(&s->meter);
    if (status == LUA_OK) {
        lua_insert(L, -2);
        lua_setupvalue(L, -2, 1);
        return true;
    }
    bf_lua_blame_load(s, status, fault);
    lua_pop(L, 2);
    return false;
}

/* Behind the top level: what it defined, and the objects that hooks are given. In a call. */
static int settle(lua_State *L)
{
    struct bf_lua_script *s = bf_lua_of(L);
    bf_declare_fields(L, s);
    bf_declare_hooks(L);
    bf_freeze_globals(L);
    s->ready = true;
    for (int hook = 0; hook < BF_LUA_HOOKS; hook++)
        bf_freeze_global(L, hook_names[hook]);
    bf_lua_ask_push(L);
    bf_lua_row_push(L);
    bf_lua_record_push(L);
    return BF_AT_TOP - BF_AT_HANDLER;
}

static bool run_top(struct bf_lua_script *s, struct bf_str text, struct bf_lua_fault *fault)
{
    lua_State *L = s->L;
    bf_lua_push_handler(s);
    lua_pushcfunction(L, prepare);
    if (bf_lua_call(s, 0, 1, "the library", fault) != BF_LUA_OK || !load_text(s, text, fault) ||
        bf_lua_call(s, 0, 0, "the top level", fault) != BF_LUA_OK)
        return false;
    lua_pushcfunction(L, settle);
    return bf_lua_call(s, 0, BF_AT_TOP - BF_AT_HANDLER, "the top level", fault) == BF_LUA_OK;
}

struct bf_lua_script *bf_lua_script_open(const struct bf_lua_source *source,
                                         struct bf_lua_fault *fault)
{
    struct bf_lua_script *s = calloc(1, sizeof *s);
    *fault =
        (struct bf_lua_fault){.rc = BF_LUA_SPACE, .message = "there is no memory for a script"};
    if (!s)
        return NULL;
    set_name(s->name, sizeof s->name, source->name);
    set_name(s->dataset, sizeof s->dataset, source->dataset);
    s->log = source->log;
    s->areas = source->areas;
    bool ok = check_text(s, source->text, fault) && make_state(s, source) &&
              run_top(s, source->text, fault);
    bf_guard_rest();
    if (!ok) {
        bf_lua_script_free(s);
        return NULL;
    }
    s->meter.spent_us = 0;
    s->calls = 0;
    return s;
}

void bf_lua_script_free(struct bf_lua_script *s)
{
    if (!s)
        return;
    if (s->L)
        lua_close(s->L);
    bf_lua_record_free(s->record);
    bf_words_free(s->words);
    free(s->meter.runs);
    free(s);
}
