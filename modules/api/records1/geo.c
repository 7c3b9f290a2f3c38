#include "api/records1/geo.h"

#include "query/bound.h"
#include "value/number.h"
#include "value/type.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double MOST = 1e9; /* of a number in a condition, so that it needs no exponent */

void records1_name(struct bf_buf *out, struct bf_str name)
{
    bf_buf_char(out, '`');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '`' || name.p[i] == '\\')
            bf_buf_char(out, '\\');
        bf_buf_char(out, name.p[i]);
    }
    bf_buf_char(out, '`');
}

/* ODSQL has no exponents. */
static void number(struct bf_buf *out, double v)
{
    char text[BF_NUMBER_MAX];
    snprintf(text, sizeof text, "%.15g", v);
    if (strchr(text, 'e'))
        snprintf(text, sizeof text, "%.12f", v);
    bf_buf_text(out, text);
}

static void position(struct bf_buf *out, struct bf_point p)
{
    number(out, p.lon);
    bf_buf_char(out, ' ');
    number(out, p.lat);
}

static bool read_number(struct bf_str text, double *out)
{
    return bf_number_real(bf_str_trim(text), out) && fabs(*out) <= MOST;
}

static bool refuse(struct bf_err *err, const char *parameter, const char *expected,
                   struct bf_str found)
{
    bf_err_at(err, bf_str_of(parameter), -1);
    return BF_FAIL_WITH(err, BF_E_PARAMETER,
                        "Invalid value for %s API parameter: %.*s was found but %s is expected.",
                        parameter, (int)(found.n < 200 ? found.n : 200), found.p, expected);
}

static bool too_large(struct bf_err *err, const char *parameter, size_t vertices)
{
    struct bf_bound_text text;
    bf_err_at(err, bf_str_of(parameter), -1);
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "Invalid value for %s API parameter: %s.", parameter,
                        bf_bound_say(&text, BF_BOUND_VERTICES, (int64_t)vertices, NULL));
}

static bool read_place(struct bf_str text, struct bf_point *out, struct bf_str *rest)
{
    struct bf_str lon;
    struct bf_str lat = bf_str_cut(text, ',', &lon);
    lon = bf_str_cut(lon.p ? lon : BF_STR(""), ',', rest);
    return read_number(lat, &out->lat) && read_number(lon, &out->lon) && fabs(out->lat) <= 90 &&
           fabs(out->lon) <= 180;
}

bool records1_distance(struct bf_buf *out, struct bf_str field, struct bf_str place,
                       struct bf_str metres, const char *parameter, struct bf_err *err)
{
    struct bf_point p;
    struct bf_str rest;
    double radius;
    bool good = read_place(place, &p, &rest);
    if (good && metres.p)
        good = !rest.p;
    else
        metres = rest;
    if (!good || !metres.p || !read_number(metres, &radius) || radius < 0)
        return refuse(err, parameter, "latitude,longitude,metres", place);
    bf_buf_text(out, "within_distance(");
    records1_name(out, field);
    bf_buf_text(out, ", geom'POINT(");
    position(out, p);
    bf_buf_text(out, ")', ");
    number(out, radius);
    bf_buf_text(out, "m)");
    return true;
}

/* The next `(lat,lon)` of the text, which moves on behind it and a comma. */
static bool take_point(struct bf_str *text, struct bf_point *out)
{
    struct bf_str inside;
    struct bf_str rest;
    struct bf_str before = bf_str_cut(*text, '(', &inside);
    if (!inside.p || bf_str_trim(before).n)
        return false;
    inside = bf_str_cut(inside, ')', text);
    if (!text->p || !read_place(inside, out, &rest) || rest.p)
        return false;
    *text = bf_str_trim(*text);
    if (text->n == 0)
        return true;
    if (text->p[0] != ',' || text->n == 1)
        return false;
    *text = bf_str_trim((struct bf_str){text->p + 1, text->n - 1});
    return true;
}

/* `((50,3),…)` as `(50,3),…`. */
static struct bf_str without_outer(struct bf_str s)
{
    s = bf_str_trim(s);
    struct bf_str inner = {s.p + 1, s.n > 1 ? s.n - 2 : 0};
    if (s.n < 2 || s.p[0] != '(' || s.p[s.n - 1] != ')')
        return s;
    inner = bf_str_trim(inner);
    return inner.n && inner.p[0] == '(' ? inner : s;
}

bool records1_polygon(struct bf_buf *out, const char *relation, struct bf_str field,
                      struct bf_str points, const char *parameter, struct bf_err *err)
{
    static const char expected[] = "(latitude,longitude) three times or more, joined by commas,";
    struct bf_str rest = without_outer(points);
    struct bf_point first = {0, 0};
    struct bf_point p = {0, 0};
    size_t n = 0;
    bf_buf_printf(out, "%s(", relation);
    records1_name(out, field);
    bf_buf_text(out, ", geom'POLYGON((");
    for (; rest.n; n++) {
        if (!take_point(&rest, &p))
            return refuse(err, parameter, expected, points);
        if (n >= BF_MOST_VERTICES)
            continue;
        if (n == 0)
            first = p;
        bf_buf_text(out, n ? ", " : "");
        position(out, p);
    }
    if (n < 3)
        return refuse(err, parameter, expected, points);
    if (n > BF_MOST_VERTICES)
        return too_large(err, parameter, n);
    if (first.lat < p.lat || first.lat > p.lat || first.lon < p.lon || first.lon > p.lon) {
        bf_buf_text(out, ", ");
        position(out, first);
    }
    bf_buf_text(out, "))')");
    return true;
}

bool records1_box(struct bf_buf *out, struct bf_str field, struct bf_str corners,
                  const char *parameter, struct bf_err *err)
{
    struct bf_point low;
    struct bf_point high;
    struct bf_str rest;
    struct bf_str last;
    if (!read_place(corners, &low, &rest) || !rest.p || !read_place(rest, &high, &last) || last.p)
        return refuse(err, parameter, "south,west,north,east in degrees", corners);
    double edges[] = {low.lat, low.lon, high.lat, high.lon};
    bf_buf_text(out, "in_bbox(");
    records1_name(out, field);
    for (size_t i = 0; i < 4; i++) {
        bf_buf_text(out, ", ");
        number(out, edges[i]);
    }
    bf_buf_char(out, ')');
    return true;
}
