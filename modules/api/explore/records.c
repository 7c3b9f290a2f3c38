#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/explore/cursor.h"
#include "api/explore/envelope.h"
#include "store/record_id.h"

/* ---- build ---- */

bool explore_build_records(struct bf_request *r)
{
    struct bf_query_text text;
    r->schema = bf_request_schema(r, explore_version(r)->api);
    if (!explore_query_text(r, &text))
        return false;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

static bool no_record(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested record %.*s does not exist.", BF_STR_ARG(r->vars[1]));
}

bool explore_build_record(struct bf_request *r)
{
    const struct explore *x = r->state;
    struct bf_query_text text = {.select = bf_http_param(&r->http, "select"),
                                 .zone = x->zone,
                                 .english = x->english,
                                 .limit = 1,
                                 .record_id = r->vars[1]};
    if (!bf_record_id_read(r->vars[1], NULL))
        return no_record(r);
    r->schema = bf_request_schema(r, explore_version(r)->api);
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

/* ---- execute ---- */

/* A page lies in memory: as many groups as there may be are not as wide as there may be. */
static bool fits_page(struct bf_request *r)
{
    struct bf_bound_text text;
    int64_t cells = bf_query_limit(r->query) * (int64_t)bf_query_width(r->query);
    if (!bf_query_grouped(r->query) || cells <= BF_MOST_PAGE)
        return true;
    return BF_FAIL_WITH(
        &r->err, BF_E_ODSQL,
        "ODSQL query is malformed: %s. Clause(s) containing the error(s): group_by.",
        bf_bound_say(&text, BF_BOUND_PAGE, cells, NULL));
}

/* Intervals that are too narrow make more groups than anybody can page through. */
static bool few_groups(struct bf_request *r, const struct bf_read *read)
{
    return !bf_query_ranged(r->query) || read->total <= BF_MOST_GROUPS ||
           explore_too_many_groups(r, read->total);
}

bool explore_records(struct bf_request *r)
{
    struct explore_envelope e;
    struct explore_page page;
    if (!fits_page(r) || !explore_envelope_carry(r, &e) || !explore_cursor_read(r, &page))
        return false;
    if (bf_answer_dated(r, page.rows.read))
        return true;
    if (!few_groups(r, page.rows.read) || !explore_envelope_open(&e, &page.rows))
        return false;
    explore_cursor_link(r, &page);
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    explore_envelope_begin(r, page.rows.read->total, explore_version(r)->records);
    if (!bf_answer_rows(r, page.rows.read, explore_envelope_print, &e) ||
        (page.more && !bf_answer_rows(r, page.more, explore_envelope_print, &e)))
        return false;
    explore_envelope_end(r);
    return true;
}

bool explore_record(struct bf_request *r)
{
    struct explore_envelope e;
    struct bf_rows rows;
    if (!explore_envelope_carry(r, &e) || !bf_rows_read(r, BF_ROWS_PLAIN, &rows))
        return false;
    if (bf_read_rows(rows.read) == 0)
        return no_record(r);
    if (bf_answer_dated(r, rows.read))
        return true;
    if (!explore_envelope_open(&e, &rows))
        return false;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    if (!bf_answer_rows(r, rows.read, explore_envelope_print, &e))
        return false;
    return r->rows == 1 || no_record(r);
}

bool explore_gone(struct bf_request *r)
{
    return BF_FAIL_WITH(&r->err, BF_E_GONE,
                        "This address belongs to v2.0 of the API: in v2.1 the records of a dataset "
                        "take select, group_by and order_by themselves.");
}
