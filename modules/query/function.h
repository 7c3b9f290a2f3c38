/*
 * query/function: the functions of ODSQL by name (contract 10.2 to 10.7).
 *
 * Purpose    one table: what the language knows, where each function may stand, what it takes and
 *            gives, and how it is said in SQL. check, sql, the documentation page (`beffroi
 *            functions`) and the test that every function has a case in tests/suites/odsql read it.
 * To add     a scalar: one entry with `args`, `result` and `sql`, no code; or with a `value` of its
 *            own when its arguments follow other rules (query/call.h). A predicate: `check` (see
 *            query/place.c). An entry without any of them is known but not supported yet, and is
 *            refused by name.
 */
#ifndef BF_QUERY_FUNCTION_H
#define BF_QUERY_FUNCTION_H

#include "query/ast.h"

/* Checks the call in place: as a condition, or as a value with its type. */
typedef bool bf_function_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call);

enum bf_function_kind { BF_PREDICATE, BF_SCALAR, BF_AGGREGATE, BF_GROUPING, BF_FIELDS };

/* What an argument must be. A literal is one that stands in the query; the others may be any
 * expression of the type. */
enum bf_argument {
    BF_ARG_NONE,
    BF_ARG_ANY,
    BF_ARG_TEXT,
    BF_ARG_NUMBER,
    BF_ARG_DATE,           /* date or datetime */
    BF_ARG_NUMBER_OR_DATE, /* what an aggregation of numbers takes */
    BF_ARG_GEO,            /* point or shape */
    BF_ARG_POINT_LITERAL,
};

enum { BF_FUNCTION_ARGS = 3 };

struct bf_function {
    const char *name;         /* lower case */
    bf_function_check *check; /* as a condition of a where; NULL: is none */
    bf_function_check *value; /* as a value; NULL: by `args`, when there is `sql` */
    enum bf_function_kind kind;
    unsigned clauses; /* enum bf_in: where it may stand */
    bool syntax;      /* anywhere else it is a syntax error at its bracket (contract 10.7) */
    enum bf_argument args[BF_FUNCTION_ARGS];
    enum bf_type result; /* BF_NULL: that of the first argument */
    /* %1 to %3: the arguments; %w: the first one's wall clock; %g: the second one, a place, as a
     * geography; the rest is SQL. */
    const char *sql;
    const char *usage; /* as it is written: `length(text)` */
    const char *doc;   /* one line */
};

/* Of distance(), by which query/first knows it: what ST_DistanceSphere is, but for a place that is
 * made a geography once, not for each row. */
#define BF_DISTANCE_SQL "ST_Distance(geography(%1), %g, false)"
/* Of different values: query/sql counts them in its own way when there are no groups. */
#define BF_COUNT_DISTINCT_SQL "count(DISTINCT %1)"

const struct bf_function *bf_function_find(struct bf_str name); /* any case; NULL: unknown */

/* The table in its order; NULL behind its end. */
const struct bf_function *bf_function_at(size_t i);
bool bf_function_supported(const struct bf_function *f);

#endif
