/*
 * query/literal: what a client wrote, as a value of a field's type.
 *
 * Purpose    a comparison must mean the same whatever the types of its sides: `nb > 2.5` on whole
 *            numbers, a number that no column can hold, an instant against a date. So a literal is
 *            placed between the values of the type, and bf_literal_against says what that makes of
 *            an operator.
 * Rules      numbers: digits and decimals, no exponent, also as text ("12"). Text fields take a
 *            number as it was written. Dates: date'…', text, or eight digits (20260930); missing
 *            parts are the first instant, in the zone of the request when the text has no offset. A
 *            date field is compared with the wall clock that the literal shows. Booleans: true,
 *            false, also as text.
 * Errors     ODSQL, with the field and what it needs; the contract's `Invalid date to parse 'X'`.
 */
#ifndef BF_QUERY_LITERAL_H
#define BF_QUERY_LITERAL_H

#include "query/ast.h"

struct bf_literal {
    struct bf_value value; /* the greatest of the type that is not above the literal */
    bool exact;            /* it is the literal */
    int beyond;            /* -1: below every value of the type, 1: above; 0 */
    bool null;
};

/* What a literal is held against. */
struct bf_subject {
    enum bf_type type;
    bool field;                     /* `name` is that of a field, not the text of an expression */
    struct bf_str name;             /* for messages */
    const struct bf_column *column; /* the field; NULL: an expression */
};

struct bf_subject bf_subject_column(const struct bf_column *column);
struct bf_subject bf_subject_node(const struct bf_clause *c, const struct bf_node *checked);
#define BF_SUBJECT_ARG(s) (s).field ? "Field " : "", BF_STR_ARG((s).name) /* for "%s%.*s" */

bool bf_literal_is(const struct bf_node *n); /* string, number, date, geom, true, false, null */

bool bf_literal_read(const struct bf_query *q, struct bf_clause *c, const struct bf_node *n,
                     struct bf_subject subject, struct bf_literal *out);

/* The same from a text alone: refine and exclude. */
bool bf_literal_read_text(const struct bf_query *q, struct bf_clause *c, struct bf_str text,
                          struct bf_subject subject, struct bf_literal *out);

/* An instant as a date: the day that the wall clock of the request shows. */
struct bf_literal bf_literal_day(const struct bf_query *q, int64_t instant);

/* What `field op literal` comes to. */
enum bf_outcome {
    BF_OUTCOME_COMPARE, /* compare with literal->value by *op, which may have changed */
    BF_OUTCOME_NEVER,
    BF_OUTCOME_NOT_NULL, /* every value that there is */
};

enum bf_outcome bf_literal_against(const struct bf_literal *l, enum bf_compare *op);

/* A finite number as double, for arguments of predicates. */
bool bf_literal_real(struct bf_clause *c, const struct bf_node *n, double *out);

#endif
