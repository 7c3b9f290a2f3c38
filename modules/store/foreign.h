/*
 * store/foreign: the rows of a table that somebody else made, as JSON.
 *
 * Purpose    `beffroi new` guesses a manifest from them. Columns come in the order of the table,
 *            geometries as GeoJSON; a view is a table, too.
 * Ownership  a row is borrowed until take returns.
 * Errors     NOT_FOUND_RESOURCE: there is no such table; PARAMETER: it is one of ours; the store's.
 */
#ifndef BF_STORE_FOREIGN_H
#define BF_STORE_FOREIGN_H

#include "store/conn.h"

/* name: of the table as it is, without quotes, behind its schema and a dot, or on the search path.
 * take: false ends it. */
struct bf_foreign {
    struct bf_str name;
    int64_t most; /* rows */
    bool (*take)(void *self, struct bf_str row, struct bf_err *err);
    void *self;
};
bool bf_foreign_rows(struct bf_conn *c, struct bf_arena *a, const struct bf_foreign *f,
                     struct bf_err *err);

/* The name as SQL writes it. */
struct bf_str bf_foreign_quoted(struct bf_arena *a, struct bf_str name);

#endif
