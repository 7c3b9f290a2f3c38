/*
 * store/own: a dataset that the server fills by itself, like any other through ordinary commits.
 *
 * Purpose    its rows come from a query whose columns stand for fields of the dataset, in the order
 *            given. The dataset is one like all others (handlers/<id>): nobody is refused anything.
 * Ownership  lies in the arena, the catalogue that it was found in as well.
 * Errors     the store's; NOT_FOUND_RESOURCE: there is no such dataset; PARAMETER: it lacks one of
 *            the fields, or has it with another type.
 */
#ifndef BF_STORE_OWN_H
#define BF_STORE_OWN_H

#include "store/commit.h"

struct bf_own_column {
    struct bf_str name;
    enum bf_type type;
};

struct bf_own {
    struct bf_conn *conn;
    struct bf_arena *arena;
    const struct bf_entry *entry;
    const struct bf_own_column *columns;
    size_t ncolumns;
    size_t *at; /* of each column in the manifest's fields */
};

bool bf_own_find(struct bf_own *o, struct bf_conn *c, struct bf_arena *a, const char *id,
                 const struct bf_own_column *columns, size_t n, struct bf_err *err);

/* One commit of the rows of res, or none when nothing differs. */
bool bf_own_write(struct bf_own *o, enum bf_batch_mode mode, const PGresult *res, const char *sub,
                  struct bf_commit_result *result, struct bf_err *err);

#endif
