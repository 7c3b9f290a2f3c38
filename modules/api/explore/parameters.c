#include "api/explore/parameters.h"

#include "api/explore/cursor.h"
#include "api/explore/export_options.h"
#include "api/explore/links.h"
#include "api/explore/table.h"
#include "api/locale.h"
#include "http/href.h"

static bool read_integer(struct bf_request *r, enum explore_parameter which, int64_t *out)
{
    return bf_parameter_integer(r, &explore_parameters[which], out);
}

static int64_t sum_of(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* Of pages of groups, or of records. */
static bool check_window(struct bf_request *r, const struct explore *x, int window)
{
    if (x->offset <= window && x->limit <= window - x->offset)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for sum of offset + limit API parameter: %lld was found "
                        "but <= %d is expected.",
                        (long long)sum_of(x->offset, x->limit), window);
}

static bool grouped(const struct bf_request *r)
{
    return bf_str_trim(bf_http_param(&r->http, "group_by")).n > 0;
}

bool explore_parse_one(struct bf_request *r)
{
    struct explore *x = bf_arena_zalloc(r->arena, 1, sizeof *x);
    r->state = x;
    if (!x)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    x->limit = 1;
    return bf_locale_zone(r, &x->zone) && bf_locale_english(r, &x->english) &&
           bf_parameter_boolean(r, &explore_parameters[EXPLORE_INCLUDE_LINKS], &x->links) &&
           bf_parameter_boolean(r, &explore_parameters[EXPLORE_INCLUDE_APP_METAS], &x->app_metas);
}

bool explore_parse_list(struct bf_request *r)
{
    if (!explore_parse_one(r))
        return false;
    struct explore *x = r->state;
    bool groups = grouped(r);
    int most = groups ? BF_MOST_GROUPS : EXPLORE_PAGE;
    struct bf_parameter limit = explore_parameters[EXPLORE_LIMIT];
    limit.most = most;
    x->limit = 10;
    if (!bf_parameter_integer(r, &limit, &x->limit) || !read_integer(r, EXPLORE_OFFSET, &x->offset))
        return false;
    if (x->limit == -1)
        x->limit = groups && x->offset < most ? most - x->offset : most;
    if (!check_window(r, x, groups ? BF_MOST_GROUPS : EXPLORE_WINDOW)) {
        x->beyond = r->dataset && !groups;
        return false;
    }
    return !r->dataset || explore_cursor_parse(r);
}

/* Without an offset there is no window: an export is as long as its dataset. */
static bool check_export_window(struct bf_request *r, const struct explore *x)
{
    if (x->offset == 0)
        return true;
    if (x->limit >= 0)
        return check_window(r, x, grouped(r) ? BF_MOST_GROUPS : EXPLORE_WINDOW);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for sum of offset + limit API parameter: %lld + all was "
                        "found but <= %d is expected.",
                        (long long)x->offset, EXPLORE_WINDOW);
}

/* limit, with its older name, and offset. */
static bool read_all(struct bf_request *r, size_t format_var)
{
    if (!explore_parse_one(r) || !explore_read_export(r, format_var))
        return false;
    struct explore *x = r->state;
    x->limit = -1;
    return read_integer(r, EXPLORE_ROWS, &x->limit) &&
           read_integer(r, EXPLORE_LIMIT_EXPORT, &x->limit) &&
           read_integer(r, EXPLORE_OFFSET, &x->offset);
}

bool explore_parse_export(struct bf_request *r)
{
    return read_all(r, 1) && check_export_window(r, r->state);
}

bool explore_parse_catalog_export(struct bf_request *r)
{
    return read_all(r, 0);
}

static bool read_repeated(struct bf_request *r, const char *name, struct bf_str *out, size_t *n)
{
    *n = bf_http_params(&r->http, name, out, BF_MOST_REPEATS);
    if (*n <= BF_MOST_REPEATS)
        return true;
    struct bf_bound_text text;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "Invalid value for %s API parameter: %s.", name,
                        bf_bound_say(&text, BF_BOUND_REPEATS, (int64_t)*n, NULL));
}

bool explore_query_text(struct bf_request *r, struct bf_query_text *out)
{
    const struct explore *x = r->state;
    *out = (struct bf_query_text){.select = bf_http_param(&r->http, "select"),
                                  .group_by = bf_http_param(&r->http, "group_by"),
                                  .order_by = bf_http_param(&r->http, "order_by"),
                                  .english = x->english,
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
    if (x->cursor) {
        bf_buf_text(out, " cursor ");
        bf_buf_str(out, bf_http_param(&r->http, "cursor"));
    }
    if (!explore_links_wanted(r))
        return;
    bf_buf_text(out, " links "); /* which repeat what was asked */
    bf_href_params_told(out, &r->http);
}
