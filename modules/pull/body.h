/*
 * pull/body: what was fetched, in a file without a name.
 *
 * Purpose    a body is larger than what one wants to keep in memory, and must be gone when the
 *            process is, however that ends: the file is never linked into a folder.
 * Errors     STORAGE; TOO_LARGE for more than `most` bytes.
 */
#ifndef BF_PULL_BODY_H
#define BF_PULL_BODY_H

#include "core/err.h"

struct bf_pull_body {
    int fd;
    void *map;
    size_t bytes, most;
};

bool bf_pull_body_open(struct bf_pull_body *b, const char *folder, size_t most, struct bf_err *err);
void bf_pull_body_close(struct bf_pull_body *b);
bool bf_pull_body_add(void *self, const char *p, size_t n, struct bf_err *err);
/* All of it, until the close. */
bool bf_pull_body_map(struct bf_pull_body *b, struct bf_str *out, struct bf_err *err);

#endif
