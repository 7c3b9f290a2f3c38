#include "plugin/row.h"

#include "plugin/host.h"
#include "value/geometry.h"
#include "value/instant.h"
#include "value/json_text.h"

#include <math.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------- */

static const struct bf_row_field *field_of(const struct bf_row *row, int field)
{
    return field >= 0 && (size_t)field < row->nfields ? &row->fields[field] : NULL;
}

/* The cell of a field of that type; false: there is none, or it is null. */
static bool cell_of(const struct bf_row *row, int field, enum bf_type type, struct bf_cell *out)
{
    const struct bf_row_field *f = field_of(row, field);
    if (!f || f->type != type || f->place < 0)
        return false;
    *out = row->cells[f->place];
    return bf_cell_is(*out, type);
}

bool bf_row_get_bool(const struct bf_row *row, int field, bool *out)
{
    struct bf_cell c;
    if (!cell_of(row, field, BF_BOOL, &c))
        return false;
    *out = bf_cell_bool(c);
    return true;
}

bool bf_row_get_int(const struct bf_row *row, int field, int64_t *out)
{
    struct bf_cell c;
    if (!cell_of(row, field, BF_INT, &c))
        return false;
    *out = bf_cell_int(c);
    return true;
}

bool bf_row_get_double(const struct bf_row *row, int field, double *out)
{
    struct bf_cell c;
    double v;
    if (cell_of(row, field, BF_DOUBLE, &c))
        v = bf_cell_real(c);
    else if (cell_of(row, field, BF_INT, &c))
        v = (double)bf_cell_int(c);
    else
        return false;
    if (!isfinite(v))
        return false;
    *out = v;
    return true;
}

bool bf_row_get_text(const struct bf_row *row, int field, const char **out, size_t *n)
{
    struct bf_cell c;
    if (!cell_of(row, field, BF_TEXT, &c) && !cell_of(row, field, BF_JSON, &c))
        return false;
    struct bf_str s = bf_cell_text(c);
    *out = s.n ? s.p : "";
    *n = s.n;
    return true;
}

bool bf_row_get_time(const struct bf_row *row, int field, int64_t *out)
{
    struct bf_cell c;
    struct bf_value v = {.type = BF_NULL};
    if (cell_of(row, field, BF_DATETIME, &c))
        v = bf_cell_value(c, BF_DATETIME);
    else if (cell_of(row, field, BF_DATE, &c))
        v = bf_cell_value(c, BF_DATE);
    if (v.type == BF_NULL)
        return false;
    *out = v.type == BF_DATE ? v.date : v.instant;
    return true;
}

