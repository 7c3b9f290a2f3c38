#include "api/push/value_text.h"

#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

#include <math.h>

const char *bf_value_expected(enum bf_type type)
{
    switch (type) {
    case BF_BOOL:
        return "true or false is expected";
    case BF_INT:
        return "a whole number is expected";
    case BF_DOUBLE:
        return "a number is expected";
    case BF_DATE:
        return "a date such as 2026-09-30 is expected";
    case BF_DATETIME:
        return "a date and time such as 2026-09-30T08:15:00+02:00 is expected";
    case BF_GEO_POINT:
        return "a point is expected: {\"lon\": 3.06, \"lat\": 50.63}, [50.63, 3.06], "
               "\"50.63, 3.06\" (latitude first), GeoJSON or WKT";
    case BF_GEO_SHAPE:
        return "a GeoJSON geometry or WKT is expected";
    case BF_JSON:
        return "JSON is expected";
    case BF_NULL:
    case BF_TEXT:
        break;
    }
    return "a text is expected";
}

const char *bf_value_date(struct bf_str text, struct bf_value *out)
{
    out->type = BF_DATE;
    return bf_date_read(text, &out->date) ? NULL : bf_value_expected(BF_DATE);
}

const char *bf_value_datetime(const struct bf_target *t, struct bf_str text, struct bf_value *out)
{
    struct bf_instant read;
    if (!bf_instant_read(text, &read) || read.precision < BF_DAY)
        return bf_value_expected(BF_DATETIME);
    if (read.mark == BF_OFFSET_NONE && !t->zone)
        return "the offset from UTC is missing: write 2026-09-30T08:15:00+02:00, or Z for UTC";
    if (read.mark == BF_OFFSET_Z && t->zone)
        read.mark = BF_OFFSET_NONE; /* the publisher's Z is the clock on its wall */
    if (t->zone && read.mark == BF_OFFSET_NONE && bf_zone_repeats(t->zone, read.wall))
        *t->repeated = true;
    out->type = BF_DATETIME;
    out->instant = bf_instant_resolve(&read, t->zone ? t->zone : bf_zone_utc());
    if (out->instant < BF_INSTANT_MIN || out->instant > BF_INSTANT_MAX)
        return "the instant lies outside the years 0001 to 9999";
    return NULL;
}

const char *bf_value_point(const struct bf_target *t, struct bf_str text, struct bf_value *out)
{
    const char *why = NULL;
    out->type = BF_GEO_POINT;
    if (bf_point_read(t->arena, text, &out->point, &why))
        return NULL;
    return why ? why : bf_value_expected(BF_GEO_POINT);
}

const char *bf_value_shape(const struct bf_target *t, struct bf_str text, struct bf_value *out)
{
    const char *why = NULL;
    struct bf_geometry shape;
    if (!bf_geometry_read(t->arena, text, BF_GEOMETRY_ROW_VERTICES, &shape, &why))
        return why ? why : bf_value_expected(BF_GEO_SHAPE);
    out->type = BF_GEO_SHAPE;
    out->text = shape.ewkb;
    return NULL;
}

/* 12 and 12.0 (as programs write a column of numbers that once had a gap). */
static const char *from_whole(struct bf_str text, struct bf_value *out)
{
    double real;
    out->type = BF_INT;
    if (bf_number_int(text, &out->integer))
        return NULL;
    if (!bf_number_real(text, &real) || rint(real) != real || fabs(real) > 9007199254740992.0)
        return bf_value_expected(BF_INT);
    out->integer = (int64_t)real;
    return NULL;
}

static const char *from_real(struct bf_str text, struct bf_value *out)
{
    out->type = BF_DOUBLE;
    return bf_number_real(text, &out->real) ? NULL : bf_value_expected(BF_DOUBLE);
}

static const char *from_bool(struct bf_str text, struct bf_value *out)
{
    out->type = BF_BOOL;
    out->boolean = bf_str_eq_nocase(text, BF_STR("true")) || bf_str_eq(text, BF_STR("1"));
    if (out->boolean || bf_str_eq_nocase(text, BF_STR("false")) || bf_str_eq(text, BF_STR("0")))
        return NULL;
    return bf_value_expected(BF_BOOL);
}

const char *bf_value_from_cell(const struct bf_target *t, struct bf_str cell, struct bf_value *out)
{
    enum bf_type type = t->field->column.type;
    struct bf_str text = bf_str_trim(cell);
    out->type = BF_NULL;
    if (cell.n == 0 || (text.n == 0 && type != BF_TEXT))
        return NULL;
    if (!bf_str_is_utf8(cell))
        return "it is not UTF-8 text";
    switch (type) {
    case BF_BOOL:
        return from_bool(text, out);
    case BF_INT:
        return from_whole(text, out);
    case BF_DOUBLE:
        return from_real(text, out);
    case BF_DATE:
        return bf_value_date(text, out);
    case BF_DATETIME:
        return bf_value_datetime(t, text, out);
    case BF_GEO_POINT:
        return bf_value_point(t, text, out);
    case BF_GEO_SHAPE:
        return bf_value_shape(t, text, out);
    case BF_NULL:
    case BF_TEXT:
    case BF_JSON:
        break;
    }
    *out = (struct bf_value){.type = type, .text = cell};
    return NULL;
}
