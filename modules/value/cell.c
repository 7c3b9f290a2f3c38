#include "value/cell.h"

#include "value/geometry.h"
#include "value/instant.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* From 1970-01-01 to 2000-01-01. */
enum { EPOCH_DAYS = 10957 };
static const int64_t epoch_us = EPOCH_DAYS * (86400 * INT64_C(1000000));

/* Zones move instants of the range by hours. */
static const int64_t slack_us = 366 * (86400 * INT64_C(1000000));

/* Bytes of a value of each type; -1: any number. */
static const signed char lengths[] = {
    [BF_NULL] = 0, [BF_BOOL] = 1,     [BF_INT] = 8,        [BF_DOUBLE] = 8,     [BF_TEXT] = -1,
    [BF_DATE] = 4, [BF_DATETIME] = 8, [BF_GEO_POINT] = -1, [BF_GEO_SHAPE] = -1, [BF_JSON] = -1,
};

bool bf_cell_is(struct bf_cell c, enum bf_type type)
{
    if ((unsigned)type >= sizeof lengths || type == BF_NULL || c.n < 0)
        return false;
    return lengths[type] < 0 || c.n == lengths[type];
}

bool bf_cell_null(struct bf_cell c)
{
    return c.n < 0;
}

bool bf_cell_bool(struct bf_cell c)
{
    return c.n == 1 && c.p[0] != 0;
}

static uint64_t u64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return be64toh(v);
}

int64_t bf_cell_int(struct bf_cell c)
{
    return c.n == 8 ? (int64_t)u64(c.p) : 0;
}

double bf_cell_real(struct bf_cell c)
{
    double v = 0;
    if (c.n == 8) {
        uint64_t bits = u64(c.p);
        memcpy(&v, &bits, sizeof v);
    }
    return v;
}

struct bf_str bf_cell_text(struct bf_cell c)
{
    return (struct bf_str){c.p, c.n > 0 ? (size_t)c.n : 0};
}

int32_t bf_cell_date(struct bf_cell c)
{
    uint32_t v = 0;
    if (c.n == 4)
        memcpy(&v, c.p, sizeof v);
    int32_t days = (int32_t)be32toh(v);
    return days > INT32_MAX - EPOCH_DAYS ? INT32_MAX : days + EPOCH_DAYS;
}

int64_t bf_cell_instant(struct bf_cell c)
{
    int64_t us = bf_cell_int(c);
    return us > INT64_MAX - epoch_us ? INT64_MAX : us + epoch_us;
}

static struct bf_value real_value(double v)
{
    if (!isfinite(v))
        return (struct bf_value){.type = BF_NULL};
    return (struct bf_value){.type = BF_DOUBLE, .real = v};
}

static struct bf_value date_value(int32_t days)
{
    if (days < BF_DATE_MIN - 366 || days > BF_DATE_MAX + 366)
        return (struct bf_value){.type = BF_NULL};
    return (struct bf_value){.type = BF_DATE, .date = days};
}

static struct bf_value instant_value(int64_t us)
{
    if (us < BF_INSTANT_MIN - slack_us || us > BF_INSTANT_MAX + slack_us)
        return (struct bf_value){.type = BF_NULL};
    return (struct bf_value){.type = BF_DATETIME, .instant = us};
}

static struct bf_value point_value(struct bf_cell c)
{
    struct bf_value v = {.type = BF_GEO_POINT};
    if (!bf_geometry_point(bf_cell_text(c), &v.point))
        v.type = BF_NULL;
    return v;
}

struct bf_value bf_cell_value(struct bf_cell c, enum bf_type type)
{
    if (!bf_cell_is(c, type))
        return (struct bf_value){.type = BF_NULL};
    switch (type) {
    case BF_BOOL:
        return (struct bf_value){.type = type, .boolean = bf_cell_bool(c)};
    case BF_INT:
        return (struct bf_value){.type = type, .integer = bf_cell_int(c)};
    case BF_DOUBLE:
        return real_value(bf_cell_real(c));
    case BF_DATE:
        return date_value(bf_cell_date(c));
    case BF_DATETIME:
        return instant_value(bf_cell_instant(c));
    case BF_GEO_POINT:
        return point_value(c);
    case BF_NULL:
    case BF_TEXT:
    case BF_GEO_SHAPE:
    case BF_JSON:
        break;
    }
    return (struct bf_value){.type = type, .text = bf_cell_text(c)};
}

static void put_u64(struct bf_buf *out, uint64_t v)
{
    v = htobe64(v);
    bf_buf_bytes(out, &v, sizeof v);
}

static void put_real(struct bf_buf *out, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_u64(out, bits);
}

static void put_date(struct bf_buf *out, int32_t days)
{
    uint32_t v = htobe32((uint32_t)(days - EPOCH_DAYS));
    bf_buf_bytes(out, &v, sizeof v);
}

static void put_point(struct bf_buf *out, struct bf_point p)
{
    char ewkb[BF_POINT_EWKB];
    bf_point_ewkb(p, ewkb);
    bf_buf_bytes(out, ewkb, sizeof ewkb);
}

void bf_cell_put(struct bf_buf *out, const struct bf_value *v)
{
    switch (v->type) {
    case BF_NULL:
        break;
    case BF_BOOL:
        bf_buf_char(out, v->boolean);
        break;
    case BF_INT:
        put_u64(out, (uint64_t)v->integer);
        break;
    case BF_DOUBLE:
        put_real(out, v->real);
        break;
    case BF_DATE:
        put_date(out, v->date);
        break;
    case BF_DATETIME:
        put_u64(out, (uint64_t)(v->instant - epoch_us));
        break;
    case BF_GEO_POINT:
        put_point(out, v->point);
        break;
    case BF_TEXT:
    case BF_GEO_SHAPE:
    case BF_JSON:
        bf_buf_str(out, v->text);
        break;
    }
}
