#include "value/wkt.h"

#include "value/number.h"

#include <stdlib.h>
#include <string.h>

/* The text ahead and where it goes. */
struct wkt {
    struct bf_str rest;
    struct bf_shape *shape;
};

static const char no_z[] = "Z and M coordinates are not supported";

static bool fail(struct wkt *w, const char *why)
{
    return bf_shape_fail(w->shape, why);
}

static void skip(struct wkt *w, size_t n)
{
    w->rest.p += n;
    w->rest.n -= n;
}

/* The next character that is no blank; 0 at the end. */
static char peek(struct wkt *w)
{
    while (w->rest.n && (w->rest.p[0] == ' ' || (w->rest.p[0] >= '\t' && w->rest.p[0] <= '\r')))
        skip(w, 1);
    return w->rest.n ? w->rest.p[0] : '\0';
}

static bool next_is(struct wkt *w, char c)
{
    if (peek(w) != c || c == '\0')
        return false;
    skip(w, 1);
    return true;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static struct bf_str word(struct wkt *w)
{
    struct bf_str s = {w->rest.p, 0};
    if (letter(peek(w)))
        for (s.p = w->rest.p; w->rest.n && letter(w->rest.p[0]); s.n++)
            skip(w, 1);
    return s;
}

static bool number_char(char c)
{
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
}

/* WKT's numbers may begin with `+` or `.` and end with `.`, which the strict reader refuses; hence
 * strtod, on characters that leave it no room for anything but a decimal number. */
static bool number(struct wkt *w, double *out)
{
    char text[64];
    size_t n = 0;
    peek(w);
    while (n < w->rest.n && n < sizeof text - 1 && number_char(w->rest.p[n]))
        n++;
    memcpy(text, w->rest.p, n);
    text[n] = '\0';
    char *end = text;
    *out = strtod(text, &end);
    skip(w, n);
    if (n == 0 || end != text + n)
        return fail(w, "a coordinate is not a number");
    return true;
}

static bool position(struct wkt *w)
{
    double lon, lat;
    if (!number(w, &lon) || !number(w, &lat))
        return false;
    if (number_char(peek(w)))
        return fail(w, no_z);
    return bf_shape_vertex(w->shape, lon, lat);
}

static bool body(struct wkt *w, int kind);
static bool tagged(struct wkt *w);

/* One element of the list that makes up a geometry of that kind. */
static bool element(struct wkt *w, int kind)
{
    struct bf_shape *s = w->shape;
    switch (kind) {
    case BF_SHAPE_POLYGON:
        return bf_shape_ring(s) && body(w, BF_SHAPE_RING) && bf_shape_close(s);
    case BF_SHAPE_MULTI_POINT:
        if (!bf_shape_open(s, BF_SHAPE_POINT))
            return false;
        return (peek(w) == '(' ? body(w, BF_SHAPE_POINT) : position(w)) && bf_shape_close(s);
    case BF_SHAPE_MULTI_LINE:
    case BF_SHAPE_MULTI_POLYGON:
        return bf_shape_open(s, kind - 3) && body(w, kind - 3) && bf_shape_close(s);
    case BF_SHAPE_COLLECTION:
        return tagged(w);
    default: /* ring, point, line */
        return position(w);
    }
}

static bool body(struct wkt *w, int kind)
{
    if (!next_is(w, '('))
        return fail(w, "a ( is missing");
    do {
        if (!element(w, kind))
            return false;
    } while (next_is(w, ','));
    return next_is(w, ')') || fail(w, "a ) or a comma is missing");
}

static int kind_named(struct bf_str name)
{
    for (int kind = BF_SHAPE_POINT; kind <= BF_SHAPE_COLLECTION; kind++)
        if (bf_str_eq_nocase(name, bf_str_of(bf_shape_name(kind))))
            return kind;
    return 0;
}

/* What a name that is no geometry's may be: one with the dimension glued to it (`POINTZ`). */
static const char *unknown_name(struct bf_str name)
{
    size_t n = name.n;
    while (n && (name.p[n - 1] == 'Z' || name.p[n - 1] == 'M'))
        n--;
    return kind_named((struct bf_str){name.p, n}) ? no_z : "the geometry type is not known";
}

/* A name and what belongs to it. It is as deep as the shape lets it be. */
static bool tagged(struct wkt *w)
{
    struct bf_str name = word(w);
    int kind = kind_named(name);
    if (!kind)
        return fail(w, unknown_name(name));
    struct bf_str tag = word(w);
    if (bf_str_eq_nocase(tag, BF_STR("EMPTY")))
        return fail(w, "the geometry or a part of it is empty");
    if (tag.n)
        return fail(w, tag.n <= 2 ? no_z : "a ( is missing");
    return bf_shape_open(w->shape, kind) && body(w, kind) && bf_shape_close(w->shape);
}

static bool srid(struct wkt *w)
{
    struct bf_str prefix = BF_STR("SRID="), rest;
    if (w->rest.n < prefix.n || !bf_str_eq_nocase((struct bf_str){w->rest.p, prefix.n}, prefix))
        return true;
    skip(w, prefix.n);
    struct bf_str digits = bf_str_cut(w->rest, ';', &rest);
    int64_t v;
    if (!rest.p || !bf_number_int(digits, &v) || v != BF_SHAPE_SRID)
        return fail(w, "the SRID is not 4326 (WGS 84 longitude and latitude)");
    w->rest = rest;
    return true;
}

bool bf_wkt_read(struct bf_shape *s, struct bf_str text)
{
    struct wkt w = {bf_str_trim(text), s};
    if (!srid(&w) || !tagged(&w))
        return false;
    return peek(&w) == '\0' && w.rest.n == 0 ? true : fail(&w, "there is text after the geometry");
}
