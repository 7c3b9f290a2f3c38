#include "shapefile/rings.h"

#include <math.h>

struct sorting {
    const struct bf_xy *points;
    struct bf_ring *rings;
    size_t n;
    uint64_t steps;
};

enum side { OUTSIDE, INSIDE, ON };

static bool fail(const char **why, const char *what)
{
    *why = what;
    return false;
}

static bool same(struct bf_xy a, struct bf_xy b)
{
    return a.x >= b.x && a.x <= b.x && a.y >= b.y && a.y <= b.y;
}

/* Twice the area, from its first point: far from the origin the products would eat the digits. */
static void measure(const struct bf_xy *points, struct bf_ring *r)
{
    const struct bf_xy *p = points + r->from;
    r->low = r->high = p[0];
    for (size_t i = 1; i < r->n; i++) {
        double ax = p[i - 1].x - p[0].x, ay = p[i - 1].y - p[0].y;
        double bx = p[i].x - p[0].x, by = p[i].y - p[0].y;
        r->area += ax * by - bx * ay;
        r->low = (struct bf_xy){fmin(r->low.x, p[i].x), fmin(r->low.y, p[i].y)};
        r->high = (struct bf_xy){fmax(r->high.x, p[i].x), fmax(r->high.y, p[i].y)};
    }
}

static bool take_rings(struct sorting *s, const struct bf_shapes_one *one, const char **why)
{
    for (size_t i = 0; i < s->n; i++) {
        struct bf_ring *r = &s->rings[i];
        size_t end = i + 1 < s->n ? one->parts[i + 1] : one->npoints;
        *r = (struct bf_ring){
            .from = one->parts[i], .n = end - one->parts[i], .hole = BF_RINGS_NONE};
        if (r->n < 4)
            return fail(why, "a ring has fewer than 4 positions");
        if (!same(s->points[r->from], s->points[end - 1]))
            return fail(why, "a ring is not closed");
        measure(s->points, r);
    }
    return true;
}

static void find_borders(struct sorting *s)
{
    size_t largest = 0;
    for (size_t i = 1; i < s->n; i++)
        if (fabs(s->rings[i].area) > fabs(s->rings[largest].area))
            largest = i;
    bool turned = s->rings[largest].area > 0;
    for (size_t i = 0; i < s->n; i++)
        s->rings[i].border = turned ? s->rings[i].area > 0 : s->rings[i].area < 0;
    s->rings[largest].border = true;
}

/* By the edges that a ray to the right crosses. */
static enum side side_of(const struct bf_xy *p, size_t n, struct bf_xy q)
{
    bool in = false;
    for (size_t i = 1; i < n; i++) {
        struct bf_xy a = p[i - 1], b = p[i];
        double turn = (b.x - a.x) * (q.y - a.y) - (b.y - a.y) * (q.x - a.x);
        bool between = q.x >= fmin(a.x, b.x) && q.x <= fmax(a.x, b.x) && q.y >= fmin(a.y, b.y) &&
                       q.y <= fmax(a.y, b.y);
        if (between && turn >= 0 && turn <= 0)
            return ON;
        if ((a.y > q.y) != (b.y > q.y) && (turn > 0) == (b.y > a.y))
            in = !in;
    }
    return in ? INSIDE : OUTSIDE;
}

/* The first point of the hole that is not on the border tells; none: they are the same ring. */
static bool lies_in(struct sorting *s, const struct bf_ring *hole, const struct bf_ring *border)
{
    s->steps++;
    if (hole->low.x < border->low.x || hole->low.y < border->low.y ||
        hole->high.x > border->high.x || hole->high.y > border->high.y)
        return false;
    for (size_t i = 0; i < hole->n && s->steps < BF_RINGS_STEPS; i++) {
        s->steps += border->n;
        enum side side = side_of(s->points + border->from, border->n, s->points[hole->from + i]);
        if (side != ON)
            return side == INSIDE;
    }
    return true;
}

/* The smallest border around it. */
static size_t border_of(struct sorting *s, const struct bf_ring *hole)
{
    size_t best = BF_RINGS_NONE;
    for (size_t i = 0; i < s->n && s->steps < BF_RINGS_STEPS; i++) {
        const struct bf_ring *r = &s->rings[i];
        if (r->border && r != hole &&
            (best == BF_RINGS_NONE || fabs(r->area) < fabs(s->rings[best].area)) &&
            lies_in(s, hole, r))
            best = i;
    }
    return best;
}

/* From the last to the first, so that each list of holes is in the order of the file. */
static void give_holes(struct sorting *s)
{
    for (size_t i = s->n; i-- > 0;) {
        struct bf_ring *hole = &s->rings[i];
        size_t at = hole->border ? BF_RINGS_NONE : border_of(s, hole);
        if (at == BF_RINGS_NONE)
            continue;
        hole->hole = s->rings[at].hole;
        s->rings[at].hole = i;
    }
}

/* Only now, so that no hole is taken for one of another hole. A hole in no border has next to
 * nothing to tell it by: it is in no list. */
static void free_holes(struct sorting *s, bool *held)
{
    for (size_t i = 0; i < s->n; i++)
        for (size_t h = s->rings[i].border ? s->rings[i].hole : BF_RINGS_NONE; h != BF_RINGS_NONE;
             h = s->rings[h].hole)
            held[h] = true;
    for (size_t i = 0; i < s->n; i++)
        s->rings[i].border = !held[i];
}

bool bf_rings_sort(struct bf_arena *a, const struct bf_shapes_one *one, struct bf_ring **out,
                   const char **why)
{
    struct sorting s = {.points = one->points,
                        .rings = bf_arena_zalloc(a, one->nparts, sizeof *s.rings),
                        .n = one->nparts};
    bool *held = bf_arena_zalloc(a, one->nparts, sizeof *held);
    if (!s.rings || !held)
        return fail(why, "there is no memory for its rings");
    if (!take_rings(&s, one, why))
        return false;
    find_borders(&s);
    give_holes(&s);
    if (s.steps >= BF_RINGS_STEPS)
        return fail(why, "it has too many rings to tell holes from borders");
    free_holes(&s, held);
    *out = s.rings;
    return true;
}
