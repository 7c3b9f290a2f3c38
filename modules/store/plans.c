#include "store/plans.h"

#include "value/cell.h"

static struct bf_cell at(const PGresult *res, int row, int column)
{
    return (struct bf_cell){PQgetvalue(res, row, column), PQgetlength(res, row, column)};
}

static struct bf_plan plan_at(const PGresult *res, int row)
{
    return (struct bf_plan){.id = bf_cell_text(at(res, row, 0)),
                            .fr = bf_cell_text(at(res, row, 1)),
                            .en = bf_cell_text(at(res, row, 2)),
                            .rate = bf_cell_int(at(res, row, 3)),
                            .burst = bf_cell_int(at(res, row, 4)),
                            .day = bf_cell_int(at(res, row, 5)),
                            .month = bf_cell_int(at(res, row, 6)),
                            .exports = bf_cell_int(at(res, row, 7)),
                            .push_rows = bf_cell_int(at(res, row, 8)),
                            .critical = bf_cell_bool(at(res, row, 9))};
}

bool bf_plan_each(struct bf_conn *c, void (*take)(void *self, const struct bf_plan *plan),
                  void *self, struct bf_err *err)
{
    PGresult *res = bf_conn_query(c,
                                  BF_STR("SELECT id, label_fr, label_en, rate, burst, day, month,"
                                         " exports, push_rows, critical FROM catalog.plan"
                                         " ORDER BY id"),
                                  NULL, 0, err);
    for (int i = 0; res && i < PQntuples(res); i++) {
        struct bf_plan plan = plan_at(res, i);
        take(self, &plan);
    }
    PQclear(res);
    return res != NULL;
}

static struct bf_value text(struct bf_str s)
{
    return (struct bf_value){.type = BF_TEXT, .text = s};
}

static struct bf_value number(int64_t n)
{
    return (struct bf_value){.type = BF_INT, .integer = n};
}

bool bf_plan_put(struct bf_conn *c, const struct bf_plan *p, struct bf_err *err)
{
    const struct bf_value params[] = {
        text(p->id),          text(p->fr),
        text(p->en),          number(p->rate),
        number(p->burst),     number(p->day),
        number(p->month),     number(p->exports),
        number(p->push_rows), {.type = BF_BOOL, .boolean = p->critical}};
    PGresult *res = bf_conn_query(
        c,
        BF_STR("INSERT INTO catalog.plan VALUES ($1::text, $2::text, $3::text, $4::int8, $5::int8,"
               " $6::int8, $7::int8, $8::int8, $9::int8, $10::boolean)"
               " ON CONFLICT (id) DO UPDATE SET label_fr = $2::text, label_en = $3::text,"
               " rate = $4::int8, burst = $5::int8, day = $6::int8, month = $7::int8,"
               " exports = $8::int8, push_rows = $9::int8, critical = $10::boolean"),
        params, sizeof params / sizeof params[0], err);
    PQclear(res);
    return res != NULL;
}
