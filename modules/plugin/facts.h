/*
 * plugin/facts: what a handler says of itself, and whether that fits a manifest.
 *
 * Purpose    `beffroi check` and apply compare a handler that was loaded in a child process with
 *            the manifest that names it; the loader does the same in the worker, so that the two
 *            never disagree.
 * Ownership  everything lies in the arena, copied: facts outlive the handler they were read from.
 * Errors     bf_facts_read: the first mistake of the descriptor, code HANDLER. bf_facts_match: one
 *            mistake in the report each, with pointers into the manifest; true when there was none.
 * Rule       the manifest lists the fields that the row hook adds, with "handler": true; the
 *            handler lists them as `adds`. Each must be in both, with the same type.
 */
#ifndef BF_PLUGIN_FACTS_H
#define BF_PLUGIN_FACTS_H

#include "catalog/manifest.h"
#include "catalog/report.h"
#include "core/err.h"

enum { BF_FACTS_LIST = 100, BF_FACTS_TEXT = 500 }; /* most options or fields; bytes of a text */

struct bf_plugin_option {
    struct bf_str key, preset, help;
    enum bf_type type;
    bool required; /* no preset */
};

/* In the order of calls. */
enum bf_plugin_hook {
    BF_PLUGIN_OPEN = 1,
    BF_PLUGIN_REWRITE = 2,
    BF_PLUGIN_SOURCE = 4,
    BF_PLUGIN_ROW = 8,
    BF_PLUGIN_FINISH = 16,
    BF_PLUGIN_CLOSE = 32
};

struct bf_plugin_facts {
    struct bf_str name, version, summary;
    unsigned major, minor; /* of the ABI that it was built against */
    const struct bf_manifest_field *adds;
    size_t nadds;
    const struct bf_plugin_option *options;
    size_t noptions;
    bool rewrites, has_row, gives_rows;
    unsigned hooks; /* of enum bf_plugin_hook, for people */
    bool script;    /* made of hook.lua: the manifest does not name it, and it has no options */
};

bool bf_facts_read(struct bf_arena *a, const struct bf_handler *h, struct bf_plugin_facts *out,
                   struct bf_err *err);

/* file: of the manifest, for the report. */
bool bf_facts_match(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                    const char *file, struct bf_report *report);

#endif
