/*
 * catalog/expression: a first look at the SQL expression of a computed field.
 *
 * Purpose    what can be said without a database: the expression is one expression (its brackets
 *            and quotes are closed, it holds no second statement, comment, parameter or subquery)
 *            and names no field that is not stored. `beffroi apply` has PostgreSQL prove the rest.
 * Limits     2,000 bytes. Forms of quoting that this reader does not follow (E'', U&'', $$) are
 *            refused, so that what it takes for text is text for PostgreSQL as well.
 */
#ifndef BF_CATALOG_EXPRESSION_H
#define BF_CATALOG_EXPRESSION_H

#include "core/str.h"

enum { BF_EXPRESSION_BYTES = 2000 };

struct bf_expression_fault {
    const char *wrong, *right;
    struct bf_str word; /* what it is about, or empty */
};

/* not_stored: whether a word names a field that has no column. false: *fault says why. */
bool bf_expression_check(struct bf_str sql,
                         bool (*not_stored)(const void *self, struct bf_str word), const void *self,
                         struct bf_expression_fault *fault);

#endif
