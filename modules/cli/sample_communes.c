/*
 * The 95 communes with contours that are made up: what is nearer to a town's hall than to any other
 * (its Voronoi cell), and no farther from it than an octagon of REACH reaches. Neighbours share
 * their borders to the decimetre; at the rim of the metropolis the octagons end it.
 */
#include "cli/sample.h"

#include <string.h>

/* Decimetres east and north of a point near Lille: at this latitude 1.4 and 0.9 millionths of a
 * degree. CORNER is REACH * tan(pi / 8). */
enum { REACH = 40000, CORNER = 16569, EAST_ORIGIN = 3000000, NORTH_ORIGIN = 50600000 };
enum { CORNERS = 8 + BF_TOWNS };

struct spot {
    int64_t x, y;
};

struct cell {
    struct spot corners[CORNERS];
    size_t n;
};

static struct spot spot_of(const struct bf_town *t)
{
    return (struct spot){(t->lon - EAST_ORIGIN) * 10 / 14, (t->lat - NORTH_ORIGIN) * 10 / 9};
}

/* Counterclockwise, as RFC 7946 has an outer ring. */
static void begin_cell(struct cell *c, struct spot hall)
{
    static const struct spot octagon[8] = {{REACH, -CORNER},  {REACH, CORNER},  {CORNER, REACH},
                                           {-CORNER, REACH},  {-REACH, CORNER}, {-REACH, -CORNER},
                                           {-CORNER, -REACH}, {CORNER, -REACH}};
    c->n = 8;
    for (size_t i = 0; i < 8; i++)
        c->corners[i] = (struct spot){hall.x + octagon[i].x, hall.y + octagon[i].y};
}

/* How much nearer p lies to `hall` than to `other`: twice the distance to the line half-way between
 * them, times the distance of the two. */
static int64_t nearer(struct spot p, struct spot hall, struct spot other)
{
    return (other.x - hall.x) * (hall.x + other.x - 2 * p.x) +
           (other.y - hall.y) * (hall.y + other.y - 2 * p.y);
}

/* Keeps what is nearer to hall than to other. Lengths stay below 2^20, sides below 2^42. */
static void cut(struct cell *c, struct spot hall, struct spot other)
{
    struct cell left = {.n = 0};
    for (size_t i = 0; i < c->n; i++) {
        struct spot a = c->corners[i], b = c->corners[(i + 1) % c->n];
        int64_t side_a = nearer(a, hall, other), side_b = nearer(b, hall, other);
        if (side_a >= 0)
            left.corners[left.n++] = a;
        if ((side_a > 0 && side_b < 0) || (side_a < 0 && side_b > 0))
            left.corners[left.n++] = (struct spot){a.x + (b.x - a.x) * side_a / (side_a - side_b),
                                                   a.y + (b.y - a.y) * side_a / (side_a - side_b)};
    }
    *c = left;
}

static void put_degrees(struct bf_buf *out, int64_t micro)
{
    bf_buf_printf(out, "%d.%06d", (int)(micro / 1000000), (int)(micro % 1000000));
}

static void put_corner(struct bf_buf *out, struct spot p)
{
    bf_buf_char(out, '[');
    put_degrees(out, EAST_ORIGIN + p.x * 14 / 10);
    bf_buf_text(out, ", ");
    put_degrees(out, NORTH_ORIGIN + p.y * 9 / 10);
    bf_buf_char(out, ']');
}

static void put_contour(struct bf_rows *rows, const struct bf_town *town)
{
    struct bf_buf json;
    struct cell c;
    begin_cell(&c, spot_of(town));
    for (size_t i = 0; i < BF_TOWNS; i++)
        if (&bf_towns[i] != town)
            cut(&c, spot_of(town), spot_of(&bf_towns[i]));
    bf_buf_init(&json, 1 << 16);
    bf_buf_text(&json, "{\"type\": \"Polygon\", \"coordinates\": [[");
    for (size_t i = 0; i <= c.n; i++) {
        bf_buf_text(&json, i ? ", " : "");
        put_corner(&json, c.corners[i % c.n]);
    }
    bf_buf_text(&json, "]]}");
    bf_rows_json(rows, bf_buf_view(&json));
    bf_buf_fini(&json);
}

static void print(struct bf_rows *rows, uint64_t seed, int64_t tick)
{
    (void)seed;
    (void)tick;
    for (size_t i = 0; i < BF_TOWNS; i++) {
        bf_rows_text(rows, bf_towns[i].code);
        bf_rows_text(rows, bf_towns[i].name);
        bf_rows_text(rows, bf_towns[i].siren);
        bf_rows_int(rows, bf_towns[i].inhabitants);
        put_contour(rows, &bf_towns[i]);
    }
}

static const char *const names[] = {"insee", "nom", "siren", "population", "contour"};

const struct bf_sample bf_sample_communes = {
    .dataset = "communes",
    .period = 86400,
    .names = names,
    .n = sizeof names / sizeof names[0],
    .print = print,
};
