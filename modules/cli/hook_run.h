/*
 * cli/hook_run: a script over rows outside of a server, for who writes it.
 *
 * Purpose    `beffroi hook test` and `hook preview` bind a script as a worker does and give it rows
 *            one by one; what comes out is held against what went in, field by field.
 * Rows       are cells, one per column of `sql`, in its order: from a file, or as they were read.
 * Ownership  everything lies in the arena and in the run; one at a time runs a row. What a row
 *            becomes lives until the next one.
 * Errors     open: err says why. A row that fails is an outcome; the next one begins anew.
 */
#ifndef BF_CLI_HOOK_RUN_H
#define BF_CLI_HOOK_RUN_H

#include "api/hook.h"
#include "format/json_row.h"
#include "plugin/binding.h"

struct bf_hook_run {
    struct bf_arena *arena;
    struct bf_entry entry;
    struct bf_hook_script hook; /* while the binding is open */
    struct bf_plugins *plugins;
    struct bf_binding *binding; /* NULL: nothing takes part in reading */
    struct bf_hook_request request;
    struct bf_sql sql;
    struct bf_err err;
    struct bf_json_row *printer;
    struct bf_cell *after; /* what the row has become */
    bool cover, narrowed;  /* narrowed: on_request added conditions */
    const char *refusal;   /* what on_request refuses such a query with; NULL: it does not */
    bool broken;           /* the last row failed */
    uint64_t rows, changed, left_out, failed;
};

enum bf_hook_outcome { BF_HOOK_SAME, BF_HOOK_CHANGED, BF_HOOK_LEFT_OUT, BF_HOOK_FAILED };

/* Every field, at most `limit` rows; on_request has run. entry: manifest, hook, hook_reads. */
bool bf_hook_run_open(struct bf_hook_run *r, struct bf_arena *a, const struct bf_entry *entry,
                      int64_t limit, bool cover);
void bf_hook_run_close(struct bf_hook_run *r);

/* The row through the script into r->after. before: what it is held against; NULL: cells. */
enum bf_hook_outcome bf_hook_run_row(struct bf_hook_run *r, const struct bf_cell *cells,
                                     const struct bf_cell *before);
/* What the script says by itself, on stdout (struct bf_lua_log). */
void bf_hook_run_log(void *self, enum bf_level level, struct bf_str text);

/* `row 3 (id 3)` and a line per field that differs. */
void bf_hook_run_print(const struct bf_hook_run *r, uint64_t number, enum bf_hook_outcome outcome,
                       const struct bf_cell *before, struct bf_buf *out);
/* How many rows of which outcome. */
void bf_hook_run_sum(const struct bf_hook_run *r, struct bf_buf *out);
/* With cover: how many lines ran, and which never did. also: the same script, run elsewhere, too;
 * or NULL. */
void bf_hook_run_lines(const struct bf_hook_run *r, const struct bf_lua_script *also,
                       struct bf_buf *out);

#endif