bool bf_row_get_point(const struct bf_row *row, int field, double *lon, double *lat)
{
    struct bf_cell c;
    struct bf_point p;
    if (!cell_of(row, field, BF_GEO_POINT, &c) || !bf_geometry_point(bf_cell_text(c), &p))
        return false;
    *lon = p.lon;
    *lat = p.lat;
    return true;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Whether the hook may write this field with a value of that type (BF_NULL: any). */
static bool may_set(const struct bf_row *row, int field, enum bf_type type)
{
    const struct bf_row_field *f = field_of(row, field);
    if (!row->writable)
        bf_host_misuse("a row can be written in the row hook only");
    else if (!f)
        bf_host_misuse("there is no field with the index %d", field);
    else if (type != BF_NULL && f->type != type)
        bf_host_misuse("field %d has the type %s, not %s", field, bf_type_info(f->type)->name,
                       bf_type_info(type)->name);
    else
        return true;
    return false;
}

static void show(struct bf_row *row, int field, struct bf_cell cell)
{
    int place = row->fields[field].place;
    while (place >= 0) {
        row->cells[place] = cell;
        place = row->same && (size_t)place < row->nsame ? row->same[place] : -1;
    }
}

/* A field that the client did not select, or one that no source has a say in. */
static enum bf_rc absent(const struct bf_row *row, int field)
{
    return row->given ? bf_host_misuse("field %d is not stored: a source cannot set it", field)
                      : BF_OK;
}

static enum bf_rc set_bytes(struct bf_row *row, int field, const char *p, size_t n)
{
    char *copy = n <= BF_ROW_MEMORY ? bf_arena_alloc(row->arena, n) : NULL;
    if (!copy)
        return bf_host_misuse("the values of one row are more than %d bytes", BF_ROW_MEMORY);
    if (n)
        memcpy(copy, p, n);
    show(row, field, (struct bf_cell){copy, (int32_t)n});
    return BF_OK;
}

static enum bf_rc set_value(struct bf_row *row, int field, struct bf_value v)
{
    if (!may_set(row, field, v.type))
        return BF_FAIL;
    if (row->fields[field].place < 0)
        return absent(row, field);
    bf_buf_clear(row->scratch);
    bf_cell_put(row->scratch, &v);
    if (bf_buf_failed(row->scratch))
        return bf_host_misuse("there is no memory for a value");
    return set_bytes(row, field, row->scratch->p, row->scratch->n);
}

enum bf_rc bf_row_set_null(struct bf_row *row, int field)
{
    if (!may_set(row, field, BF_NULL))
        return BF_FAIL;
    show(row, field, (struct bf_cell){NULL, -1});
    return BF_OK;
}

enum bf_rc bf_row_set_bool(struct bf_row *row, int field, bool value)
{
    return set_value(row, field, (struct bf_value){.type = BF_BOOL, .boolean = value});
}

enum bf_rc bf_row_set_int(struct bf_row *row, int field, int64_t value)
{
    return set_value(row, field, (struct bf_value){.type = BF_INT, .integer = value});
}

enum bf_rc bf_row_set_double(struct bf_row *row, int field, double value)
{
    if (!isfinite(value)) /* 0/0 in a hook means: there is no value */
        return may_set(row, field, BF_DOUBLE) ? bf_row_set_null(row, field) : BF_FAIL;
    return set_value(row, field, (struct bf_value){.type = BF_DOUBLE, .real = value});
}

enum bf_rc bf_row_set_text(struct bf_row *row, int field, const char *value, size_t n)
{
    if (!may_set(row, field, BF_TEXT))
        return BF_FAIL;
    if (!bf_str_is_utf8((struct bf_str){value, n}))
        return bf_host_misuse("the text for field %d is not UTF-8", field);
    return row->fields[field].place < 0 ? absent(row, field) : set_bytes(row, field, value, n);
}

enum bf_rc bf_row_set_time(struct bf_row *row, int field, int64_t value)
{
    const struct bf_row_field *f = field_of(row, field);
    bool date = f && f->type == BF_DATE;
    int64_t least = date ? BF_DATE_MIN : BF_INSTANT_MIN;
    int64_t most = date ? BF_DATE_MAX : BF_INSTANT_MAX;
    if (!may_set(row, field, date ? BF_DATE : BF_DATETIME))
        return BF_FAIL;
    if (value < least || value > most)
        return bf_host_misuse("%lld is not within the years 1 to 9999", (long long)value);
    if (date)
        return set_value(row, field, (struct bf_value){.type = BF_DATE, .date = (int32_t)value});
    return set_value(row, field, (struct bf_value){.type = BF_DATETIME, .instant = value});
}

enum bf_rc bf_row_set_point(struct bf_row *row, int field, double lon, double lat)
{
    if (!may_set(row, field, BF_GEO_POINT))
        return BF_FAIL;
    if (!(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90)) /* also NaN */
        return bf_host_misuse("(%g, %g) is not a longitude and a latitude", lon, lat);
    return set_value(row, field,
                     (struct bf_value){.type = BF_GEO_POINT, .point = {.lon = lon, .lat = lat}});
}

/* ---- what only a source writes ------------------------------------------------------------- */

static bool may_give(const struct bf_row *row, int field, enum bf_type type, struct bf_str text)
{
    if (!may_set(row, field, type))
        return false;
    if (!row->given)
        bf_host_misuse("a %s can be set in source_next only", bf_type_info(type)->name);
    else if (row->fields[field].place < 0)
        absent(row, field);
    else if (!bf_str_is_utf8(text))
        bf_host_misuse("the text for field %d is not UTF-8", field);
    else
        return true;
    return false;
}

enum bf_rc bf_row_set_shape(struct bf_row *row, int field, const char *text, size_t n)
{
    struct bf_str s = {text, n};
    struct bf_geometry shape;
    const char *why;
    if (!may_give(row, field, BF_GEO_SHAPE, s))
        return BF_FAIL;
    if (n > BF_ROW_MEMORY)
        return bf_host_misuse("the values of one row are more than %d bytes", BF_ROW_MEMORY);
    if (!bf_geometry_read(row->arena, s, BF_GEOMETRY_ROW_VERTICES, &shape, &why))
        return bf_host_misuse("the geometry for field %d cannot be read: %s", field, why);
    show(row, field, (struct bf_cell){shape.ewkb.p, (int32_t)shape.ewkb.n});
    return BF_OK;
}

enum bf_rc bf_row_set_json(struct bf_row *row, int field, const char *text, size_t n)
{
    struct bf_str s = {text, n};
    if (!may_give(row, field, BF_JSON, s))
        return BF_FAIL;
    if (!bf_json_text_valid(s))
        return bf_host_misuse("the text for field %d is not JSON", field);
    return set_bytes(row, field, text, n);
}
