#include "store/plans.h"

#include "store/result.h"

static struct bf_plan plan_at(const PGresult *res, int row)
{
    return (struct bf_plan){.id = bf_result_text(res, row, 0),
                            .fr = bf_result_text(res, row, 1),
                            .en = bf_result_text(res, row, 2),
                            .rate = bf_result_int(res, row, 3),
                            .burst = bf_result_int(res, row, 4),
                            .day = bf_result_int(res, row, 5),
                            .month = bf_result_int(res, row, 6),
                            .exports = bf_result_int(res, row, 7),
                            .push_rows = bf_result_int(res, row, 8),
                            .critical = bf_result_bool(res, row, 9),
                            .each_key = bf_result_bool(res, row, 10)};
}

bool bf_plan_each(struct bf_conn *c, void (*take)(void *self, const struct bf_plan *plan),
                  void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT id, label_fr, label_en, rate, burst, day, month,"
                                         " exports, push_rows, critical, each_key"
                                         " FROM catalog.plan ORDER BY id"),
                                  NULL, 0, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_plan plan = plan_at(res, i);
        take(self, &plan);
    }
    PQclear(res);
    return res != NULL;
}

bool bf_plan_zone(struct bf_conn *c, struct bf_arena *a, struct bf_str *zone, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c, BF_STR("SELECT zone FROM catalog.quota_zone"), NULL, 0, err);
    *zone = (struct bf_str){NULL, 0};
    if (res && PQntuples(res) == 1)
        *zone = bf_arena_dup(a, bf_result_text(res, 0, 0));
    PQclear(res);
    return res != NULL;
}

bool bf_plan_put(struct bf_conn *c, const struct bf_plan *p, struct bf_err *err)
{
    const struct bf_value params[] = {bf_value_text(p->id),
                                      bf_value_text(p->fr),
                                      bf_value_text(p->en),
                                      bf_value_int(p->rate),
                                      bf_value_int(p->burst),
                                      bf_value_int(p->day),
                                      bf_value_int(p->month),
                                      bf_value_int(p->exports),
                                      bf_value_int(p->push_rows),
                                      {.type = BF_BOOL, .boolean = p->critical},
                                      {.type = BF_BOOL, .boolean = p->each_key}};
    return bf_conn_change(
        c,
        BF_STR("INSERT INTO catalog.plan VALUES ($1::text, $2::text, $3::text, $4::int8, $5::int8,"
               " $6::int8, $7::int8, $8::int8, $9::int8, $10::boolean, $11::boolean)"
               " ON CONFLICT (id) DO UPDATE SET label_fr = $2::text, label_en = $3::text,"
               " rate = $4::int8, burst = $5::int8, day = $6::int8, month = $7::int8,"
               " exports = $8::int8, push_rows = $9::int8, critical = $10::boolean,"
               " each_key = $11::boolean"),
        params, sizeof params / sizeof params[0], err);
}
