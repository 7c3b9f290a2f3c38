#include "store/lease.h"

#include "store/result.h"
#include "value/member.h"

enum { JSON_MOST = 8 << 20 };

/* ---- asking --------------------------------------------------------------------------------- */

static void print_step(struct bf_buf *b, const struct bf_lease_step *s, size_t number)
{
    bf_buf_text(b, number ? ",{\"account\":" : "{\"account\":");
    bf_buf_json(b, s->account);
    bf_buf_printf(b, ",\"period\":\"%s\",\"fresh\":%s", s->period, s->fresh ? "true" : "false");
    bf_member_int(b, "n", (int64_t)number);
    bf_member_int(b, "start", s->start);
    bf_member_int(b, "limit", s->limit);
    bf_member_int(b, "need", s->need);
    bf_member_int(b, "want", s->want);
    bf_member_int(b, "announce", s->announce);
    bf_member_int(b, "spent", s->spent);
    bf_buf_char(b, '}');
}

/* node {NULL, 0}: the function does not ask for one. */
static PGresult *call(struct bf_conn *c, struct bf_str sql, struct bf_str node,
                      const struct bf_lease_step *steps, size_t n, struct bf_err *err)
{
    struct bf_buf json;
    PGresult *res = NULL;
    bf_buf_init(&json, JSON_MOST);
    bf_buf_char(&json, '[');
    for (size_t i = 0; i < n; i++)
        print_step(&json, &steps[i], i);
    bf_buf_char(&json, ']');
    const struct bf_value params[] = {bf_value_text(bf_buf_view(&json)), bf_value_text(node)};
    if (bf_buf_failed(&json))
        BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left for the leases.");
    else
        res = bf_conn_query(c, sql, params, node.p ? 2 : 1, err);
    bf_buf_fini(&json);
    return res;
}

static bool run(struct bf_conn *c, struct bf_str sql, struct bf_str node,
                const struct bf_lease_step *steps, size_t n, struct bf_err *err)
{
    PGresult *res = call(c, sql, node, steps, n, err);
    PQclear(res);
    return res != NULL;
}

/* The step that a row is about. */
static struct bf_lease_step *step_of(struct bf_lease_step *steps, size_t n, const PGresult *res,
                                     int row)
{
    int64_t number = bf_result_int(res, row, 0);
    if (number < 0 || (size_t)number >= n)
        return NULL;
    steps[number].done = true;
    return &steps[number];
}

/* ---- steps ---------------------------------------------------------------------------------- */

bool bf_lease_take(struct bf_conn *c, struct bf_str node, struct bf_lease_step *steps, size_t n,
                   struct bf_err *err)
{
    PGresult *res = call(c,
                         BF_STR("SELECT n, start, ends, left_us, given, granted, announced, taken"
                                " FROM catalog.quota_take($2::text, $1::text::jsonb)"),
                         node, steps, n, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_lease_step *s = step_of(steps, n, res, i);
        if (!s)
            continue;
        s->start = bf_result_instant(res, i, 1);
        s->ends = bf_result_instant(res, i, 2);
        s->left_us = bf_result_int(res, i, 3);
        s->given = bf_result_int(res, i, 4);
        s->granted = bf_result_int(res, i, 5);
        s->announced = bf_result_int(res, i, 6);
        s->taken = bf_result_int(res, i, 7);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_lease_announce(struct bf_conn *c, struct bf_str node, struct bf_lease_step *steps, size_t n,
                       struct bf_err *err)
{
    PGresult *res = call(c,
                         BF_STR("SELECT n, granted, announced"
                                " FROM catalog.quota_announce($2::text, $1::text::jsonb)"),
                         node, steps, n, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_lease_step *s = step_of(steps, n, res, i);
        if (!s)
            continue;
        s->granted = bf_result_int(res, i, 1);
        s->announced = bf_result_int(res, i, 2);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_lease_give_back(struct bf_conn *c, struct bf_str node, const struct bf_lease_step *steps,
                        size_t n, struct bf_err *err)
{
    return run(c, BF_STR("SELECT catalog.quota_return($2::text, $1::text::jsonb)"), node, steps, n,
               err);
}

bool bf_lease_credit(struct bf_conn *c, const struct bf_lease_step *steps, size_t n,
                     struct bf_err *err)
{
    return run(c, BF_STR("SELECT catalog.quota_credit($1::text::jsonb)"), (struct bf_str){NULL, 0},
               steps, n, err);
}

/* ---- looking -------------------------------------------------------------------------------- */

/* Rows of account, period, start. */
static void tell_each(const PGresult *res,
                      void (*take)(void *self, const struct bf_lease_step *lease), void *self)
{
    for (int i = 0; i < PQntuples(res); i++) {
        struct bf_str period = bf_result_text(res, i, 1);
        take(self,
             &(struct bf_lease_step){.account = bf_result_text(res, i, 0),
                                     .period = bf_str_eq(period, BF_STR("day")) ? "day" : "month",
                                     .start = bf_result_instant(res, i, 2)});
    }
}

bool bf_lease_beat(struct bf_conn *c, struct bf_str node, int64_t life_ms,
                   void (*hungry)(void *self, const struct bf_lease_step *of), void *self,
                   struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(node), {.type = BF_INT, .integer = life_ms}};
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT account, period, start"
                                         " FROM catalog.quota_beat($1::text, $2::bigint)"),
                                  params, 2, err);
    if (res)
        tell_each(res, hungry, self);
    PQclear(res);
    return res != NULL;
}

bool bf_lease_held(struct bf_conn *c, struct bf_str node,
                   void (*take)(void *self, const struct bf_lease_step *lease), void *self,
                   struct bf_err *err)
{
    const struct bf_value param = bf_value_text(node);
    PGresult *res =
        bf_conn_query(c, BF_STR("SELECT account, period, start FROM catalog.quota_held($1::text)"),
                      &param, 1, err);
    if (res)
        tell_each(res, take, self);
    PQclear(res);
    return res != NULL;
}

bool bf_lease_prune(struct bf_conn *c, struct bf_err *err)
{
    return bf_conn_run(c, "SELECT catalog.quota_prune()", err);
}
