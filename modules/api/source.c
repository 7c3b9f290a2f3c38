#include "api/source.h"

#include "plugin/host.h"
#include "query/given.h"
#include "query/wants.h"
#include "store/held.h"
#include "store/record_id.h"

#include <string.h>

enum { SQL_MAX = 256 * 1024, KEY_MAX = 1 << 20 };

struct bf_source_rows {
    struct bf_source_told told;
    int64_t limit; /* so many rows are enough; -1: all are needed */
    struct bf_held held;
    struct bf_map ids;
    struct bf_buf scratch, arrays;
};

static bool no_memory(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

static void release(void *rows)
{
    struct bf_source_rows *s = rows;
    bf_held_fini(&s->held);
    bf_buf_fini(&s->scratch);
    bf_buf_fini(&s->arrays);
}

static bool make_rows(struct bf_request *r)
{
    struct bf_source_rows *s = bf_arena_zalloc(r->arena, 1, sizeof *s);
    if (!s || !bf_held_init(&s->held, r->arena, r->dataset->manifest, BF_BATCH_UPSERT))
        return no_memory(r);
    bf_map_init(&s->ids, r->arena);
    bf_buf_init(&s->scratch, KEY_MAX);
    bf_buf_init(&s->arrays, SIZE_MAX / 2);
    if (!bf_defer(r->arena, release, s))
        return no_memory(r);
    r->source = s;
    return true;
}

bool bf_source_open(struct bf_request *r)
{
    if (!r->dataset || !r->dataset->manifest->given || !r->query || r->dataset->records_hidden)
        return true;
    struct bf_hook_request hook = bf_request_hook(r);
    bool counted = !(r->route->flags & (BF_ROUTE_EXPORT | BF_ROUTE_WITHOUT_RECORDS));
    if (!make_rows(r))
        return false;
    r->source->limit = counted ? -1 : bf_query_suffices(r->query);
    return bf_binding_source_open(r->binding, &hook, r->source->limit, &r->source->told);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static bool fault(struct bf_request *r, const char *why)
{
    bf_host_blame(&r->err, "source_next", why);
    return false;
}

static bool has_key(const struct bf_manifest *m, const struct bf_value *values)
{
    for (size_t i = 0; i < m->nkey; i++)
        if (values[m->key[i]].type == BF_NULL)
            return false;
    return true;
}

static bool take_row(struct bf_request *r, const struct bf_value *values)
{
    struct bf_source_rows *s = r->source;
    const struct bf_manifest *m = r->dataset->manifest;
    unsigned char *id = bf_arena_alloc(r->arena, BF_RECORD_ID);
    if (!id)
        return no_memory(r);
    if (!has_key(m, values))
        return fault(r, "a row has no value in a field of its key");
    bf_record_id(m, values, &s->scratch, r->digest, id);
    const struct bf_str key = {(const char *)id, BF_RECORD_ID};
    const char *only = bf_query_record(r->query);
    if (bf_buf_failed(&s->scratch))
        return fault(r, "the key of a row is longer than 1 MiB");
    if (only && memcmp(id, only, BF_RECORD_ID) != 0)
        return true;
    if (bf_map_get(&s->ids, key))
        return fault(r, "two rows have the same key");
    if (!bf_map_put(&s->ids, key, s))
        return no_memory(r);
    bf_held_add(&s->held, id, values);
    return !bf_held_failed(&s->held) || no_memory(r);
}

static bool within_limits(struct bf_request *r)
{
    const struct bf_held *held = &r->source->held;
    struct bf_str id = r->dataset->manifest->id;
    if (held->n > (size_t)r->conf->source_rows)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "The records of %.*s are made for each request, at most %lld of them, "
                            "and this query needs more. Ask for a part of them with where.",
                            BF_STR_ARG(id), (long long)r->conf->source_rows);
    if (held->bytes > (size_t)r->conf->source_bytes)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "The records of %.*s are made for each request, at most %lld bytes of "
                            "them, and this query needs more. Ask for a part of them with where.",
                            BF_STR_ARG(id), (long long)r->conf->source_bytes);
    return true;
}

/* The rest is not asked for: the source is closed with the request. */
static bool has_enough(const struct bf_request *r)
{
    int64_t n = (int64_t)r->source->held.n;
    return n == r->source->limit || (n == 1 && bf_query_record(r->query));
}

static bool take_rows(struct bf_request *r)
{
    struct bf_hook_request hook = bf_request_hook(r);
    while (!has_enough(r)) {
        const struct bf_value *values;
        enum bf_given_row next = bf_binding_source_next(r->binding, &hook, &values);
        if (next != BF_GIVEN_ROW)
            return next == BF_GIVEN_END;
        if (!take_row(r, values) || !within_limits(r))
            return false;
    }
    return true;
}

/* ---- as parameters -------------------------------------------------------------------------- */

/* The bytes of all arrays lie one behind the other. */
static bool bind_arrays(struct bf_request *r, struct bf_value *values)
{
    struct bf_source_rows *s = r->source;
    size_t *ends = bf_arena_zalloc(r->arena, s->held.ncolumns + 1, sizeof *ends);
    if (!ends)
        return no_memory(r);
    for (size_t i = 0; i < s->held.ncolumns; i++) {
        bf_held_array(&s->held, i, &s->arrays);
        ends[i + 1] = s->arrays.n;
    }
    if (bf_buf_failed(&s->arrays))
        return no_memory(r);
    for (size_t i = 0; i < s->held.ncolumns; i++)
        values[i] = bf_value_text((struct bf_str){s->arrays.p + ends[i], ends[i + 1] - ends[i]});
    return true;
}

static bool give(struct bf_request *r)
{
    struct bf_source_rows *s = r->source;
    size_t n = s->held.ncolumns + 1;
    struct bf_value *values = bf_arena_zalloc(r->arena, n, sizeof *values);
    struct bf_buf sql;
    if (!values || !bind_arrays(r, values))
        return no_memory(r);
    values[n - 1] =
        (struct bf_value){.type = BF_DATETIME,
                          .instant = s->told.dated ? s->told.instant : bf_query_instant(r->query)};
    bf_buf_init(&sql, SQL_MAX);
    bf_given_sql(&sql, r->dataset->manifest);
    struct bf_given given = {bf_arena_dup(r->arena, bf_buf_view(&sql)), values, n};
    bool whole = !bf_buf_failed(&sql) && given.relation.p;
    bf_buf_fini(&sql);
    return whole ? bf_query_give(r->query, &given, &r->err) : no_memory(r);
}

bool bf_source_read(struct bf_request *r)
{
    return !r->source || (take_rows(r) && give(r));
}

/* ---- what is told of them ------------------------------------------------------------------- */

size_t bf_source_rows(const struct bf_request *r)
{
    return r->source->held.n;
}

bool bf_source_validates(const struct bf_request *r)
{
    return r->source->told.version.n > 0;
}

struct bf_freshness bf_source_freshness(const struct bf_request *r)
{
    const struct bf_source_told *told = &r->source->told;
    return (struct bf_freshness){told->dated, 0, told->instant, told->instant};
}

void bf_source_print(const struct bf_request *r, struct bf_buf *out)
{
    struct bf_str version = r->source->told.version;
    bf_buf_u64(out, version.n);
    bf_buf_char(out, ':');
    bf_buf_str(out, version);
    bf_buf_char(out, '\n');
}
