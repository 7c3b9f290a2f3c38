/*
 * query/refine: refine and exclude as conditions (contract 3.2).
 *
 * Syntax     FACET:VALUE, cut at the first colon; FACET may stand in back-quotes or quotes,
 *            VALUE in quotes with the escapes of a string.
 * Meaning    text, whole numbers, numbers and booleans: the value. Dates: 2026, 2026/9 or
 *            2026-09-30, the whole of that year, month or day in the zone of the request; a full
 *            date and time: that instant. exclude keeps rows with null. Several refines of one
 *            field: all of them, or any of them when the facet is disjunctive. A hierarchical text:
 *            the value and all that lies below it (`bike` finds `bike/station`); a multivalued one:
 *            the rows that hold the value. A field that is no
 *            facet can be refined too: clients do it (refine=libelle:"12"), the contract names
 *            types only.
 * Errors     ODSQL, with clause `refine` or `exclude`: no colon, an unknown field, a value that the
 *            field cannot have.
 */
#ifndef BF_QUERY_REFINE_H
#define BF_QUERY_REFINE_H

#include "query/ast.h"

/* Cuts condition->clause.text into facet and value. */
bool bf_refine_parse(struct bf_condition *condition);

/* Makes condition->node, checked; a further refine of a disjunctive facet joins the first one and
 * leaves its own NULL. */
bool bf_refine_check(struct bf_query *q, struct bf_condition *condition);

#endif
