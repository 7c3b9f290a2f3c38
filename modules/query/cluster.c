#include "query/cluster.h"

#include "query/call.h"
#include "query/check.h"
#include "query/expr.h"
#include "query/group.h"

enum { MOST_ZOOM = 30, MOST_PIXELS = 10000, MOST_PRECISION = 12, PIXELS = 40 };

static const double EQUATOR_M = 40075016.68; /* of the contract */

/* A geohash of p characters has 5p bits, longitude first. Metres at the equator. */
static double cell_metres(int precision)
{
    int bits = 5 * precision;
    double width = EQUATOR_M / (double)(INT64_C(1) << ((bits + 1) / 2));
    double height = EQUATOR_M / 2 / (double)(INT64_C(1) << (bits / 2));
    return width < height ? width : height;
}

static int precision_of(double metres)
{
    int p = 1;
    while (p < MOST_PRECISION && cell_metres(p + 1) > metres)
        p++;
    return p;
}

static double metres_of(int64_t pixels, int64_t zoom)
{
    return (double)pixels * EQUATOR_M / (256 * (double)(INT64_C(1) << zoom));
}

/* For each precision, from 1 on, below the one that is used: the highest zoom that uses it, -1:
 * none. At least one, which may be of no use. */
static struct bf_node *zooms_below(struct bf_clause *c, int64_t pixels, int precision)
{
    struct bf_node *first = NULL;
    struct bf_node **end = &first;
    int p = 1;
    do {
        int64_t zoom = MOST_ZOOM;
        while (zoom >= 0 && precision_of(metres_of(pixels, zoom)) > p)
            zoom--;
        *end = bf_node_value(c, (struct bf_value){.type = BF_INT, .integer = zoom});
        if (!*end)
            return NULL;
        end = &(*end)->next;
    } while (++p < precision);
    return first;
}

static struct bf_node *mean(struct bf_query *q, struct bf_clause *c, struct bf_node *point,
                            const char *sql)
{
    struct bf_node *n = bf_expr_new(c, BF_DOUBLE, sql, point, NULL, NULL);
    return n && bf_expr_aggregate(q, c, n) ? n : NULL;
}

static bool only_one(const struct bf_query *q, struct bf_clause *c, const struct bf_node *call)
{
    for (size_t i = 0; i < q->nkeys; i++)
        if (q->keys[i].node->kind == BF_NODE_CLUSTER)
            return BF_MALFORMED(c, call->at, "geo_cluster() can stand only once");
    return true;
}

/* The cells are made by longitude and latitude, the pixels of a map by Mercator's projection, which
 * has no poles. */
static bool make(struct bf_query *q, struct bf_clause *c, struct bf_node *call, int64_t pixels,
                 int64_t zoom, struct bf_key *key)
{
    double metres = metres_of(pixels, zoom);
    struct bf_node *precision =
        bf_node_value(c, (struct bf_value){.type = BF_INT, .integer = precision_of(metres)});
    struct bf_node *reach = bf_node_value(c, (struct bf_value){.type = BF_DOUBLE, .real = metres});
    struct bf_node *lat = mean(q, c, call->left, "avg(ST_Y(%1))");
    struct bf_node *lon = mean(q, c, call->left, "avg(ST_X(%1))");
    struct bf_node *k = bf_group_key(q, BF_INT);
    struct bf_node *zooms = zooms_below(c, pixels, precision_of(metres));
    if (!precision || !reach || !lat || !lon || !k || !zooms)
        return false;
    precision->next = reach;
    reach->next = zooms;
    call->left->next = NULL;
    call->kind = BF_NODE_CLUSTER;
    call->type = BF_INT;
    call->right = precision;
    key->node = call;
    key->shown = bf_expr_new(c, BF_JSON,
                             "CASE WHEN %1 IS NOT NULL THEN jsonb_build_object('cluster_centroid', "
                             "jsonb_build_object('lat', %2, 'lon', %3))::text END",
                             k, lat, lon);
    if (key->shown)
        key->shown->op = BF_APPLY_JSON;
    return key->shown != NULL;
}

bool bf_cluster_check(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                      struct bf_key *key)
{
    int64_t zoom;
    int64_t pixels = PIXELS;
    if (call->count < 2 || call->count > 3)
        return bf_call_usage(c, call);
    struct bf_node *point = call->left;
    if (!only_one(q, c, call) || !bf_expr_check(q, c, point))
        return false;
    struct bf_subject subject = bf_subject_node(c, point);
    if (subject.type != BF_GEO_POINT)
        return BF_MALFORMED(c, point->at,
                            "geo_cluster() needs a field of points: %s%.*s is of "
                            "type %s",
                            BF_SUBJECT_ARG(subject), bf_type_info(subject.type)->name);
    const struct bf_node *arg = point->next;
    if (!bf_call_integer(c, call, arg, 0, MOST_ZOOM, &zoom))
        return false;
    arg = arg->next;
    if (arg && arg->kind == BF_NODE_COMPARE && arg->op == BF_EQ &&
        arg->left->kind == BF_NODE_NAME && bf_str_eq_nocase(arg->left->text, BF_STR("radius")))
        arg = arg->right;
    if (arg && !bf_call_integer(c, call, arg, 1, MOST_PIXELS, &pixels))
        return false;
    key->range = true;
    return make(q, c, call, pixels, zoom, key);
}
