/*
 * plugin/inspect: looks into a handler without trusting it.
 *
 * Purpose    `beffroi check` and apply load a .so in a child process with a time limit: a
 *            constructor that crashes, ends the process or never comes back is a finding with a
 *            clear text, not the end of the command.
 * Ownership  the facts lie in the arena.
 * Errors     HANDLER; the message names the file and says what is wrong, for the person at the
 *            command line (it holds a path: not for clients).
 * Faults     the child is a plain fork without the handler's hooks being called: loading runs the
 *            file's own code with the caller's rights. Look only into files that you built.
 */
#ifndef BF_PLUGIN_INSPECT_H
#define BF_PLUGIN_INSPECT_H

#include "plugin/facts.h"

enum { BF_INSPECT_LIMIT_MS = 5000 };

bool bf_plugin_inspect(struct bf_arena *a, const char *path, struct bf_plugin_facts *out,
                       struct bf_err *err);
/* The same with another limit, for tests. */
bool bf_plugin_inspect_within(struct bf_arena *a, const char *path, int limit_ms,
                              struct bf_plugin_facts *out, struct bf_err *err);

/* What check and apply ask of a dataset with a handler: looks into the .so and holds it against the
 * manifest. Every mistake goes to the report; file names the manifest there. */
bool bf_plugin_check(const char *path, const struct bf_manifest *m, const char *file,
                     struct bf_report *report);

#endif
