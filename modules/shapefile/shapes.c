#include "shapefile/shapes.h"

#include "value/geometry.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    HEADER = 100,
    RECORD = 8,  /* number and length of a record */
    INDEX = 8,   /* of a record in the .shx */
    CODE = 9994, /* that every file begins with */
    BOX = 32,    /* of a record */
    MULTI_PATCH = 31,
    Z = 10, /* 11 is the point with Z, … */
    M = 20,
    MULTI_POINTS = 4 + BOX + 4,
    PARTS = 4 + BOX + 8, /* before the first part of a line or polygon */
};

static uint32_t big(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return be32toh(v);
}

static uint32_t little(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static double real(const char *p)
{
    uint64_t bits;
    double v;
    memcpy(&bits, p, sizeof bits);
    bits = le64toh(bits);
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Lengths count words of two bytes. */
static uint64_t bytes_of(uint32_t words)
{
    return (uint64_t)words * 2;
}

/* ---- the file ------------------------------------------------------------------------------ */

static bool check_header(struct bf_str file, const char *ending, struct bf_err *err)
{
    if (file.n < HEADER || big(file.p) != CODE)
        return BF_FAIL_WITH(err, BF_E_BODY, "The .%s is none: it does not begin like one.", ending);
    uint64_t says = bytes_of(big(file.p + 24));
    if (says < HEADER || says > file.n)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .%s is cut off or damaged: it says that it has %" PRIu64
                            " bytes, and has %zu.",
                            ending, says, file.n);
    return true;
}

static const char *type_name(int32_t type)
{
    return type == MULTI_PATCH ? "MultiPatch" : "of a kind that nobody described";
}

static bool check_type(struct bf_shapes *s, struct bf_err *err)
{
    s->type = (int32_t)little(s->shp.p + 32);
    switch (s->type) {
    case BF_SHAPES_NULL:
    case BF_SHAPES_POINT:
    case BF_SHAPES_LINE:
    case BF_SHAPES_POLYGON:
    case BF_SHAPES_MULTI_POINT:
    case Z + BF_SHAPES_POINT:
    case Z + BF_SHAPES_LINE:
    case Z + BF_SHAPES_POLYGON:
    case Z + BF_SHAPES_MULTI_POINT:
    case M + BF_SHAPES_POINT:
    case M + BF_SHAPES_LINE:
    case M + BF_SHAPES_POLYGON:
    case M + BF_SHAPES_MULTI_POINT:
        return true;
    default:
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The shapes of the .shp are %s (%" PRId32
                            "): points, lines and polygons are read.",
                            type_name(s->type), s->type);
    }
}

static bool cut_off(const struct bf_shapes *s, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The .shp: record %zu is cut off or damaged.", s->next + 1);
}

/* The content of the record at s->next. */
static bool find(const struct bf_shapes *s, struct bf_str *content, struct bf_err *err)
{
    uint64_t at = s->at;
    if (s->shx.n)
        at = bytes_of(big(s->shx.p + HEADER + s->next * INDEX));
    if (at < HEADER || at + RECORD > s->shp.n)
        return cut_off(s, err);
    uint64_t n = bytes_of(big(s->shp.p + at + 4));
    if (n < 4 || n > s->shp.n - at - RECORD)
        return cut_off(s, err);
    *content = (struct bf_str){s->shp.p + at + RECORD, n};
    return true;
}

static void go_on(struct bf_shapes *s, struct bf_str content)
{
    s->next++;
    s->at = (size_t)(content.p + content.n - s->shp.p);
}

bool bf_shapes_skip(struct bf_shapes *s, struct bf_err *err)
{
    struct bf_str content;
    if (!find(s, &content, err))
        return false;
    go_on(s, content);
    return true;
}

/* Without an index all of them are counted first: numbers tell that none is missing. */
static bool count(struct bf_shapes *s, struct bf_err *err)
{
    while (s->at < s->shp.n) {
        if (s->at + RECORD <= s->shp.n && big(s->shp.p + s->at) != s->next + 1)
            return BF_FAIL_WITH(err, BF_E_BODY,
                                "The .shp: record %zu does not follow the one before, and there "
                                "is no .shx to find it.",
                                s->next + 1);
        if (!bf_shapes_skip(s, err))
            return false;
    }
    s->n = s->next;
    s->next = 0;
    s->at = HEADER;
    return true;
}

bool bf_shapes_open(struct bf_shapes *s, struct bf_str shp, struct bf_str shx, struct bf_err *err)
{
    *s = (struct bf_shapes){.shp = shp, .shx = shx, .at = HEADER};
    if (!check_header(shp, "shp", err) || !check_type(s, err))
        return false;
    s->shp.n = bytes_of(big(shp.p + 24)); /* what lies behind is none of it */
    if (!shx.n)
        return count(s, err);
    if (!check_header(shx, "shx", err))
        return false;
    s->n = (bytes_of(big(shx.p + 24)) - HEADER) / INDEX;
    return true;
}

bool bf_shapes_have_z(const struct bf_shapes *s)
{
    return s->type > Z && s->type < M;
}

/* With a height there may be a measure as well, and is in general none; that is not told. */
bool bf_shapes_have_m(const struct bf_shapes *s)
{
    return s->type > M;
}

/* ---- one record ---------------------------------------------------------------------------- */

static bool take_points(const struct bf_shapes *s, struct bf_arena *a, const char *from, size_t n,
                        struct bf_shapes_one *out, struct bf_err *err)
{
    out->points = bf_arena_zalloc(a, n, sizeof *out->points);
    if (!out->points)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the positions of a record");
    out->npoints = n;
    for (size_t i = 0; i < n; i++, from += 16) {
        out->points[i] = (struct bf_xy){real(from), real(from + 8)};
        if (!isfinite(out->points[i].x) || !isfinite(out->points[i].y))
            return BF_FAIL_WITH(err, BF_E_BODY,
                                "The .shp: a coordinate of record %zu is not a finite number.",
                                s->next + 1);
    }
    return true;
}

static bool too_many(const struct bf_shapes *s, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "The .shp: record %zu has more than %d positions.",
                        s->next + 1, BF_GEOMETRY_ROW_VERTICES);
}

