/*
 * value/cell: a value in PostgreSQL's binary format, the one form in which rows travel from libpq
 * to writers and hooks.
 *
 * Purpose    reading and making the bytes of bool, int8, float8, text, date, timestamptz, geometry
 *            and json columns.
 * Ownership  a cell borrows its bytes: from the PGresult, or from the row arena when a hook set it.
 * Errors     none: the caller knows the type of the column; a cell whose length is not the type's
 *            reads as null, and so do values that our types do not have: NaN and infinite numbers,
 *            infinite dates, years before 0 and after 10000.
 * Source     PostgreSQL 15, the receive and send functions of its types: network byte order, dates
 *            and instants from 2000-01-01.
 */
#ifndef BF_VALUE_CELL_H
#define BF_VALUE_CELL_H

#include "core/buf.h"
#include "value/type.h"

struct bf_cell {
    const char *p;
    int32_t n; /* bytes; -1: null */
};

/* The reader of one type expects bf_cell_is(c, that type). */
bool bf_cell_is(struct bf_cell c, enum bf_type type); /* not null, and as long as the type is */
bool bf_cell_null(struct bf_cell c);
bool bf_cell_bool(struct bf_cell c);
int64_t bf_cell_int(struct bf_cell c);
double bf_cell_real(struct bf_cell c);
struct bf_str bf_cell_text(struct bf_cell c); /* also json, and EWKB of geometries */
int32_t bf_cell_date(struct bf_cell c);       /* days since 1970 */
int64_t bf_cell_instant(struct bf_cell c);    /* microseconds since 1970 */

/* The value of a cell of that type; BF_NULL when it is null or malformed. */
struct bf_value bf_cell_value(struct bf_cell c, enum bf_type type);

/* Appends the binary form of a value (without length); nothing for null. Also what binds as a
 * parameter. */
void bf_cell_put(struct bf_buf *out, const struct bf_value *v);

#endif
