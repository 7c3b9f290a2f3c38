/*
 * lua/state: what the files of this room share of a script.
 *
 * Stack      of the state, between calls, from 1: the message handler, the three hooks (or nil),
 *            the three arguments that they get. Calls push copies of these, which allocates
 *            nothing.
 * Calls      bf_lua_call runs a function with arguments that lie on the stack, within the meter and
 *            the guard; what it says goes into a fault.
 */
#ifndef BF_LUA_STATE_H
#define BF_LUA_STATE_H

#include "lua/meter.h"
#include "lua/script.h"

#include <lauxlib.h>
#include <lua.h>

enum {
    BF_AT_HANDLER = 1,
    BF_AT_HOOK = 2,                             /* + enum bf_lua_hook */
    BF_AT_ARGUMENT = BF_AT_HOOK + BF_LUA_HOOKS, /* + enum bf_lua_hook */
    BF_AT_TOP = BF_AT_ARGUMENT + BF_LUA_HOOKS - 1
};

struct bf_words;      /* lua/words */
struct bf_lua_row;    /* lua/row */
struct bf_lua_ask;    /* lua/ask */
struct bf_lua_record; /* lua/ingest */

struct bf_lua_script {
    lua_State *L;
    struct bf_meter meter;
    char name[96], dataset[96];
    struct bf_lua_log log;
    int64_t lines_since_us; /* of the log, without a host that takes them */
    int lines;
    const struct bf_areas *areas;
    bool ready; /* the top level has run: globals are read-only */
    struct bf_field fields[BF_LUA_FIELDS + 1];
    struct bf_words *words;
    uint64_t calls, said;   /* said: lines of the log */
    int watched;            /* variables of the top level that hooks could change: lua/freeze */
    struct bf_lua_row *row; /* of its handler; NULL: it has none */
    struct bf_lua_ask *ask;
    struct bf_lua_record *record; /* of on_ingest, from its first call on */
    int fault_line;               /* of the error under way */
    char fault_text[BF_LUA_MESSAGE];
};

struct bf_lua_script *bf_lua_of(lua_State *L);

/* The message handler, which belongs at BF_AT_HANDLER. */
void bf_lua_push_handler(struct bf_lua_script *s);

/* The function and n arguments are on top of the stack; then it and they are gone. With BF_LUA_OK
 * `results` values lie there instead. what: "on_record", for messages. */
enum bf_lua_rc bf_lua_call(struct bf_lua_script *s, int n, int results, const char *what,
                           struct bf_lua_fault *fault);
/* The hook with its argument; the verdict is what it returned. A word that came with false is in
 * fault->message. around: called with hook and argument in place of the hook, or NULL. */
enum bf_lua_rc bf_lua_call_hook(struct bf_lua_script *s, enum bf_lua_hook hook,
                                lua_CFunction around, struct bf_lua_fault *fault);

/* Of a text that could not be loaded: what Lua said is on top of the stack. */
void bf_lua_blame_load(struct bf_lua_script *s, int status, struct bf_lua_fault *fault);

/* One sentence about a place of the script, cut and clean. Gives rc. */
enum bf_lua_rc bf_lua_blame(const struct bf_lua_script *s, struct bf_lua_fault *fault,
                            enum bf_lua_rc rc, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What a value is, for messages: "a text", "nothing", "a whole number". */
const char *bf_lua_kind(lua_State *L, int index);

/* The argument as a text, number or instant, or an error that names the function and its place. */
struct bf_str bf_lua_text(lua_State *L, int index);
void bf_lua_push(lua_State *L, struct bf_str s);

/* A text on its way, in memory of the state: an error leaves nothing behind. It keeps one place of
 * the stack, and must be the last that was opened. */
enum { BF_TEXT_MAX = BF_LUA_BLOCK - 64 }; /* bytes; a block has its head */

struct bf_build {
    lua_State *L;
    int at;
    char *p;
    size_t n, room;
    char small[512];
};
void bf_build_open(struct bf_build *b, lua_State *L);
char *bf_build_room(struct bf_build *b, size_t n); /* at the end; the caller adds to b->n */
void bf_build_add(struct bf_build *b, const char *p, size_t n);
void bf_build_push(struct bf_build *b); /* the text, on the stack */

#endif
