#include "store/usage_rows.h"

#include "core/clock.h"

#include <inttypes.h>
#include <stdlib.h>

enum { AT_ONCE = 500, JSON_MAX = 1 << 20 };

struct bf_usage_teller {
    struct bf_usage *usage;
    struct bf_buf json;
    size_t from; /* the cell where the next batch begins */
    /* Of each cell, the requests that were told; and that are in the batch on its way. */
    uint64_t *told, *telling;
};

struct bf_usage_teller *bf_usage_teller_new(struct bf_usage *usage)
{
    struct bf_usage_teller *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->usage = usage;
    bf_buf_init(&t->json, JSON_MAX);
    t->told = calloc(bf_usage_cells(), sizeof *t->told);
    t->telling = calloc(bf_usage_cells(), sizeof *t->telling);
    if (t->told && t->telling)
        return t;
    bf_usage_teller_free(t);
    return NULL;
}

void bf_usage_teller_free(struct bf_usage_teller *t)
{
    if (!t)
        return;
    bf_buf_fini(&t->json);
    free(t->told);
    free(t->telling);
    free(t);
}

static void print(struct bf_buf *b, const struct bf_usage_row *row)
{
    bf_buf_printf(
        b, "%s{\"day\":%" PRId32 ",\"key\":%s,\"client\":\"%s\",\"dataset\":", b->n > 1 ? "," : "",
        row->day, row->key ? "true" : "false", bf_client_name(row->client));
    bf_buf_json(b, row->dataset);
    bf_buf_text(b, ",\"route\":");
    bf_buf_json(b, row->route);
    bf_buf_printf(b,
                  ",\"requests\":%" PRIu64 ",\"unchanged\":%" PRIu64 ",\"errors\":%" PRIu64
                  ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
                  row->requests, row->unchanged, row->errors, row->rows, row->bytes);
}

/* How many cells from t->from on have changed, at most AT_ONCE of them, as JSON. */
static size_t gather(struct bf_usage_teller *t, size_t *behind)
{
    struct bf_usage_row row;
    size_t n = 0;
    size_t at = t->from;
    bf_buf_clear(&t->json);
    bf_buf_char(&t->json, '[');
    while (n < AT_ONCE && bf_usage_next(t->usage, &at, &row)) {
        t->telling[at - 1] = row.requests;
        if (row.requests == t->told[at - 1])
            continue;
        print(&t->json, &row);
        n++;
    }
    bf_buf_char(&t->json, ']');
    *behind = at;
    return n;
}

static const char tell_sql[] =
    "INSERT INTO catalog.usage AS u (node, day, dataset, route, key, client,"
    " requests, unchanged, errors, rows, bytes)"
    " SELECT $1::text, date '1970-01-01' + x.day, x.dataset, x.route, x.key, x.client,"
    " x.requests, x.unchanged, x.errors, x.rows, x.bytes"
    " FROM json_to_recordset($2::text::json) AS x (day int, dataset text, route text, key boolean,"
    " client text, requests bigint, unchanged bigint, errors bigint, rows bigint, bytes bigint)"
    " ON CONFLICT (day, dataset, route, key, client, node) DO UPDATE SET"
    " requests = greatest(u.requests, excluded.requests),"
    " unchanged = greatest(u.unchanged, excluded.unchanged),"
    " errors = greatest(u.errors, excluded.errors),"
    " rows = greatest(u.rows, excluded.rows), bytes = greatest(u.bytes, excluded.bytes)";

static bool send(struct bf_usage_teller *t, struct bf_conn *c, struct bf_err *err)
{
    if (bf_buf_failed(&t->json))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to tell what was counted");
    struct bf_value params[] = {bf_value_text(bf_str_of(bf_usage_node(t->usage))),
                                bf_value_text(bf_buf_view(&t->json))};
    return bf_conn_change(c, bf_str_of(tell_sql), params, 2, err);
}

/* Yesterday's table stays: somebody may be about to count there. A day to come is what a clock said
 * that has been set right since. */
static void forget(struct bf_usage_teller *t)
{
    int64_t ends;
    struct bf_usage_row row;
    int32_t today = bf_usage_day(bf_clock_wall_us(), &ends);
    for (size_t at = 0; bf_usage_next(t->usage, &at, &row);)
        if (row.day < today - 1 || row.day > today + 1)
            t->told[at - 1] = t->telling[at - 1] = 0;
    bf_usage_keep(t->usage, today - 1, today + 1);
}

bool bf_usage_tell(struct bf_usage_teller *t, struct bf_conn *c, struct bf_err *err)
{
    size_t behind = 0;
    for (t->from = 0;; t->from = behind) {
        size_t n = gather(t, &behind);
        if (n && !send(t, c, err))
            return false;
        for (size_t i = t->from; i < behind && i < bf_usage_cells(); i++)
            t->told[i] = t->telling[i];
        if (n < AT_ONCE)
            break;
    }
    forget(t);
    return true;
}

bool bf_usage_tell_all(struct bf_usage_teller *t, struct bf_conn *c, struct bf_err *err)
{
    struct bf_value node = bf_value_text(bf_str_of(bf_usage_node(t->usage)));
    return bf_usage_tell(t, c, err) &&
           bf_conn_change(c,
                          BF_STR("INSERT INTO catalog.usage_node VALUES ($1::text, now())"
                                 " ON CONFLICT (node) DO UPDATE SET told = now()"),
                          &node, 1, err);
}
