/*
 * api/records1/q_parts: what the parser of `q` and its comparisons and functions share.
 */
#ifndef BF_API_RECORDS1_Q_PARTS_H
#define BF_API_RECORDS1_Q_PARTS_H

#include "api/records1/q.h"

struct q_parse {
    const struct records1_q *in;
    struct bf_str text;
    size_t at;
    int depth;
    struct bf_buf out; /* the condition */
    struct bf_str values[BF_MOST_Q_VALUES];
    size_t nvalues;
    struct bf_err *err;
};

bool q_fail(struct q_parse *p); /* the place where it stands is wrong; always false */
char q_peek(const struct q_parse *p);
void q_blanks(struct q_parse *p);
bool q_take(struct q_parse *p, char c);
struct bf_str q_run(struct q_parse *p, const char *stop);
bool q_quoted(struct q_parse *p, struct bf_str *out);
bool q_bind(struct q_parse *p, struct bf_str value);

/* From the sign behind a field's name on. */
bool q_compare(struct q_parse *p, struct bf_str name, const struct bf_column *column);
/* From the `#` on. */
bool q_function(struct q_parse *p);
/* `#now(…)`: writes ODSQL's now(…). */
bool q_now(struct q_parse *p);

#endif
