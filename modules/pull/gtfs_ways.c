#include "pull/gtfs_ways.h"

#include "core/map.h"
#include "value/number.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { LINE_MOST = 64 << 20 };

struct point {
    uint32_t shape, line;
    int64_t sequence;
    double lat, lon;
};

struct bf_gtfs_ways {
    struct bf_arena *arena;
    struct bf_map by_id; /* to a text of ids */
    struct bf_str *ids;
    size_t nids, room_ids;
    struct point *points;
    size_t n, room;
};

struct bf_gtfs_ways *bf_gtfs_ways_new(struct bf_arena *a)
{
    struct bf_gtfs_ways *w = bf_arena_zalloc(a, 1, sizeof *w);
    if (w) {
        w->arena = a;
        bf_map_init(&w->by_id, a);
    }
    return w;
}

/* ---- points -------------------------------------------------------------------------------- */

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the points of the shapes");
}

static bool wrong(const struct bf_gtfs_point *p, const char *column, const char *right,
                  struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_BODY, "shapes.txt, line %" PRIu64 ", %s: %s is expected.",
                        p->line, column, right);
}

static bool read_degrees(struct bf_str text, double most, double *out)
{
    return bf_number_real(bf_str_trim(text), out) && fabs(*out) <= most;
}

/* A number stands for each shape, in the order in which they come. */
static bool number_of(struct bf_gtfs_ways *w, struct bf_str id, uint32_t *out, struct bf_err *err)
{
    uint32_t *known = bf_map_get(&w->by_id, id);
    if (!known) {
        struct bf_str *ids = w->nids < w->room_ids ? w->ids
                                                   : bf_arena_grow(w->arena, w->ids, &w->room_ids,
                                                                   w->nids + 1, sizeof *w->ids);
        known = bf_arena_alloc(w->arena, sizeof *known);
        if (!ids || !known)
            return no_memory(err);
        w->ids = ids;
        w->ids[w->nids] = bf_arena_dup(w->arena, id);
        *known = (uint32_t)w->nids;
        if (!w->ids[w->nids].p || !bf_map_put(&w->by_id, w->ids[w->nids], known))
            return no_memory(err);
        w->nids++;
    }
    *out = *known;
    return true;
}

bool bf_gtfs_ways_add(struct bf_gtfs_ways *w, const struct bf_gtfs_point *p, struct bf_err *err)
{
    struct point at = {.line = (uint32_t)p->line};
    if (!p->shape.n || !bf_str_is_utf8(p->shape))
        return wrong(p, "shape_id", "the id of a shape", err);
    if (!read_degrees(p->lat, 90, &at.lat))
        return wrong(p, "shape_pt_lat", "a latitude such as 50.6365", err);
    if (!read_degrees(p->lon, 180, &at.lon))
        return wrong(p, "shape_pt_lon", "a longitude such as 3.0704", err);
    if (!bf_number_int(bf_str_trim(p->sequence), &at.sequence) || at.sequence < 0)
        return wrong(p, "shape_pt_sequence", "a whole number from 0 on", err);
    if (!number_of(w, p->shape, &at.shape, err))
        return false;
    if (w->n == w->room) {
        struct point *more =
            bf_arena_grow(w->arena, w->points, &w->room, w->n + 1, sizeof *w->points);
        if (!more)
            return no_memory(err);
        w->points = more;
    }
    w->points[w->n++] = at;
    return true;
}

/* ---- lines --------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct point *x = a, *y = b;
    if (x->shape != y->shape)
        return x->shape < y->shape ? -1 : 1;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

static bool check_sequence(const struct bf_gtfs_ways *w, struct bf_err *err)
{
    for (size_t i = 1; i < w->n; i++) {
        const struct point *x = &w->points[i - 1], *y = &w->points[i];
        if (x->shape == y->shape && x->sequence == y->sequence)
            return BF_FAIL_WITH(err, BF_E_BODY,
                                "shapes.txt, line %" PRIu32 ", shape_pt_sequence: its shape has "
                                "the number %" PRId64 " in line %" PRIu32 " already.",
                                y->line, y->sequence, x->line);
    }
    return true;
}

static void print_way(struct bf_buf *b, const struct point *p, size_t n)
{
    if (n < 2) { /* a line has two positions at least (RFC 7946 section 3.1.4) */
        bf_buf_text(b, "null");
        return;
    }
    bf_buf_text(b, "{\"type\":\"LineString\",\"coordinates\":[");
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(b, i ? ",[" : "[");
        bf_number_print(b, p[i].lon);
        bf_buf_char(b, ',');
        bf_number_print(b, p[i].lat);
        bf_buf_char(b, ']');
    }
    bf_buf_text(b, "]}");
}

bool bf_gtfs_ways_print(struct bf_gtfs_ways *w, struct bf_str geometry,
                        bool (*take)(void *self, const char *p, size_t n, struct bf_err *err),
                        void *self, struct bf_err *err)
{
    struct bf_buf b;
    bool ok = true;
    if (w->n)
        qsort(w->points, w->n, sizeof *w->points, by_place);
    if (!check_sequence(w, err))
        return false;
    bf_buf_init(&b, LINE_MOST);
    for (size_t i = 0, n; ok && i < w->n; i += n) {
        for (n = 1; i + n < w->n && w->points[i + n].shape == w->points[i].shape;)
            n++;
        bf_buf_clear(&b);
        bf_buf_text(&b, "{\"shape_id\":");
        bf_buf_json(&b, w->ids[w->points[i].shape]);
        bf_buf_char(&b, ',');
        bf_buf_json(&b, geometry);
        bf_buf_char(&b, ':');
        print_way(&b, &w->points[i], n);
        bf_buf_text(&b, "}\n");
        ok = bf_buf_failed(&b) ? BF_FAIL_WITH(err, BF_E_TOO_LARGE, "A shape has too many points.")
                               : take(self, b.p, b.n, err);
    }
    bf_buf_fini(&b);
    return ok;
}
