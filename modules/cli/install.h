/*
 * cli/install: putting a compiled handler where workers look for it.
 *
 * Purpose    copies <from>/<name>.so to <run_dir>/handlers/<digest>-<name>.so: the name tells the
 *            content, so a file that a worker has mapped is never written again (a new build is a
 *            new file). Written under another name first, then renamed.
 * Errors     PARAMETER, with the path.
 */
#ifndef BF_CLI_INSTALL_H
#define BF_CLI_INSTALL_H

#include "core/arena.h"
#include "core/conf.h"

/* *file: its name in <run_dir>/handlers, in the arena. */
bool bf_install_handler(struct bf_arena *a, const struct bf_conf *conf, const char *from,
                        struct bf_str name, struct bf_str *file, struct bf_err *err);

/* <folder of this program>/handlers. NULL: the program cannot find itself. */
const char *bf_install_default(struct bf_arena *a);

#endif
