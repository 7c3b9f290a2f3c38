#include "api/push/value_json.h"

#include "value/number.h"

#include <math.h>

static struct bf_str text_of(const json_t *json)
{
    return (struct bf_str){json_string_value(json), json_string_length(json)};
}

static void print_array(struct bf_buf *out, const json_t *json)
{
    bf_buf_char(out, '[');
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i)
            bf_buf_char(out, ',');
        bf_json_print(out, json_array_get(json, i));
    }
    bf_buf_char(out, ']');
}

static void print_object(struct bf_buf *out, const json_t *json)
{
    /* Iterating does not change the object; jansson's iterator only lacks the const. */
    json_t *object = (json_t *)(uintptr_t)json;
    const char *name;
    json_t *value;
    char before = '{';
    json_object_foreach(object, name, value)
    {
        bf_buf_char(out, before);
        bf_buf_json(out, bf_str_of(name));
        bf_buf_char(out, ':');
        bf_json_print(out, value);
        before = ',';
    }
    bf_buf_text(out, before == '{' ? "{}" : "}");
}

void bf_json_print(struct bf_buf *out, const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        print_object(out, json);
        break;
    case JSON_ARRAY:
        print_array(out, json);
        break;
    case JSON_STRING:
        bf_buf_json(out, text_of(json));
        break;
    case JSON_INTEGER:
        bf_buf_i64(out, json_integer_value(json));
        break;
    case JSON_REAL:
        bf_number_print(out, json_real_value(json));
        break;
    case JSON_TRUE:
        bf_buf_text(out, "true");
        break;
    case JSON_FALSE:
        bf_buf_text(out, "false");
        break;
    case JSON_NULL:
        bf_buf_text(out, "null");
        break;
    }
}

static struct bf_str printed(const struct bf_target *t, const json_t *json, struct bf_buf *scratch)
{
    bf_buf_clear(scratch);
    bf_json_print(scratch, json);
    if (bf_buf_failed(scratch))
        return (struct bf_str){NULL, 0};
    return bf_arena_dup(t->arena, bf_buf_view(scratch));
}

static const char *from_whole(const json_t *json, struct bf_value *out)
{
    out->type = BF_INT;
    if (json_is_integer(json)) {
        out->integer = json_integer_value(json);
        return NULL;
    }
    double real = json_is_real(json) ? json_real_value(json) : 0.5;
    if (rint(real) != real || fabs(real) > 9007199254740992.0)
        return bf_value_expected(BF_INT);
    out->integer = (int64_t)real;
    return NULL;
}

static const char *from_number(const json_t *json, struct bf_value *out)
{
    *out = (struct bf_value){.type = BF_DOUBLE, .real = json_number_value(json)};
    return json_is_number(json) ? NULL : bf_value_expected(BF_DOUBLE);
}

static const char *point_of(double lon, double lat, struct bf_value *out)
{
    *out = (struct bf_value){.type = BF_GEO_POINT, .point = {lon, lat}};
    if (!(fabs(lat) <= 90))
        return "the latitude is not within -90 and 90";
    return fabs(lon) <= 180 ? NULL : "the longitude is not within -180 and 180";
}

/* [latitude, longitude], as the Explore API 1.0 writes points. */
static const char *from_pair(const json_t *json, struct bf_value *out)
{
    const json_t *lat = json_array_get(json, 0);
    const json_t *lon = json_array_get(json, 1);
    if (json_array_size(json) != 2 || !json_is_number(lat) || !json_is_number(lon))
        return bf_value_expected(BF_GEO_POINT);
    return point_of(json_number_value(lon), json_number_value(lat), out);
}

static const char *from_point(const struct bf_target *t, const json_t *json, struct bf_buf *scratch,
                              struct bf_value *out)
{
    if (json_is_string(json))
        return bf_value_point(t, text_of(json), out);
    if (json_is_array(json))
        return from_pair(json, out);
    const json_t *lon = json_object_get(json, "lon");
    const json_t *lat = json_object_get(json, "lat");
    if (json_is_number(lon) && json_is_number(lat) && json_object_size(json) == 2)
        return point_of(json_number_value(lon), json_number_value(lat), out);
    if (!json_is_object(json) || !json_object_get(json, "type"))
        return bf_value_expected(BF_GEO_POINT);
    struct bf_str text = printed(t, json, scratch);
    return text.p ? bf_value_point(t, text, out) : "it is too large";
}

static const char *from_shape(const struct bf_target *t, const json_t *json, struct bf_buf *scratch,
                              struct bf_value *out)
{
    if (json_is_string(json))
        return bf_value_shape(t, text_of(json), out);
    if (!json_is_object(json))
        return bf_value_expected(BF_GEO_SHAPE);
    struct bf_str text = printed(t, json, scratch);
    return text.p ? bf_value_shape(t, text, out) : "it is too large";
}

static const char *from_text(const struct bf_target *t, const json_t *json, struct bf_value *out)
{
    enum bf_type type = t->field->column.type;
    if (!json_is_string(json))
        return bf_value_expected(type);
    if (type == BF_DATE)
        return bf_value_date(text_of(json), out);
    if (type == BF_DATETIME)
        return bf_value_datetime(t, text_of(json), out);
    *out = (struct bf_value){.type = BF_TEXT, .text = text_of(json)};
    return NULL;
}

static const char *from_any(const struct bf_target *t, const json_t *json, struct bf_buf *scratch,
                            struct bf_value *out)
{
    *out = (struct bf_value){.type = BF_JSON};
    out->text = json_is_string(json) ? text_of(json) : printed(t, json, scratch);
    return out->text.p ? NULL : "it is too large";
}

const char *bf_value_from_json(const struct bf_target *t, const json_t *json,
                               struct bf_buf *scratch, struct bf_value *out)
{
    out->type = BF_NULL;
    if (json_is_null(json))
        return NULL;
    switch (t->field->column.type) {
    case BF_BOOL:
        *out = (struct bf_value){.type = BF_BOOL, .boolean = json_is_true(json)};
        return json_is_boolean(json) ? NULL : bf_value_expected(BF_BOOL);
    case BF_INT:
        return from_whole(json, out);
    case BF_DOUBLE:
        return from_number(json, out);
    case BF_GEO_POINT:
        return from_point(t, json, scratch, out);
    case BF_GEO_SHAPE:
        return from_shape(t, json, scratch, out);
    case BF_JSON:
        return from_any(t, json, scratch, out);
    case BF_DATE:
    case BF_DATETIME:
    case BF_NULL:
    case BF_TEXT:
        break;
    }
    return from_text(t, json, out);
}
