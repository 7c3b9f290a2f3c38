#include "query/place.h"

#include "query/call.h"
#include "query/check.h"
#include "query/expr.h"
#include "query/function.h"
#include "query/vertices.h"

#include <math.h>

static const double EARTH_M = 6371008.7714150598; /* (2a + b) / 3 of WGS 84, as in PostGIS */
static const double RADIANS = 0.017453292519943295;
/* The index and `&&` compare single precision boxes, rounded outwards; this covers rounding of our
 * own, about 1 cm. */
static const double MARGIN_DEGREES = 1e-7;

struct bf_box bf_place_around(struct bf_point p, double metres)
{
    struct bf_box all = {-180, -90, 180, 90};
    double angle = metres / EARTH_M;
    if (!(angle < M_PI))
        return all;
    double up = angle / RADIANS + MARGIN_DEGREES;
    struct bf_box box = all;
    if (p.lat - up > -90)
        box.south = p.lat - up;
    if (p.lat + up < 90)
        box.north = p.lat + up;
    if (p.lat - up <= -90 || p.lat + up >= 90)
        return box; /* a pole lies inside: every longitude */
    double ratio = sin(angle) / cos(p.lat * RADIANS);
    if (!(ratio < 1))
        return box;
    double aside = asin(ratio) / RADIANS + MARGIN_DEGREES / cos(p.lat * RADIANS);
    if (p.lon - aside < -180 || p.lon + aside > 180)
        return box; /* crosses 180°: a box would wrap */
    box.west = p.lon - aside;
    box.east = p.lon + aside;
    return box;
}

static bool wrong_arguments(struct bf_clause *c, const struct bf_node *call, const char *usage)
{
    return BF_MALFORMED(c, call->at, "%s() is written %s", call->function->name, usage);
}

/* The first argument: a geographical field. */
static struct bf_node *field(struct bf_query *q, struct bf_clause *c, struct bf_node *arg)
{
    if (arg->kind != BF_NODE_NAME) {
        bf_check_unsupported(c, arg);
        return NULL;
    }
    const struct bf_column *column = bf_check_filter(q, c, arg->text, arg->at);
    if (!column)
        return NULL;
    if (column->type != BF_GEO_POINT && column->type != BF_GEO_SHAPE) {
        BF_MALFORMED(c, arg->at, "Field %.*s is of type %s, a geographical field is needed",
                     BF_STR_ARG(column->name), bf_type_info(column->type)->name);
        return NULL;
    }
    arg->kind = BF_NODE_COLUMN;
    arg->column = column;
    return arg;
}

static bool read_point(struct bf_clause *c, const struct bf_node *n, struct bf_geometry *out)
{
    if (n->kind != BF_NODE_GEOM && n->kind != BF_NODE_STRING)
        return BF_MALFORMED(c, n->at, "A geometry is expected: geom'POINT(longitude latitude)'");
    if (!bf_vertices_read(c, n->text, n->at, out))
        return false;
    if (out->kind != 1)
        return BF_MALFORMED(c, n->at, "A distance is measured from a POINT");
    return true;
}

bool bf_place_point(struct bf_clause *c, struct bf_node *literal)
{
    struct bf_geometry center;
    if (!read_point(c, literal, &center))
        return false;
    literal->kind = BF_NODE_VALUE;
    literal->value = (struct bf_value){.type = BF_GEO_POINT, .point = center.first};
    return true;
}

static bool read_metres(struct bf_clause *c, const struct bf_node *n, double *out)
{
    static const struct {
        const char *unit;
        double metres;
    } units[] = {{"m", 1},         {"km", 1000},   {"cm", 0.01},  {"mm", 0.001},
                 {"mi", 1609.344}, {"yd", 0.9144}, {"ft", 0.3048}};
    double factor = 1;
    if (n->kind == BF_NODE_MEASURE) {
        factor = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (bf_str_eq_nocase(n->text, bf_str_of(units[i].unit)))
                factor = units[i].metres;
        if (factor == 0)
            return BF_MALFORMED(c, n->at, "Unknown unit %.*s, known are mi yd ft m cm km mm",
                                BF_STR_ARG(bf_node_source(c, n)));
        n = n->left;
    }
    if (!bf_literal_real(c, n, out))
        return false;
    *out *= factor;
    if (*out < 0)
        return BF_MALFORMED(c, n->at, "A distance cannot be negative");
    if (!isfinite(*out))
        *out = EARTH_M * 4;
    return true;
}

static struct bf_value real(double v)
{
    return (struct bf_value){.type = BF_DOUBLE, .real = v};
}

