#include "api/explore/export_options.h"

#include "api/explore/table.h"
#include "api/explore/version.h"

enum { WGS84 = 4326, SEPARATOR_MOST = 64 };

static bool refuse(struct bf_request *r, enum explore_parameter which, struct bf_str found)
{
    return bf_parameter_refuse(r, &explore_parameters[which], found);
}

static bool read_bool(struct bf_request *r, enum explore_parameter which, bool *out)
{
    return bf_parameter_boolean(r, &explore_parameters[which], out);
}

static bool read_delimiter(struct bf_request *r, char *out)
{
    const struct bf_parameter *p = &explore_parameters[EXPLORE_DELIMITER];
    struct bf_str text = bf_parameter_text(r, p);
    if (bf_str_eq(text, BF_STR("\\t"))) /* as people type it */
        text = BF_STR("\t");
    *out = text.n ? text.p[0] : p->preset[0];
    for (size_t i = 0; text.n && p->choices[i]; i++)
        if (bf_str_eq(text, bf_str_of(p->choices[i])))
            return true;
    return text.n == 0 || refuse(r, EXPLORE_DELIMITER, text);
}

static bool read_separator(struct bf_request *r, struct bf_str *out)
{
    const struct bf_parameter *p = &explore_parameters[EXPLORE_LIST_SEPARATOR];
    struct bf_str text = bf_parameter_text(r, p);
    *out = text.n ? text : bf_str_of(p->preset);
    return (out->n <= SEPARATOR_MOST && bf_str_is_utf8(*out)) ||
           refuse(r, EXPLORE_LIST_SEPARATOR, BF_STR("this"));
}

bool explore_no_format(struct bf_request *r, struct bf_str name)
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
        return explore_no_format(r, r->vars[format_var]);
    e->epsg = WGS84;
    e->options.zone = x->zone;
    e->options.geometry.column = -1;
    e->options.csv.bom = explore_version(r)->bom;
    e->geo_field = bf_http_param(&r->http, "main_geo_field");
    return read_bool(r, EXPLORE_USE_LABELS, &e->labels) &&
           read_bool(r, EXPLORE_COMPRESSED, &e->compressed) &&
           read_bool(r, e->options.csv.bom ? EXPLORE_WITH_BOM : EXPLORE_WITH_BOM_OLD,
                     &e->options.csv.bom) &&
           read_bool(r, EXPLORE_QUOTE_ALL, &e->options.csv.quote_all) &&
           read_bool(r, EXPLORE_GUARD_FORMULAS, &e->options.csv.guard_formulas) &&
           read_delimiter(r, &e->options.csv.delimiter) &&
           read_separator(r, &e->options.csv.list_separator) &&
           bf_parameter_integer(r, &explore_parameters[EXPLORE_EPSG], &e->epsg);
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
