#include "api/explore/export_options.h"

#include "api/explore/version.h"

static const int64_t wgs84 = 4326;
enum { SEPARATOR_MOST = 64 };

static bool refuse(struct bf_request *r, const char *name, struct bf_str found,
                   const char *expected)
{
    bf_err_at(&r->err, bf_str_of(name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but %s is expected.",
                        name, BF_STR_ARG(found), expected);
}

static bool read_bool(struct bf_request *r, const char *name, bool *out)
{
    struct bf_str text = bf_http_param(&r->http, name);
    if (text.n == 0)
        return true;
    bool yes = bf_str_eq_nocase(text, BF_STR("true")) || bf_str_eq(text, BF_STR("1"));
    bool no = bf_str_eq_nocase(text, BF_STR("false")) || bf_str_eq(text, BF_STR("0"));
    *out = yes;
    return yes || no || refuse(r, name, text, "true or false");
}

static bool read_delimiter(struct bf_request *r, char *out)
{
    struct bf_str text = bf_http_param(&r->http, "delimiter");
    *out = ';';
    if (text.n == 0)
        return true;
    if (bf_str_eq(text, BF_STR("\\t"))) /* as people type it */
        text = BF_STR("\t");
    if (text.n != 1 ||
        (text.p[0] != ';' && text.p[0] != ',' && text.p[0] != '\t' && text.p[0] != '|'))
        return refuse(r, "delimiter", text, "one of ; , | and the tabulator");
    *out = text.p[0];
    return true;
}

static bool read_separator(struct bf_request *r, struct bf_str *out)
{
    struct bf_str text = bf_http_param(&r->http, "list_separator");
    *out = text.n ? text : BF_STR(",");
    return (out->n <= SEPARATOR_MOST && bf_str_is_utf8(*out)) ||
           refuse(r, "list_separator", BF_STR("this"), "at most 64 bytes of UTF-8 text");
}

static bool read_epsg(struct bf_request *r, int64_t *out)
{
    *out = wgs84;
    if (!explore_read_integer(r, "epsg", out))
        return false;
    return (*out > 0 && *out <= INT32_MAX) || refuse(r, "epsg", bf_http_param(&r->http, "epsg"),
                                                     "the EPSG code of a reference system");
}

static bool no_format(struct bf_request *r, struct bf_str name)
{
    return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE,
                        "The requested export format %.*s does not exist.", BF_STR_ARG(name));
}

bool explore_read_export(struct bf_request *r, size_t format_var)
{
    struct explore *x = r->state;
    struct explore_export *e = bf_arena_zalloc(r->arena, 1, sizeof *e);
    if (!e)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    x->export = e;
    e->format = bf_format_named(r->vars[format_var]);
    if (!e->format)
        return no_format(r, r->vars[format_var]);
    e->options.zone = x->zone;
    e->options.geometry.column = -1;
    e->options.csv.bom = explore_version(r)->bom;
    e->geo_field = bf_http_param(&r->http, "main_geo_field");
    return read_bool(r, "use_labels", &e->labels) && read_bool(r, "compressed", &e->compressed) &&
           read_bool(r, "with_bom", &e->options.csv.bom) &&
           read_bool(r, "quote_all", &e->options.csv.quote_all) &&
           read_bool(r, "guard_formulas", &e->options.csv.guard_formulas) &&
           read_delimiter(r, &e->options.csv.delimiter) &&
           read_separator(r, &e->options.csv.list_separator) && read_epsg(r, &e->epsg);
}

void explore_export_normal(const struct bf_request *r, struct bf_buf *out)
{
    const struct explore *x = r->state;
    const struct explore_export *e = x->export;
    explore_normal(r, out);
    bf_buf_printf(out, "\n%s %d%d%d%d%d%c%lld\n", e->format->name, e->labels, e->compressed,
                  e->options.csv.bom, e->options.csv.quote_all, e->options.csv.guard_formulas,
                  e->options.csv.delimiter, (long long)e->epsg);
    bf_buf_str(out, e->geo_field);
    bf_buf_char(out, '\n');
    bf_buf_str(out, e->options.csv.list_separator);
}
