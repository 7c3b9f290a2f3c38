/*
 * plugin/loader: from a file to a checked handler descriptor. The only file that knows dlfcn.h.
 *
 * Purpose    three steps, so that a process that looks on can tell in which one the handler died:
 *            trusted (may this file be loaded at all), load (dlopen, constructors, the symbol),
 *            enter (bf_handler_v1, version and size).
 * Ownership  nothing is ever unloaded; the descriptor is copied into the caller's struct, members
 *            that the handler's size does not cover are NULL. Its pointers stay the handler's.
 * Errors     HANDLER, for the log and the command line: messages may hold paths.
 */
#ifndef BF_PLUGIN_LOADER_H
#define BF_PLUGIN_LOADER_H

#include "core/arena.h"
#include "core/err.h"

#include <beffroi/handler.h>

struct bf_loaded {
    const struct bf_handler *(*entry)(const struct bf_api *host);
};

/* The path of the file `name` in `dir`, if both belong to root or the current user, others may not
 * write them, and name is a plain file name; NULL: err says what is wrong. */
const char *bf_loader_trusted(struct bf_arena *a, const char *dir, struct bf_str name,
                              struct bf_err *err);

bool bf_loader_load(const char *path, struct bf_loaded *out, struct bf_err *err);
bool bf_loader_enter(const struct bf_loaded *loaded, const struct bf_api *host,
                     struct bf_handler *out, struct bf_err *err);

#endif
