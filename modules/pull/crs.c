#include "pull/crs.h"

#include "api/push/members.h"
#include "value/number.h"
#include "value/shape.h"

#include <math.h>
#include <string.h>

static bool fail(const char **why, const char *what)
{
    *why = what;
    return false;
}

/* ---- the member crs ------------------------------------------------------------------------ */

/* The member of an object; empty: it is not there. */
static struct bf_str member_of(struct bf_arena *a, struct bf_str object, struct bf_str name)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_str found = BF_STR("");
    bf_members_open(&m, a, object);
    while (bf_members_next(&m, &one))
        if (bf_str_eq(one.name, name))
            found = one.text;
    return found;
}

/* urn:ogc:def:crs:EPSG::2154, EPSG:2154, http://www.opengis.net/def/crs/EPSG/0/2154 */
static struct bf_str number_in(struct bf_str name)
{
    size_t n = 0;
    while (n < name.n && name.p[name.n - 1 - n] >= '0' && name.p[name.n - 1 - n] <= '9')
        n++;
    bool epsg = n && memmem(name.p, name.n - n, "EPSG", 4) &&
                (name.p[name.n - 1 - n] == ':' || name.p[name.n - 1 - n] == '/');
    return epsg ? (struct bf_str){name.p + name.n - n, n} : (struct bf_str){NULL, 0};
}

bool bf_pull_crs_read(struct bf_arena *a, struct bf_str crs, struct bf_str *name,
                      struct bf_err *err)
{
    *name = (struct bf_str){NULL, 0};
    if (!crs.n || bf_str_eq(crs, BF_STR("null")))
        return true;
    struct bf_str said = member_of(a, member_of(a, crs, BF_STR("properties")), BF_STR("name"));
    if (bf_str_ends(said, BF_STR("CRS84")))
        return true;
    struct bf_str number = number_in(said);
    if (bf_str_eq(number, BF_STR("4326")))
        return true;
    if (number.n)
        *name = bf_arena_printf(a, "EPSG:%.*s", BF_STR_ARG(number));
    return bf_projection_is_name(*name) ||
           BF_FAIL_WITH(err, BF_E_BODY,
                        "The member crs of the body names no reference system of EPSG: name it in "
                        "\"crs\", such as EPSG:2154.");
}

/* ---- positions ----------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* The number at *at, which is moved behind it. */
static bool take_number(struct bf_str text, size_t *at, double *out)
{
    size_t start = *at;
    while (*at < text.n && is_of_number(text.p[*at]))
        ++*at;
    return bf_number_real((struct bf_str){text.p + start, *at - start}, out);
}

static size_t skip_blanks(struct bf_str text, size_t at)
{
    while (at < text.n && is_blank(text.p[at]))
        at++;
    return at;
}

bool bf_pull_crs_is_degrees(struct bf_str geometry)
{
    for (size_t i = 0; i < geometry.n; i++) {
        double x, y;
        if (geometry.p[i] != '[')
            continue;
        size_t at = skip_blanks(geometry, i + 1);
        if (!take_number(geometry, &at, &x))
            continue;
        at = skip_blanks(geometry, at);
        if (at == geometry.n || geometry.p[at] != ',')
            continue;
        at = skip_blanks(geometry, at + 1);
        return !take_number(geometry, &at, &y) || (fabs(x) <= 180 && fabs(y) <= 90);
    }
    return true;
}

struct walk {
    struct bf_projection *p;
    struct bf_buf *out;
    double numbers[2];
    int n; /* numbers of the position that is read */
};

static bool end_position(struct walk *w, const char **why)
{
    struct bf_xy p = {w->numbers[0], w->numbers[1]};
    size_t at;
    if (w->n == 0)
        return true;
    if (w->n != 2)
        return fail(why, "a position is not an array of two numbers");
    w->n = 0;
    if (!bf_projection_to_degrees(w->p, &p, 1, &at))
        return fail(why, "a position lies far outside of where the reference system is used: name "
                         "the right one in \"crs\"");
    bf_number_print(w->out, p.x);
    bf_buf_char(w->out, ',');
    bf_number_print(w->out, p.y);
    return true;
}

