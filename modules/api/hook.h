/*
 * api/hook: hook.lua between the sandbox (lua/), the binding (plugin/) and the commands.
 *
 * Purpose    lua and plugin are on one floor and do not know each other. Here a script becomes a
 *            handler for the binding (bf_hook_maker), and here `beffroi check`, apply and every
 *            worker ask the same questions about it, so that they cannot disagree.
 * Errors     bf_hook_check: every mistake in the report, with file and line. A script that fails
 *            while it runs: plugin/script.
 * Ownership  nothing is kept; what is made lives from make to end.
 */
#ifndef BF_API_HOOK_H
#define BF_API_HOOK_H

#include "catalog/report.h"
#include "lua/handler.h"
#include "plugin/script.h"

extern const struct bf_script_maker bf_hook_maker;

/* A script that is open, as a handler. All zero: none. */
struct bf_hook_script {
    struct bf_lua_script *script;
    struct bf_lua_handler *handler;
};

/* false: fault says why. */
bool bf_hook_open(struct bf_hook_script *h, const struct bf_lua_source *source,
                  const struct bf_schema *schema, struct bf_lua_fault *fault);
void bf_hook_close(struct bf_hook_script *h);
/* Script, line and message of what failed last; NULL: nothing did, or it is not open. */
const char *bf_hook_why(const struct bf_hook_script *h);

/* A hook.lua beside a manifest. */
struct bf_hook_file {
    struct bf_str text;
    const char *path, *manifest_path; /* for the report */
    bool reads;                       /* out: it has on_request, on_record or fields */
    bool ingests;                     /* out: it has on_ingest */
};

/* Opens the script and holds it against the manifest. */
bool bf_hook_check(struct bf_hook_file *file, const struct bf_manifest *m,
                   struct bf_report *report);

#endif
