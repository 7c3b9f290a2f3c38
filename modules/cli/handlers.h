/*
 * cli/handlers: the compiled handlers and the scripts of dataset folders, looked into before
 * anything uses them.
 *
 * Purpose    `beffroi check` and apply hold <dir>/<handler>.so, and the hook.lua beside it, against
 *            the manifest.
 * Errors     go to the report. A handler that is not built is a mistake only when it is needed.
 */
#ifndef BF_CLI_HANDLERS_H
#define BF_CLI_HANDLERS_H

#include "cli/folder.h"

/* dir NULL: beside this program. needed: whether a handler that is not there is a mistake; if not,
 * a line on stdout says that it was passed over. */
void bf_handlers_check(const struct bf_folders *all, const char *dir, bool needed,
                       struct bf_report *report);

/* Also notes whether a script takes part in reading. */
void bf_hooks_check(const struct bf_folders *all, struct bf_report *report);

#endif
