/*
 * query/query: ODSQL from text to SQL with bound parameters.
 *
 * Source     explore-v2.1 contract, sections 3, 4.6 and 10. One tree that grows: a construct that
 *            is not supported yet is refused by name.
 * Steps      bf_query_parse (grammar only) -> bf_query_check (names and types against a schema) ->
 *            bf_query_print (normal form, for the ETag) and bf_query_sql (SQL). bf_query_and may
 *            add conditions before check, or after it: then check is called once more and looks at
 *            the new ones alone.
 * Ownership  everything lies in the arena that parse was given, the texts are copied; a query lives
 *            as long as its request.
 * Errors     the contract's texts (6.3): ODSQL, ODSQL_SYNTAX; position is 0-based characters. No
 *            SQL text is ever built from a value: values become parameters, names come from the
 *            schema.
 */
#ifndef BF_QUERY_QUERY_H
#define BF_QUERY_QUERY_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "query/bound.h"
#include "query/schema.h"
#include "value/zone.h"

/* The texts of one request; absent ones are {NULL, 0}. */
struct bf_query_text {
    struct bf_str select;
    struct bf_str where[BF_MOST_REPEATS]; /* more parameters are an error of the caller */
    size_t wheres;
    struct bf_str group_by;
    struct bf_str order_by;
    struct bf_str refine[BF_MOST_REPEATS], exclude[BF_MOST_REPEATS];
    size_t refines, excludes;
    const struct bf_zone *zone; /* never NULL */
    bool english;               /* names of months and days; else French */
    int64_t now;                /* what now() is, for tests; 0: the clock */
    int64_t limit;              /* -1: all */
    int64_t offset;
    struct bf_str record_id; /* 40 hex digits, or {NULL, 0}: only that record */
    /* Values to be counted: see query/facet.h. every_facet: all facets of the schema instead. */
    const struct bf_str *facets;
    size_t nfacets;
    bool every_facet;
    bool shapes; /* of the server: geometries may be keys of group_by, equal ones are one group */
};

struct bf_query; /* also the opaque struct bf_query of the handler ABI */

struct bf_query *bf_query_parse(struct bf_arena *a, const struct bf_query_text *text,
                                struct bf_err *err);

/* Adds a condition of the server or a handler; `?` stand for the texts. Checked with the rest by
 * bf_query_check. */
bool bf_query_and(struct bf_query *q, struct bf_str condition, const struct bf_str *values,
                  size_t n, struct bf_err *err);

bool bf_query_check(struct bf_query *q, const struct bf_schema *schema, struct bf_err *err);

/* After check. Whether the client's query names the column anywhere, `*` included; conditions of
 * bf_query_and do not count. */
bool bf_query_uses(const struct bf_query *q, const struct bf_column *column);
/* Same text = same answer at the same commit. */
void bf_query_print(const struct bf_query *q, struct bf_buf *out);
/* Same text = same records match at the same commit. */
void bf_query_print_conditions(const struct bf_query *q, struct bf_buf *out);
/* Same text = same counts of its facets at the same commit. */
void bf_query_print_counts(const struct bf_query *q, struct bf_buf *out);

/* One column of the answer, in order. */
struct bf_output {
    struct bf_str key; /* name of the field, its alias, or the source text of the expression */
    enum bf_type type;
    const struct bf_column *column; /* the field it is, or NULL for other expressions */
    const struct bf_node *value;    /* private */
    bool json;                      /* BF_JSON that is to be written as JSON, not as a text */
    struct bf_str json_other;       /* JSON instead of a text that is none; NULL: the text */
};

/* The pieces of one SELECT over `schema.relation AS t`, for the store to put together. Parameters
 * are numbered $1.. in `params`, shared by all pieces; those of the window come last. A
 * BF_COLUMN_OUTPUT_ONLY column reads NULL. The record's id is bound as BF_TEXT of 20 bytes
 * (`$n::bytea`), which is not UTF-8. */
