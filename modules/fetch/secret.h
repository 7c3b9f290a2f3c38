/*
 * fetch/secret: a credential that a manifest names, and that lies in a file of this machine.
 *
 * File       <folder>/<name>: lines `Header: value`, and at most one `?parameter=value` that is
 *            added to the address. Blank lines and those that start with # are skipped.
 * Rights     a plain file (no link) that belongs to root or to this account and that nobody else
 *            may read or write: mode 0600 or 0400. Everything else is refused.
 * Never      in an error, a log or an answer is anything of what the file holds.
 * Ownership  everything lies in the arena.
 * Errors     PARAMETER: there is no such file, its rights are too wide, or a line is neither.
 */
#ifndef BF_FETCH_SECRET_H
#define BF_FETCH_SECRET_H

#include "core/arena.h"
#include "core/err.h"

enum { BF_SECRET_HEADERS = 8 };

struct bf_secret {
    struct bf_str headers[BF_SECRET_HEADERS]; /* NUL-terminated */
    size_t nheaders;
    struct bf_str query; /* "name=value", or empty */
};

bool bf_secret_read(struct bf_arena *a, const char *folder, struct bf_str name,
                    struct bf_secret *out, struct bf_err *err);

#endif
