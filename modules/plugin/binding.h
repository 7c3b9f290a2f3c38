/*
 * plugin/binding: a handler bound to a dataset inside one worker.
 *
 * Purpose    loading handlers (dlopen), checking their version, and calling their hooks with the host's table. The only
 *            folder that knows dlfcn.h. The built-in `table` uses the same struct and has no hooks.
 * Ownership  a loader belongs to a worker (after fork) and lives as long as it; bindings lie in the generation's arena and are
 *            closed by bf_plugin_free. Nothing is ever dlclosed.
 * Errors     a handler that cannot be loaded or rejects the dataset leaves a binding that is `out`: every request of that
 *            dataset is answered QUARANTINE with the reason.
 */
#ifndef BF_PLUGIN_BINDING_H
#define BF_PLUGIN_BINDING_H

#include "catalog/registry.h"
#include "core/err.h"
#include "query/query.h"
#include "value/cell.h"

struct bf_plugins; /* the loader of one worker */
struct bf_binding;

struct bf_plugins *bf_plugins_new(struct bf_arena *generation, const char *dir);
void bf_plugins_free(struct bf_plugins *p); /* closes every binding */

/* The binding of an entry, opened on first use. NULL: the plain table, no hooks. */
struct bf_binding *bf_plugins_bind(struct bf_plugins *p, const struct bf_entry *entry);
const char *bf_binding_out(const struct bf_binding *b); /* why it is out of service; NULL: it works */

/* What a hook may reach of its request. */
struct bf_hook_request {
    struct bf_arena *arena; /* of the request */
    struct bf_err *err;
    struct bf_query *query;
    struct bf_str id; /* request id, for the log */
};

bool bf_binding_rewrite(struct bf_binding *b, struct bf_hook_request *r);
bool bf_binding_has_row(const struct bf_binding *b);
/* Before bf_query_sql: makes the query carry every field that the row hook reads. */
bool bf_binding_prepare_rows(struct bf_binding *b, struct bf_hook_request *r);

enum bf_row_verdict { BF_ROW_KEEP, BF_ROW_SKIP, BF_ROW_FAIL };
/* cells: one per output, then the carried ones; the hook may replace some (bytes from a row arena that the next call reuses). */
enum bf_row_verdict bf_binding_row(struct bf_binding *b, struct bf_hook_request *r, struct bf_cell *cells, size_t n);
bool bf_binding_finish(struct bf_binding *b, struct bf_hook_request *r);

/* What `beffroi check` and apply need: loads a .so in a child process (a crash there is a finding), checks its version and its declared
 * options against the manifest, and tells its added fields. */
struct bf_plugin_facts {
    struct bf_str name, version;
    const struct bf_manifest_field *adds;
    size_t nadds;
};
bool bf_plugin_inspect(struct bf_arena *a, const char *path, struct bf_plugin_facts *out, struct bf_err *err);

#endif