struct bf_sql {
    struct bf_str columns; /* `t."nom", t."geo"`: one per output; never empty */
    size_t ncolumns;       /* outputs and carried columns */
    struct bf_str from;    /* `data."x" AS t` */
    struct bf_str where;   /* ` WHERE …` or empty: the records that match */
    struct bf_str with;   /* `WITH g AS (…) ` before SELECT when there are groups or aggregates */
    struct bf_str rows;   /* behind FROM: `data."x" AS t WHERE …`, or `g` */
    struct bf_str total;  /* with `with`: SQL of the number of groups or of records; or empty */
    struct bf_str order;  /* ` ORDER BY …` (total); empty: rows come in order (query/first) */
    struct bf_str window; /* ` LIMIT $4 OFFSET $5`; empty: `rows` are no others */
    bool windowed;        /* not all rows are wanted */
    /* SQL over a row that is null in none; empty: the columns must be computed inside the window */
    struct bf_str present;
    const struct bf_value *params;
    size_t nparams;
    const struct bf_output *outputs;
    size_t noutputs;
    bool unfiltered; /* no condition at all */
    bool from_first; /* a window that is empty only when nothing matches */
    bool numbered;   /* the last column is `present` */
};

bool bf_query_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err);

/* The dataset has so few records (hundreds) that reading them in their order is quicker than any
 * index. To call before bf_query_sql; changes its plan, never its answer. */
void bf_query_expect_few(struct bf_query *q);
/* It has so many (tens of thousands) that the first ones of an order must not be found by sorting
 * all, nor those of a condition by looking at all: see query/first.h and query/decided.h; nor be
 * counted by a facet: query/tally.h. The same rules. */
void bf_query_expect_many(struct bf_query *q, int64_t records);
/* As many records as are asked for are sure to come first: of -field those that have a value, of a
 * distance those that are near. A statement that looks for no others is shorter; a page of it that
 * is not full tells nothing, and is to be asked for once more without. The same rules. */
void bf_query_expect_full(struct bf_query *q, bool full);
/* Whether the statement is such a one. */
bool bf_query_expects_full(const struct bf_query *q);
/* So many records match as far as is known; -1: not known. The same rules. */
void bf_query_expect_number(struct bf_query *q, int64_t n);

/* Condition for hooks that need other fields than the client selected: makes the row carry these
 * columns too, after the outputs (`columns` then holds more than noutputs expressions). To call
 * before bf_query_sql. Groups are no records: they carry nothing. */
bool bf_query_carry(struct bf_query *q, const struct bf_column *column, struct bf_err *err);
/* Index in the row of a carried or selected column, -1 when the row has it not. */
int bf_query_place(const struct bf_query *q, const struct bf_column *column);

/* The rows are groups, not records; the first outputs are this many keys. */
bool bf_query_grouped(const struct bf_query *q);
size_t bf_query_keys(const struct bf_query *q);
/* Some key is one of intervals or clusters, of which there may be too many. */
bool bf_query_ranged(const struct bf_query *q);
/* An aggregate decides about the order. */
bool bf_query_orders_aggregates(const struct bf_query *q);
/* Rows come in the order of how well they match, as no other is asked for. */
bool bf_query_ranked(const struct bf_query *q);
/* The answer depends on the present instant: no commit validates it. */
bool bf_query_volatile(const struct bf_query *q);

/* Records by an order and by words alone: which plan is the best does not depend on the values, so
 * one may be made for all of them. */
bool bf_query_steady(const struct bf_query *q);
/* Records by a condition whose statement chooses its way by itself, so that one plan is enough. */
bool bf_query_decided(const struct bf_query *q);
/* Facets of all records: likewise. */
bool bf_query_counts_all(const struct bf_query *q);

/* Columns of the answer. */
size_t bf_query_width(const struct bf_query *q);
int64_t bf_query_limit(const struct bf_query *q);

#endif
