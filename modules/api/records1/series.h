/*
 * api/records1/series: the series of analyze and geocluster (contract 7.3).
 *
 * Purpose    `y.NAME.func=AVG&y.NAME.expr=field[&y.NAME.cumulative=true]` to aggregates of the
 *            query language, and their columns to numbers.
 * Functions  COUNT (all records, or those that have a value), AVG, SUM, MIN, MAX, STDDEV and
 *            SUMSQUARES (of the whole group, not of a sample), QUANTILES with y.NAME.subsets=50.
 * Errors     PARAMETER.
 */
#ifndef BF_API_RECORDS1_SERIES_H
#define BF_API_RECORDS1_SERIES_H

#include "api/records1/parameters.h"

enum { RECORDS1_SERIES = 20 };

struct records1_function;

struct records1_serie {
    struct bf_str name, expr;
    const struct records1_function *function;
    double quantile;
    bool cumulative;
    double sum; /* of a cumulative one so far */
};

struct records1_series {
    struct records1_serie items[RECORDS1_SERIES];
    size_t n;
};

bool records1_series_read(struct bf_request *r, struct records1_series *out);

/* `sum(`n`) as s0, …`, each after a comma when `select` is not empty. */
void records1_series_select(const struct records1_series *s, struct bf_buf *select);

/* The value of each from the cells of the outputs; false: null. */
bool records1_serie_value(struct records1_serie *s, const struct bf_output *outputs,
                          const struct bf_cell *cells, struct bf_value *out);
/* Moves outputs and cells behind a series. */
size_t records1_serie_width(const struct records1_serie *s);

/* The number of a series of that name, or -1. */
int records1_series_find(const struct records1_series *s, struct bf_str name);

#endif