/* One mark or number of the arrays; whether they nest as the type needs is asked by the intake. */
static bool step(struct walk *w, struct bf_str text, size_t *at, const char **why)
{
    char c = text.p[*at];
    if (is_of_number(c)) {
        double v;
        if (!take_number(text, at, &v))
            return fail(why, "a coordinate is not a number");
        if (w->n == 2)
            return fail(why, "a position has more than two numbers");
        w->numbers[w->n++] = v;
        return true;
    }
    if (c != '[' && c != ']' && c != ',' && !is_blank(c))
        return fail(why, "a coordinate is not a number");
    if (c == '[' && w->n)
        return fail(why, "a position is not an array of two numbers");
    if (c == ']' && !end_position(w, why))
        return false;
    if (!is_blank(c) && !(c == ',' && w->n))
        bf_buf_char(w->out, c);
    ++*at;
    return true;
}

static bool change_coordinates(struct bf_projection *p, struct bf_str text, struct bf_buf *out,
                               const char **why)
{
    struct walk w = {.p = p, .out = out};
    for (size_t at = 0; at < text.n;)
        if (!step(&w, text, &at, why))
            return false;
    return true;
}

/* ---- geometries ---------------------------------------------------------------------------- */

struct change {
    struct bf_arena *arena;
    struct bf_projection *p;
    struct bf_buf *out;
    const char **why;
};

static bool change_geometry(const struct change *c, struct bf_str text, int depth);

static bool change_list(const struct change *c, struct bf_str list, int depth)
{
    struct bf_members m;
    struct bf_member one;
    size_t n = 0;
    bf_members_open(&m, c->arena, list);
    bf_buf_char(c->out, '[');
    while (bf_members_next_element(&m, &one)) {
        bf_buf_text(c->out, n++ ? "," : "");
        if (one.kind != BF_MEMBER_OBJECT)
            return fail(c->why, "a geometry is not an object");
        if (!change_geometry(c, one.text, depth + 1))
            return false;
    }
    bf_buf_char(c->out, ']');
    return !m.why || fail(c->why, m.why);
}

static bool change_member(const struct change *c, const struct bf_member *one, size_t *n, int depth)
{
    bool type = bf_str_eq(one->name, BF_STR("type")) && one->kind == BF_MEMBER_TEXT;
    bool coordinates = bf_str_eq(one->name, BF_STR("coordinates")) && one->kind == BF_MEMBER_ARRAY;
    bool geometries = bf_str_eq(one->name, BF_STR("geometries")) && one->kind == BF_MEMBER_ARRAY;
    if (!type && !coordinates && !geometries)
        return true;
    bf_buf_text(c->out, (*n)++ ? "," : "");
    bf_buf_json(c->out, one->name);
    bf_buf_char(c->out, ':');
    if (type)
        bf_buf_json(c->out, one->text);
    return type || (coordinates ? change_coordinates(c->p, one->text, c->out, c->why)
                                : change_list(c, one->text, depth));
}

static bool change_geometry(const struct change *c, struct bf_str text, int depth)
{
    struct bf_members m;
    struct bf_member one;
    size_t n = 0;
    if (depth > BF_SHAPE_COLLECTIONS)
        return fail(c->why, "collections are nested too deep");
    bf_members_open(&m, c->arena, text);
    bf_buf_char(c->out, '{');
    while (bf_members_next(&m, &one))
        if (!change_member(c, &one, &n, depth))
            return false;
    bf_buf_char(c->out, '}');
    return !m.why || fail(c->why, m.why);
}

bool bf_pull_crs_change(struct bf_arena *a, struct bf_projection *p, struct bf_str geometry,
                        struct bf_buf *out, const char **why)
{
    const struct change c = {.arena = a, .p = p, .out = out, .why = why};
    return change_geometry(&c, geometry, 0);
}
