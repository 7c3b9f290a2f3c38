#include "api/explore/export_geometry.h"

#include "query/reproject.h"
#include "store/reference.h"

enum { WGS84 = 4326 };

static bool unusable(struct bf_request *r, const char *name, struct bf_str found,
                     const char *expected)
{
    bf_err_at(&r->err, bf_str_of(name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but %s is expected.",
                        name, BF_STR_ARG(found), expected);
}

static bool is_geometry(const struct bf_output *o)
{
    return o->type == BF_GEO_SHAPE || o->type == BF_GEO_POINT;
}

static int named(const struct bf_sql *sql, struct bf_str name)
{
    for (size_t i = 0; i < sql->noutputs; i++)
        if (is_geometry(&sql->outputs[i]) && bf_str_eq(sql->outputs[i].key, name))
            return (int)i;
    return -1;
}

static int first(const struct bf_sql *sql, enum bf_type type)
{
    for (size_t i = 0; i < sql->noutputs; i++)
        if (sql->outputs[i].type == type)
            return (int)i;
    return -1;
}

static int main_point(const struct bf_request *r, const struct bf_sql *sql)
{
    const struct bf_manifest *m = r->dataset->manifest;
    for (size_t i = 0; m->geometry >= 0 && i < sql->noutputs; i++)
        if (sql->outputs[i].column &&
            bf_str_eq(sql->outputs[i].column->name, m->fields[m->geometry].column.name))
            return (int)i;
    return -1;
}

static bool choose(struct bf_request *r, struct explore_export *x, const struct bf_sql *sql)
{
    int *column = &x->options.geometry.column;
    if (x->geo_field.n) {
        *column = named(sql, x->geo_field);
        return *column >= 0 ||
               unusable(r, "main_geo_field", x->geo_field, "a geographic field of the export");
    }
    *column = first(sql, BF_GEO_SHAPE);
    if (*column < 0)
        *column = main_point(r, sql);
    if (*column < 0)
        *column = first(sql, BF_GEO_POINT);
    return true;
}

bool explore_export_geometry(struct bf_request *r, struct explore_export *x, struct bf_sql *sql)
{
    if (!x->format->geometry)
        return true;
    if (!choose(r, x, sql))
        return false;
    x->options.geometry.cell = x->options.geometry.column;
    if (x->epsg == WGS84)
        return true;
    bool known;
    if (!bf_reference_known(r->conn, x->epsg, &known, &r->err))
        return false;
    if (!known)
        return unusable(r, "epsg", bf_http_param(&r->http, "epsg"),
                        "the EPSG code of a known reference system");
    x->options.geometry.srid = (int)x->epsg;
    if (x->options.geometry.column < 0)
        return true;
    x->options.geometry.cell = (int)sql->ncolumns;
    return bf_sql_reproject(r->arena, sql, (size_t)x->options.geometry.column, (int32_t)x->epsg,
                            &r->err);
}

bool explore_export_geometry_failed(struct bf_request *r, const struct explore_export *x)
{
    bool transforming = x->options.geometry.cell != x->options.geometry.column;
    if (!transforming || r->response.started || r->err.code != BF_E_INTERNAL ||
        !bf_str_starts(bf_str_of(r->err.detail), BF_STR("ERROR:  transform")))
        return false;
    bf_err_clear(&r->err);
    return unusable(r, "epsg", bf_http_param(&r->http, "epsg"),
                    "a reference system in which every geometry of the export can be expressed");
}