static bool read_multi_point(const struct bf_shapes *s, struct bf_arena *a, struct bf_str c,
                             struct bf_shapes_one *out, struct bf_err *err)
{
    if (c.n < MULTI_POINTS)
        return cut_off(s, err);
    uint64_t n = little(c.p + 4 + BOX);
    if (n > (c.n - MULTI_POINTS) / 16)
        return cut_off(s, err);
    if (n > BF_GEOMETRY_ROW_VERTICES)
        return too_many(s, err);
    if (n == 0)
        out->kind = BF_SHAPES_NULL;
    return n == 0 || take_points(s, a, c.p + MULTI_POINTS, n, out, err);
}

static bool take_parts(const struct bf_shapes *s, struct bf_arena *a, const char *from,
                       struct bf_shapes_one *out, struct bf_err *err)
{
    out->parts = bf_arena_zalloc(a, out->nparts, sizeof *out->parts);
    if (!out->parts)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the parts of a record");
    for (size_t i = 0; i < out->nparts; i++, from += 4) {
        out->parts[i] = little(from);
        if (out->parts[i] >= out->npoints ||
            (i ? out->parts[i] <= out->parts[i - 1] : out->parts[i] != 0))
            return BF_FAIL_WITH(err, BF_E_BODY,
                                "The .shp: the parts of record %zu are out of order.", s->next + 1);
    }
    return true;
}

static bool read_parts(const struct bf_shapes *s, struct bf_arena *a, struct bf_str c,
                       struct bf_shapes_one *out, struct bf_err *err)
{
    if (c.n < PARTS)
        return cut_off(s, err);
    uint64_t parts = little(c.p + 4 + BOX), n = little(c.p + 8 + BOX);
    if (parts * 4 + n * 16 > c.n - PARTS)
        return cut_off(s, err);
    if (n > BF_GEOMETRY_ROW_VERTICES)
        return too_many(s, err);
    if (n == 0) {
        out->kind = BF_SHAPES_NULL;
        return true;
    }
    if (parts == 0)
        return BF_FAIL_WITH(err, BF_E_BODY, "The .shp: record %zu has positions and no part.",
                            s->next + 1);
    out->nparts = parts;
    return take_points(s, a, c.p + PARTS + parts * 4, n, out, err) &&
           take_parts(s, a, c.p + PARTS, out, err);
}

static bool read_content(const struct bf_shapes *s, struct bf_arena *a, struct bf_str c,
                         struct bf_shapes_one *out, struct bf_err *err)
{
    int32_t type = (int32_t)little(c.p);
    *out = (struct bf_shapes_one){.kind = BF_SHAPES_NULL};
    if (type == BF_SHAPES_NULL)
        return true;
    if (type != s->type)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The .shp: record %zu is of another kind than the file.", s->next + 1);
    out->kind = (enum bf_shapes_kind)(type % 10);
    switch (out->kind) {
    case BF_SHAPES_POINT:
        if (c.n < 20)
            return cut_off(s, err);
        return take_points(s, a, c.p + 4, 1, out, err);
    case BF_SHAPES_MULTI_POINT:
        return read_multi_point(s, a, c, out, err);
    case BF_SHAPES_NULL:
    case BF_SHAPES_LINE:
    case BF_SHAPES_POLYGON:
        break;
    }
    return read_parts(s, a, c, out, err);
}

bool bf_shapes_next(struct bf_shapes *s, struct bf_arena *a, struct bf_shapes_one *out,
                    struct bf_err *err)
{
    struct bf_str content;
    if (!find(s, &content, err) || !read_content(s, a, content, out, err))
        return false;
    go_on(s, content);
    return true;
}
