/*
 * plugin/binding: a handler bound to a dataset inside one worker.
 *
 * Purpose    finds the handler of a dataset, opens it once, and calls its hooks with the host's
 *            table. The built-in `table` is no binding at all: NULL.
 * Ownership  the plugins belong to a worker (after fork) and live as long as it; bindings lie in
 *            the generation's arena and are closed by bf_plugins_free. Nothing is ever dlclosed.
 * Scripts    a dataset with a hook.lua that takes part in reading is bound to the handler that a
 *            maker makes of it (plugin/script), and goes the same way from there.
 * Errors     a handler that cannot be loaded, does not fit the manifest or rejects the dataset
 *            leaves a binding that is out: the reason is logged, bf_binding_out tells it, and
 *            every request of that dataset is answered QUARANTINE. So is a dataset whose handler
 *            keeps crashing (plugin/quarantine).
 * Faults     a crash inside a hook ends the worker; the quarantine table says whose it was.
 *
 *     struct bf_binding *b = bf_plugins_bind(plugins, entry);
 *     if (b && !bf_binding_rewrite(b, &hook)) …        after bf_query_check; checks again by itself
 *     if (b && !bf_binding_prepare_rows(b, &hook)) …   before bf_query_sql
 *     hook.sql = &sql;                                 after it
 *     … bf_binding_row(b, &hook, cells, ncells) …
 *     if (b) bf_binding_finish(b, &hook);              once per request that came to rewrite
 */
#ifndef BF_PLUGIN_BINDING_H
#define BF_PLUGIN_BINDING_H

#include "catalog/registry.h"
#include "core/err.h"
#include "plugin/inspect.h"
#include "plugin/quarantine.h"
#include "plugin/script.h"
#include "query/query.h"
#include "value/cell.h"

enum { BF_BINDING_BUDGET = 1 << 20 }; /* bytes that the handler may alloc for one dataset */

struct bf_plugins; /* the handlers of one worker */
struct bf_binding;

struct bf_plugins_setup {
    const char *dir;                       /* <run_dir>/handlers */
    struct bf_quarantine *quarantine;      /* shared with the master; NULL: tests, the command */
    struct bf_fuses *fuses;                /* shared by all workers; NULL: no script is ever off */
    const struct bf_script_maker *scripts; /* NULL: a dataset with a script is out of service */
};

struct bf_plugins *bf_plugins_new(struct bf_arena *generation,
                                  const struct bf_plugins_setup *setup);
void bf_plugins_free(struct bf_plugins *p); /* closes every binding; NULL is allowed */

/* The binding of an entry, opened on first use. NULL: the plain table, no hooks. */
struct bf_binding *bf_plugins_bind(struct bf_plugins *p, const struct bf_entry *entry);
/* Opens it now instead of at its first request; as bf_binding_out. */
const char *bf_binding_open(struct bf_binding *b);
/* Why it is out of service, for status and log (may hold a path); NULL: it works. */
const char *bf_binding_out(const struct bf_binding *b);

/* What a hook may reach of its request. */
struct bf_hook_request {
    struct bf_arena *arena; /* of the request */
    struct bf_err *err;
    struct bf_query *query;
    struct bf_str id;         /* request id, for the log */
    const struct bf_sql *sql; /* from bf_query_sql on: tells fields that were selected twice */
};

/* The first step of every request of the dataset: refuses it while the handler is out, then runs
 * the rewrite hook on the checked query and checks it again when a condition was added. */
bool bf_binding_rewrite(struct bf_binding *b, struct bf_hook_request *r);
/* Whether the rows of the request under way go through a hook. */
bool bf_binding_has_row(const struct bf_binding *b);
/* From rewrite on: rows are given as they are stored, because the script that would change them
 * was switched off. Such an answer says so, and is never taken for one of the script's. */
bool bf_binding_row_off(const struct bf_binding *b);
/* The request finds out whether that script works again: its rows have to be read. */
bool bf_binding_trying(const struct bf_binding *b);
/* When the script was last switched on again, on the wall clock; 0: it was never off. */
int64_t bf_binding_back_wall(const struct bf_binding *b);
/* Before bf_query_sql: makes the query carry every field that the row hook reads. */
bool bf_binding_prepare_rows(struct bf_binding *b, struct bf_hook_request *r);

enum bf_row_verdict { BF_ROW_KEEP, BF_ROW_SKIP, BF_ROW_FAIL };
/* cells: one per output, then the carried ones; the hook may replace some (bytes from a row arena
 * that the next call reuses). */
enum bf_row_verdict bf_binding_row(struct bf_binding *b, struct bf_hook_request *r,
                                   struct bf_cell *cells, size_t n);
/* ---- a source: rows that lie in no table ("rows": "handler") ---- */

/* What a source tells of its rows. */
struct bf_source_told {
    struct bf_str version; /* empty: none, they are good for this request alone */
    bool dated;
    int64_t instant; /* when they last changed */
};

/* After rewrite. limit: so many rows are enough, -1: all are needed. */
bool bf_binding_source_open(struct bf_binding *b, struct bf_hook_request *r, int64_t limit,
                            struct bf_source_told *told);
/* One value per field of the manifest, null where it is not stored; theirs until the next call. */
enum bf_given_row { BF_GIVEN_ROW, BF_GIVEN_END, BF_GIVEN_FAIL };
enum bf_given_row bf_binding_source_next(struct bf_binding *b, struct bf_hook_request *r,
                                         const struct bf_value **values);

/* After the last row, also when the request failed. false: only when nothing had failed before. */
bool bf_binding_finish(struct bf_binding *b, struct bf_hook_request *r);

#endif
