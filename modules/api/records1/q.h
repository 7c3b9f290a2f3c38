/*
 * api/records1/q: the query language of v1 to one ODSQL condition with bound values.
 *
 * Purpose    `velo AND (etat:"EN SERVICE" OR nbvelosdispo>3) NOT #null(nom)`. Words are ANDed and
 *            match the beginnings of words; a text in quotes matches as it is; AND OR NOT in
 *            capital letters; `field:value`, `=`, `==`, `-` (equal), `>`, `<`, `>=`, `<=`,
 *            `field:[a TO b]`; `#exact #null #startswith #search #now #distance #polygon
 *            #geometry`.
 * Dates      a year, a month or a day means all of it: `jour<=2016/09` includes September.
 * Safety     every value is bound; the condition holds our own words, numbers that were read as
 *            numbers, and names of the schema.
 * Errors     ODSQL_SYNTAX with the place in `q`; ODSQL for an unknown field or function.
 * Limits     CLAUSE, Q_DEPTH and Q_VALUES of query/bound.h.
 */
#ifndef BF_API_RECORDS1_Q_H
#define BF_API_RECORDS1_Q_H

#include "query/query.h"

struct records1_q {
    struct bf_arena *arena;
    const struct bf_schema *schema;
    struct bf_str geometry; /* the field that #distance without a field means; may be empty */
};

/* Adds the condition that the text means to the query; an empty text means none. */
bool records1_q_add(const struct records1_q *in, struct bf_str text, struct bf_query *q,
                    struct bf_err *err);

#endif
