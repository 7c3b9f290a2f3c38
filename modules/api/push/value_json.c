#include "api/push/value_json.h"

#include "value/number.h"

#include <jansson.h>

#include <math.h>
#include <string.h>

/* Whole numbers up to here are exact in a double. */
static const double exact_most = 9007199254740992.0;

static const char *from_whole(const struct bf_member *m, struct bf_value *out)
{
    double real;
    out->type = BF_INT;
    if (m->kind != BF_MEMBER_NUMBER)
        return bf_value_expected(BF_INT);
    if (bf_number_int(m->text, &out->integer))
        return NULL;
    if (!bf_number_real(m->text, &real) || rint(real) != real || fabs(real) > exact_most)
        return bf_value_expected(BF_INT);
    out->integer = (int64_t)real;
    return NULL;
}

static const char *from_number(const struct bf_member *m, struct bf_value *out)
{
    out->type = BF_DOUBLE;
    if (m->kind == BF_MEMBER_NUMBER && bf_number_real(m->text, &out->real))
        return NULL;
    return bf_value_expected(BF_DOUBLE);
}

static const char *from_bool(const struct bf_member *m, struct bf_value *out)
{
    *out = (struct bf_value){.type = BF_BOOL, .boolean = m->kind == BF_MEMBER_TRUE};
    bool good = m->kind == BF_MEMBER_TRUE || m->kind == BF_MEMBER_FALSE;
    return good ? NULL : bf_value_expected(BF_BOOL);
}

/* ---- points ---- */

static const char *point_of(double lon, double lat, struct bf_value *out)
{
    *out = (struct bf_value){.type = BF_GEO_POINT, .point = {lon, lat}};
    if (!(fabs(lat) <= 90))
        return "the latitude is not within -90 and 90";
    return fabs(lon) <= 180 ? NULL : "the longitude is not within -180 and 180";
}

static bool real_of(struct bf_str text, double *out)
{
    text = bf_str_trim(text);
    return bf_members_is_number(text) && bf_number_real(text, out);
}

/* [latitude, longitude], as the Explore API 1.0 writes points. */
static const char *from_pair(struct bf_str text, struct bf_value *out)
{
    double lat;
    double lon;
    struct bf_str rest;
    struct bf_str inside = {text.p + 1, text.n - 2};
    struct bf_str first = bf_str_cut(inside, ',', &rest);
    if (!rest.p || !real_of(first, &lat) || !real_of(rest, &lon))
        return bf_value_expected(BF_GEO_POINT);
    return point_of(lon, lat, out);
}

/* {"lon": 3.06, "lat": 50.63}: by far the most frequent. */
static bool is_plain_point(const struct bf_target *t, struct bf_str text, double place[2])
{
    struct bf_members members;
    struct bf_member m;
    bool seen[2] = {false, false};
    bf_members_open(&members, t->arena, text);
    while (bf_members_next(&members, &m)) {
        bool lat = bf_str_eq(m.name, BF_STR("lat"));
        if ((!lat && !bf_str_eq(m.name, BF_STR("lon"))) || m.kind != BF_MEMBER_NUMBER ||
            seen[lat] || !bf_number_real(m.text, &place[lat]))
            return false;
        seen[lat] = true;
    }
    return !members.why && seen[0] && seen[1];
}

static const char *from_object(const struct bf_target *t, struct bf_str text, struct bf_value *out)
{
    static const char type[] = "\"type\"";
    double place[2];
    if (is_plain_point(t, text, place))
        return point_of(place[0], place[1], out);
    if (memmem(text.p, text.n, type, sizeof type - 1))
        return bf_value_point(t, text, out);
    return bf_value_expected(BF_GEO_POINT);
}

static const char *from_point(const struct bf_target *t, const struct bf_member *m,
                              struct bf_value *out)
{
    if (m->kind == BF_MEMBER_OBJECT)
        return from_object(t, m->text, out);
    if (m->kind == BF_MEMBER_ARRAY)
        return from_pair(m->text, out);
    if (m->kind == BF_MEMBER_TEXT)
        return bf_value_point(t, m->text, out);
    return bf_value_expected(BF_GEO_POINT);
}

static const char *from_shape(const struct bf_target *t, const struct bf_member *m,
                              struct bf_value *out)
{
    if (m->kind == BF_MEMBER_OBJECT || m->kind == BF_MEMBER_TEXT)
        return bf_value_shape(t, m->text, out);
    return bf_value_expected(BF_GEO_SHAPE);
}

/* ---- texts and JSON ---- */

static const char *from_text(const struct bf_target *t, const struct bf_member *m,
                             struct bf_value *out)
{
    enum bf_type type = t->field->column.type;
    if (m->kind != BF_MEMBER_TEXT)
        return bf_value_expected(type);
    if (type == BF_DATE)
        return bf_value_date(m->text, out);
    if (type == BF_DATETIME)
        return bf_value_datetime(t, m->text, out);
    *out = (struct bf_value){.type = BF_TEXT, .text = m->text};
    return NULL;
}

static json_t *tree_of(struct bf_str text)
{
    return json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

bool bf_value_is_json(const struct bf_member *m)
{
    if (m->kind != BF_MEMBER_OBJECT && m->kind != BF_MEMBER_ARRAY)
        return true;
    json_t *json = tree_of(m->text);
    json_decref(json);
    return json != NULL;
}

/* The text without blanks between its parts: numbers stay as they were written. */
static struct bf_str compact(struct bf_arena *a, struct bf_str text)
{
    char *copy = bf_arena_alloc(a, text.n);
    size_t n = 0;
    bool inside = false;
    for (size_t i = 0; copy && i < text.n; i++) {
        char c = text.p[i];
        if (inside && c == '\\')
            copy[n++] = text.p[i++];
        else if (c == '"')
            inside = !inside;
        if (inside || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
            copy[n++] = text.p[i];
    }
    return (struct bf_str){copy, n};
}

static const char *from_any(const struct bf_target *t, const struct bf_member *m,
                            struct bf_value *out)
{
    bool nested = m->kind == BF_MEMBER_OBJECT || m->kind == BF_MEMBER_ARRAY;
    if (!bf_value_is_json(m))
        return "it is not JSON, or names a member twice";
    *out = (struct bf_value){.type = BF_JSON};
    out->text = nested ? compact(t->arena, m->text) : m->text;
    return out->text.p ? NULL : "it is too large";
}

const char *bf_value_from_json(const struct bf_target *t, const struct bf_member *m,
                               struct bf_value *out)
{
    out->type = BF_NULL;
    if (m->kind == BF_MEMBER_NULL)
        return NULL;
    switch (t->field->column.type) {
    case BF_BOOL:
        return from_bool(m, out);
    case BF_INT:
        return from_whole(m, out);
    case BF_DOUBLE:
        return from_number(m, out);
    case BF_GEO_POINT:
        return from_point(t, m, out);
    case BF_GEO_SHAPE:
        return from_shape(t, m, out);
    case BF_JSON:
        return from_any(t, m, out);
    case BF_DATE:
    case BF_DATETIME:
    case BF_NULL:
    case BF_TEXT:
        break;
    }
    return from_text(t, m, out);
}
