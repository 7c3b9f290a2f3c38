/* The query language of v1 from strangers. The first letter says which parameter the rest is: d
 * geofilter.distance, p geofilter.polygon, b geofilter.bbox, others q. What the parser accepts must
 * be a condition that the query language can read, its values must be bound, and SQL must come of
 * it when names and types fit. */
#include "../unit/query/demo.h"

#include "api/records1/geo.h"
#include "api/records1/q.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static bool place(char what, struct bf_str text, struct bf_query *q, struct bf_err *err)
{
    struct bf_str field = BF_STR("geo");
    struct bf_buf b;
    bf_buf_init(&b, 1 << 16);
    bool ok = what == 'd'   ? records1_distance(&b, field, text, (struct bf_str){NULL, 0}, "x", err)
              : what == 'p' ? records1_polygon(&b, "polygon", field, text, "x", err)
                            : records1_box(&b, field, text, "x", err);
    check(ok || err->code == BF_E_PARAMETER);
    ok = ok && bf_query_and(q, bf_buf_view(&b), NULL, 0, err);
    bf_buf_fini(&b);
    return ok;
}

static bool add(char what, struct bf_str text, struct bf_arena *a, const struct bf_schema *schema,
                struct bf_query *q, struct bf_err *err)
{
    struct records1_q in = {a, schema, BF_STR_INIT("geo")};
    if (what == 'd' || what == 'p' || what == 'b')
        return place(what, text, q, err);
    return records1_q_add(&in, text, q, err);
}

/* A value of a stranger never becomes SQL text: no byte of the pieces is beyond ASCII. */
static void look_at(const struct bf_query *q, struct bf_err *err)
{
    struct bf_sql sql;
    check(bf_query_sql(q, &sql, err));
    for (size_t i = 0; i < sql.where.n; i++)
        check((unsigned char)sql.where.p[i] < 0x80 || memchr(sql.where.p, '\'', sql.where.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bf_query_text text = {.zone = bf_zone_utc(), .limit = 10, .now = 1};
    struct bf_str all = {(const char *)data, size};
    if (size < 2 || !bf_str_is_utf8(all))
        return 0;
    struct bf_str rest = {all.p + 1, all.n - 1};
    struct bf_arena *a = bf_arena_new(8u << 20);
    struct bf_schema schema;
    struct bf_err err;
    bf_err_clear(&err);
    demo_schema(&schema, a);
    struct bf_query *q = bf_query_parse(a, &text, &err);
    check(q != NULL);
    if (add(all.p[0], rest, a, &schema, q, &err) && bf_query_check(q, &schema, &err))
        look_at(q, &err);
    else
        check(bf_err_is_set(&err) && (err.code != BF_E_ODSQL_SYNTAX ||
                                      !strncmp(err.message, "The query q cannot be read", 26)));
    bf_arena_free(a);
    return 0;
}