/* Turns the call into a node over the field with these operands. */
static bool become(struct bf_clause *c, struct bf_node *call, enum bf_node_kind kind,
                   struct bf_node *column, const struct bf_value *values, size_t n)
{
    struct bf_node *first = NULL;
    struct bf_node **end = &first;
    for (size_t i = 0; i < n; i++) {
        *end = bf_node_value(c, values[i]);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    call->kind = kind;
    call->left = column;
    call->right = first;
    return true;
}

bool bf_place_near(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count == 2 && call->function->sql)
        return BF_MALFORMED(c, call->at,
                            "distance() with two arguments is a value, a condition is "
                            "expected");
    if (call->count != 3)
        return wrong_arguments(c, call, "within_distance(field, geom'POINT(3.06 50.63)', 2km)");
    struct bf_node *where = call->left->next;
    struct bf_node *column = field(q, c, call->left);
    struct bf_geometry center;
    double metres;
    if (!column || !read_point(c, where, &center) || !read_metres(c, where->next, &metres))
        return false;
    struct bf_box box = bf_place_around(center.first, metres);
    struct bf_value values[] = {
        {.type = BF_GEO_POINT, .point = center.first},
        real(metres),
        real(box.west),
        real(box.south),
        real(box.east),
        real(box.north),
    };
    return become(c, call, BF_NODE_NEAR, column, values, sizeof values / sizeof *values);
}

/* ---- relations ------------------------------------------------------------------------------- */

static const struct relation {
    const char *name;
    const char *of_points, *of_shapes;
} relations[] = {
    {"intersects", "ST_DWithin(%1, %2, 0)", "ST_DWithin(%1, %2, 0)"},
    {"disjoint", "(NOT ST_DWithin(%1, %2, 0))", "(NOT ST_DWithin(%1, %2, 0))"},
    {"within", "ST_DWithin(%1, %2, 0)",
     "(%1 @ %2 AND CASE WHEN (ST_IsValidDetail(%1)).valid AND (SELECT (ST_IsValidDetail(%2)).valid)"
     " THEN ST_CoveredBy(%1, %2) ELSE (SELECT bool_and(ST_DWithin(p.geom, %2, 0))"
     " FROM ST_DumpPoints(%1) AS p) END)"},
};

static const struct relation *relation_named(struct bf_str name)
{
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        if (bf_str_eq_nocase(name, bf_str_of(relations[i].name)))
            return &relations[i];
    return NULL;
}

/* That of the function, or the third argument of geometry(). */
static const struct relation *relation_of(const struct bf_node *call)
{
    struct bf_str name = bf_str_of(call->function->name);
    if (bf_str_eq(name, BF_STR("polygon")))
        return relation_named(BF_STR("within"));
    if (!bf_str_eq(name, BF_STR("geometry")))
        return call->count == 2 ? relation_named(name) : NULL;
    if (call->count == 2)
        return relation_named(BF_STR("intersects"));
    bool known = call->right->kind == BF_NODE_NAME || call->right->kind == BF_NODE_STRING;
    return call->count == 3 && known ? relation_named(call->right->text) : NULL;
}

static bool read_shape(struct bf_clause *c, struct bf_node *n)
{
    struct bf_geometry shape;
    if (n->kind != BF_NODE_GEOM && n->kind != BF_NODE_STRING)
        return BF_MALFORMED(c, n->at,
                            "A geometry is expected: geom'POLYGON((3 50, 4 50, 4 51, 3 "
                            "50))'");
    if (!bf_vertices_read(c, n->text, n->at, &shape))
        return false;
    n->kind = BF_NODE_VALUE;
    n->value = (struct bf_value){.type = BF_GEO_SHAPE, .text = shape.ewkb};
    return true;
}

bool bf_place_relation(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    const struct relation *relation = call->count >= 2 ? relation_of(call) : NULL;
    if (!relation || (call->function->name[0] == 'p' && call->count != 2))
        return bf_call_usage(c, call);
    struct bf_node *shape = call->left->next;
    const struct bf_node *column = field(q, c, call->left);
    if (!column || !read_shape(c, shape))
        return false;
    shape->next = NULL;
    call->right = shape;
    return bf_expr_apply(call, BF_BOOL,
                         column->column->type == BF_GEO_POINT ? relation->of_points
                                                              : relation->of_shapes);
}

bool bf_place_box(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count != 5)
        return wrong_arguments(c, call, "in_bbox(field, 50.5, 2.9, 50.7, 3.2), latitude first");
    struct bf_node *column = field(q, c, call->left);
    if (!column)
        return false;
    double v[4];
    const struct bf_node *arg = call->left->next;
    for (int i = 0; i < 4; i++, arg = arg->next)
        if (!bf_literal_real(c, arg, &v[i]))
            return false;
    struct bf_value values[] = {real(fmin(v[1], v[3])), real(fmin(v[0], v[2])),
                                real(fmax(v[1], v[3])), real(fmax(v[0], v[2]))};
    return become(c, call, BF_NODE_BOX, column, values, sizeof values / sizeof *values);
}
