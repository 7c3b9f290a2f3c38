#include "api/explore/parameters.h"

#include "api/explore/export_options.h"
#include "api/explore/links.h"
#include "api/locale.h"
#include "value/number.h"

static bool not_integer(struct bf_request *r, const char *name, struct bf_str text)
{
    bf_err_at(&r->err, bf_str_of(name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but an integer is "
                        "expected.",
                        name, BF_STR_ARG(text));
}

bool explore_read_integer(struct bf_request *r, const char *name, int64_t *out)
{
    struct bf_str text = bf_http_param(&r->http, name);
    if (!text.p)
        return true;
    return bf_number_int(text, out) || not_integer(r, name, text);
}

static bool read_offset(struct bf_request *r, struct explore *x)
{
    if (!explore_read_integer(r, "offset", &x->offset))
        return false;
    if (x->offset >= 0)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for offset API parameter: %lld was found but >= 0 is "
                        "expected.",
                        (long long)x->offset);
}

static int64_t sum_of(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static bool check_window(struct bf_request *r, const struct explore *x)
{
    if (x->offset <= EXPLORE_WINDOW && x->limit <= EXPLORE_WINDOW - x->offset)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for sum of offset + limit API parameter: %lld was found "
                        "but <= %d is expected.",
                        (long long)sum_of(x->offset, x->limit), EXPLORE_WINDOW);
}

static bool refuse_group_by(struct bf_request *r)
{
    if (bf_http_param(&r->http, "group_by").n == 0)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_ODSQL,
                        "ODSQL query is malformed: group_by is not supported yet. Clause(s) "
                        "containing the error(s): group_by.");
}

static bool read_bool(struct bf_request *r, const char *name, bool *out)
{
    struct bf_str text = bf_http_param(&r->http, name);
    *out = bf_str_eq_nocase(text, BF_STR("true")) || bf_str_eq(text, BF_STR("1"));
    if (text.n == 0 || *out || bf_str_eq_nocase(text, BF_STR("false")) ||
        bf_str_eq(text, BF_STR("0")))
        return true;
    bf_err_at(&r->err, bf_str_of(name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but true or false is "
                        "expected.",
                        name, BF_STR_ARG(text));
}

bool explore_parse_one(struct bf_request *r)
{
    struct explore *x = bf_arena_zalloc(r->arena, 1, sizeof *x);
    r->state = x;
    if (!x)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    x->limit = 1;
    return bf_locale_zone(r, &x->zone) && bf_locale_english(r, &x->english) &&
           read_bool(r, "include_app_metas", &x->app_metas);
}

bool explore_parse_list(struct bf_request *r)
{
    if (!explore_parse_one(r) || !refuse_group_by(r))
        return false;
    struct explore *x = r->state;
    x->limit = 10;
    if (!explore_read_integer(r, "limit", &x->limit) || !read_offset(r, x))
        return false;
    if (x->limit < -1 || x->limit > EXPLORE_PAGE)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for limit API parameter: %lld was found but -1 <= "
                            "limit <= %d is expected.",
                            (long long)x->limit, EXPLORE_PAGE);
    if (x->limit == -1)
        x->limit = EXPLORE_PAGE;
    return check_window(r, x);
}

/* Without an offset there is no window: an export is as long as its dataset. */
static bool check_export_window(struct bf_request *r, const struct explore *x)
{
    if (x->offset == 0)
        return true;
    if (x->limit >= 0)
        return check_window(r, x);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for sum of offset + limit API parameter: %lld + all was "
                        "found but <= %d is expected.",
                        (long long)x->offset, EXPLORE_WINDOW);
}

bool explore_parse_export(struct bf_request *r)
{
    if (!explore_parse_one(r) || !refuse_group_by(r) || !explore_read_export(r, 1))
        return false;
    struct explore *x = r->state;
    x->limit = -1;
    if (!explore_read_integer(r, "rows", &x->limit) ||
        !explore_read_integer(r, "limit", &x->limit) || !read_offset(r, x))
        return false;
    if (x->limit < -1)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for limit API parameter: %lld was found but -1 <= "
                            "limit is expected.",
                            (long long)x->limit);
    return check_export_window(r, x);
}

static bool read_repeated(struct bf_request *r, const char *name, struct bf_str *out, size_t *n)
{
    *n = bf_http_params(&r->http, name, out, BF_QUERY_REPEATS);
    if (*n <= BF_QUERY_REPEATS)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: it stands %zu times but at most %d "
                        "are expected.",
                        name, *n, BF_QUERY_REPEATS);
}

bool explore_query_text(struct bf_request *r, struct bf_query_text *out)
{
    const struct explore *x = r->state;
    *out = (struct bf_query_text){.select = bf_http_param(&r->http, "select"),
                                  .order_by = bf_http_param(&r->http, "order_by"),
                                  .zone = x->zone,
                                  .limit = x->limit,
                                  .offset = x->offset};
    return read_repeated(r, "where", out->where, &out->wheres) &&
           read_repeated(r, "refine", out->refine, &out->refines) &&
           read_repeated(r, "exclude", out->exclude, &out->excludes);
}

void explore_normal(const struct bf_request *r, struct bf_buf *out)
{
    const struct explore *x = r->state;
    bf_buf_char(out, x->english ? 'e' : 'f');
    bf_buf_str(out, bf_zone_name(x->zone));
    bf_buf_char(out, '\n');
    bf_buf_i64(out, x->limit);
    bf_buf_char(out, ' ');
    bf_buf_i64(out, x->offset);
    if (x->listed)
        bf_query_print(x->listed, out);
    bf_buf_text(out, x->app_metas ? " apps" : "");
    if (!explore_links_wanted(r))
        return;
    bf_buf_text(out, " links "); /* which repeat what was asked */
    for (size_t i = 0; i < r->http.nparams; i++) {
        bf_buf_json(out, r->http.params[i].name);
        bf_buf_json(out, r->http.params[i].value);
    }
}
