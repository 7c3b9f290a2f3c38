/*
 * query/facet: which values are to be counted, and the SQL that counts them (contract 3.3).
 *
 * Syntax     `NAME` or `facet(name="NAME", disjunctive=…, hierarchical=…, separator="/", sort="…",
 *            limit=…)`; names of arguments in any case, values bare or in quotes.
 * Levels     dates have three (year, month, day; values 2026, 2026/09, 2026/09/30 in the zone of
 *            the request), hierarchical texts as many as their separator cuts; others have one. One
 *            more level than the deepest refine or exclude of the facet is counted.
 * Counts     after where, refine and exclude; those of a disjunctive facet as if its own refines
 *            were not there. Null is no value. A row counts once for a value, however often it
 *            holds it.
 * Errors     ODSQL, clause `facet`: an unknown field, a field that is no facet (the message names
 *            those there are), an unknown argument, a value that the argument cannot have, an order
 *            that the type has not.
 * Ownership  as the query's.
 */
#ifndef BF_QUERY_FACET_H
#define BF_QUERY_FACET_H

#include "query/ast.h"

enum {
    BF_FACET_LIMIT = 100,   /* values without `limit` */
    BF_FACET_SEPARATOR = 8, /* bytes */
};

enum bf_facet_kind { BF_FACET_TEXT, BF_FACET_INT, BF_FACET_DOUBLE, BF_FACET_DATE };

/* A value that a refine or an exclude of the query names. */
struct bf_facet_mark {
    struct bf_str path;
    struct bf_value value; /* of the column's type; BF_NULL: a date, or a text with levels */
    bool excluded;
};

struct bf_facet {
    struct bf_facet *next;
    struct bf_clause clause;
    struct bf_str name; /* as asked */
    const struct bf_column *column;
    enum bf_facet_kind kind;
    struct bf_str path; /* separator of levels; empty: there is one level */
    enum bf_facet_order order;
    struct bf_str order_text; /* as asked, or empty */
    int64_t limit;
    size_t levels; /* that are counted */
    bool disjunctive;
    bool disjunctive_given, flat; /* as asked */
    struct bf_facet_mark *marks;
    size_t nmarks;
};

/* The facets of the request, parsed and checked with the rest of the query. */
bool bf_facet_parse(struct bf_query *q, struct bf_str text, struct bf_err *err);
bool bf_facet_check(struct bf_query *q, struct bf_err *err);

/* After the conditions are checked: the marks of every facet. */
bool bf_facet_mark(struct bf_query *q, struct bf_err *err);

/* What the refines of a column go by: the facet of the request, if there is one, else the column.
 */
bool bf_facet_is_disjunctive(const struct bf_query *q, const struct bf_column *column);
struct bf_str bf_facet_path(const struct bf_query *q, const struct bf_column *column);

/* Whether order may be asked of a facet of that type; the name of an order, NULL: none. */
enum bf_facet_order bf_facet_order_named(struct bf_str name);
bool bf_facet_order_fits(struct bf_str name, enum bf_type type);
const char *bf_facet_order_name(enum bf_facet_order order, enum bf_type type);

/* ---- for those who run it */

const struct bf_facet *bf_query_facets(const struct bf_query *q); /* a list by `next` */

/* The columns of a row: the facet (from 0), one of the three forms of a value, and its count. */
enum bf_facet_cell {
    BF_FACET_CELL_FACET,
    BF_FACET_CELL_TEXT, /* a text, true, false; a path of levels */
    BF_FACET_CELL_INT,  /* an integer; a date in days since 1970 */
    BF_FACET_CELL_REAL,
    BF_FACET_CELL_COUNT,
    BF_FACET_CELLS
};

/* All facets in one statement, rows in order of the facet. */
bool bf_query_facets_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err);

#endif
