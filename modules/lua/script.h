/*
 * lua/script: one hook script, read, checked and ready to be called.
 *
 * Purpose    from the text of a hook.lua to a state with hooks in it: `on_request(query)`,
 *            `on_record(row)` (lua/handler), `on_ingest(record)` (lua/ingest), and what it
 *            declares:
 *                fields = {{name = "fill", type = "double", label = "Fill", unit = "%"}}
 * Sandbox    text only, at most BF_LUA_SOURCE bytes of UTF-8; the library is an allow-list
 *            (lua/library); nothing of it can catch an error, load code, reach a file or the
 *            process, or be changed. Globals are those that the script's own top level defines.
 * Stateless  a hook is a function of its argument: tables of the top level are read-only once it
 *            has run, and a hook that changes a variable of the top level fails. So an answer
 *            depends on the rows and the script alone, as its ETag says.
 * Limits     memory: budget of the allocator, and BF_LUA_BLOCK bytes for one text or table. Time of
 *            the processor, of each call: looked at every thousand instructions and by everything
 *            in the library that can take long (lua/meter). Nothing in the script can catch either.
 *            Behind it stands lua/guard, which ends the process.
 * Ownership  bf_lua_script_open gives it to the caller; bf_lua_script_free ends it. One thread, one
 *            state per script: dataset, generation and worker.
 * Errors     struct bf_lua_fault: what happened, the line, and one sentence that names the script,
 *            line and dataset; "vlille-realtime/hook.lua:12: …". UTF-8, safe for logs; it may hold
 *            a value that the script itself put into its message.
 *
 *     struct bf_lua_source source = {.name = BF_STR("vlille-realtime/hook.lua"), .text = text,
 *                                    .dataset = BF_STR("vlille-realtime")};
 *     struct bf_lua_script *s = bf_lua_script_open(&source, &fault);
 *     if (!s) … fault.message
 */
#ifndef BF_LUA_SCRIPT_H
#define BF_LUA_SCRIPT_H

#include "core/err.h"
#include "core/str.h"

#include <beffroi/handler.h>

enum {
    BF_LUA_SOURCE = 64 << 10,
    BF_LUA_MEMORY = 8 << 20,
    BF_LUA_BLOCK = 1 << 20,
    BF_LUA_TIME_US = 100000,
    BF_LUA_FIELDS = 64, /* that a script may declare */
    BF_LUA_LINES = 100, /* of log in a minute, where the host takes none */
    BF_LUA_MESSAGE = 600
};

struct bf_lua_script;
struct bf_areas; /* lua/areas */

/* How a call of a hook ended. */
enum bf_lua_rc {
    BF_LUA_OK,
    BF_LUA_DROP,  /* the hook returned false: the row, or record, is left out */
    BF_LUA_ERROR, /* the script is wrong, or said error(…) */
    BF_LUA_TIME,  /* it took longer than it may */
    BF_LUA_SPACE  /* it needs more memory than it may */
};

struct bf_lua_fault {
    enum bf_lua_rc rc;
    int line; /* of the script; 0: none */
    char message[BF_LUA_MESSAGE];
};

enum bf_lua_hook { BF_LUA_ON_REQUEST, BF_LUA_ON_RECORD, BF_LUA_ON_INGEST, BF_LUA_HOOKS };

/* The `log` of the library. level: enum bf_level; the text is UTF-8. */
struct bf_lua_log {
    void (*line)(void *self, enum bf_level level, struct bf_str text);
    void *self;
};

struct bf_lua_source {
    struct bf_str name;           /* for messages: "vlille-realtime/hook.lua" */
    struct bf_str text;           /* only read while opening */
    struct bf_str dataset;        /* id */
    const struct bf_areas *areas; /* of geo.area, and outlive the script; NULL: none */
    struct bf_lua_log log;        /* line NULL: bf_log with dataset and script */
    size_t memory;                /* bytes; 0: BF_LUA_MEMORY */
    int64_t time_us;              /* of one call; 0: BF_LUA_TIME_US */
    bool cover;                   /* notes which lines ran: slow, for `hook test` */
};

/* NULL: fault says what is wrong, and what would be right. */
struct bf_lua_script *bf_lua_script_open(const struct bf_lua_source *source,
                                         struct bf_lua_fault *fault);
void bf_lua_script_free(struct bf_lua_script *s); /* NULL is allowed */

bool bf_lua_script_has(const struct bf_lua_script *s, enum bf_lua_hook hook);
const char *bf_lua_hook_name(enum bf_lua_hook hook); /* "on_record" */

/* What the script declares under `fields`, ending with a NULL name; never NULL. */
const struct bf_field *bf_lua_script_fields(const struct bf_lua_script *s);

/* Each name that stands in the script's text as an identifier or as a whole quoted text and could
 * be a field's, once: what the rows have to carry. NUL-terminated; index from 0; NULL at the end.
 * */
const char *bf_lua_script_word(const struct bf_lua_script *s, size_t index);

struct bf_lua_use {
    size_t memory, peak; /* bytes of the state, now and at most */
    uint64_t calls;
    uint64_t lines; /* that it wrote to the log: all that a call does besides answering */
};
struct bf_lua_use bf_lua_script_use(const struct bf_lua_script *s);

/* With `cover`: a line that can run, and how often it did. Lines without code: -1. */
int64_t bf_lua_script_line_runs(const struct bf_lua_script *s, int line);

#endif
