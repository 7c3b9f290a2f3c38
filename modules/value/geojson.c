#include "value/geojson.h"

#include <jansson.h>
#include <string.h>

enum { DEPTH = 32 };

/* Before jansson allocates anything: nesting, and the number of arrays. Each position is an array,
 * and the arrays around them are at most two for each (a ring and a polygon for 4 of them at the
 * least); other members get as many again. */
static bool prescan(struct bf_shape *s, struct bf_str text)
{
    int depth = 0;
    size_t arrays = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{')) {
            arrays += c == '[';
            if (++depth > DEPTH)
                return bf_shape_fail(s, "the JSON is nested too deep");
        } else if (!quoted && (c == ']' || c == '}'))
            depth--;
    }
    return arrays <= 4 * s->most + 64 || bf_shape_fail(s, "there are too many positions");
}

static bool position(struct bf_shape *s, const json_t *j)
{
    size_t n = json_array_size(j); /* 0 when it is no array */
    if (n > 2)
        return bf_shape_fail(s, "a position has more than longitude and latitude");
    const json_t *lon = json_array_get(j, 0), *lat = json_array_get(j, 1);
    if (n < 2 || !json_is_number(lon) || !json_is_number(lat))
        return bf_shape_fail(s, "a position is not an array of two numbers");
    return bf_shape_vertex(s, json_number_value(lon), json_number_value(lat));
}

static bool list(struct bf_shape *s, const json_t *j, int kind);

static bool element(struct bf_shape *s, const json_t *j, int kind)
{
    switch (kind) {
    case BF_SHAPE_POLYGON:
        return bf_shape_ring(s) && list(s, j, BF_SHAPE_RING) && bf_shape_close(s);
    case BF_SHAPE_MULTI_POINT:
        return bf_shape_open(s, BF_SHAPE_POINT) && position(s, j) && bf_shape_close(s);
    case BF_SHAPE_MULTI_LINE:
    case BF_SHAPE_MULTI_POLYGON:
        return bf_shape_open(s, kind - 3) && list(s, j, kind - 3) && bf_shape_close(s);
    default: /* ring, line */
        return position(s, j);
    }
}

static bool list(struct bf_shape *s, const json_t *j, int kind)
{
    if (!json_is_array(j))
        return bf_shape_fail(s, "coordinates are not nested as the type needs");
    for (size_t i = 0, n = json_array_size(j); i < n; i++)
        if (!element(s, json_array_get(j, i), kind))
            return false;
    return true;
}

static int kind_of(const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    for (int kind = BF_SHAPE_POINT; type && kind <= BF_SHAPE_COLLECTION; kind++)
        if (strcmp(type, bf_shape_name(kind)) == 0)
            return kind;
    return 0;
}

static bool geometry(struct bf_shape *s, const json_t *object);

static bool collection(struct bf_shape *s, const json_t *parts)
{
    if (!json_is_array(parts))
        return bf_shape_fail(s, "a GeometryCollection has no geometries");
    for (size_t i = 0, n = json_array_size(parts); i < n; i++)
        if (!geometry(s, json_array_get(parts, i)))
            return false;
    return true;
}

/* It is as deep as the shape and the scan let it be. */
static bool geometry(struct bf_shape *s, const json_t *object)
{
    int kind = kind_of(object);
    if (!kind)
        return bf_shape_fail(s, "the type is none of GeoJSON's geometry types");
    if (!bf_shape_open(s, kind))
        return false;
    const json_t *coordinates = json_object_get(object, "coordinates");
    bool ok = kind == BF_SHAPE_COLLECTION ? collection(s, json_object_get(object, "geometries"))
              : kind == BF_SHAPE_POINT && json_array_size(coordinates) ? position(s, coordinates)
                                                                       : list(s, coordinates, kind);
    return ok && bf_shape_close(s);
}

/* `"crs": {"type": "name", "properties": {"name": "…"}}` of GeoJSON 2008. */
static bool crs_ok(struct bf_shape *s, const json_t *object)
{
    static const char *const names[] = {"urn:ogc:def:crs:OGC:1.3:CRS84",
                                        "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326",
                                        "EPSG:4326"};
    const json_t *crs = json_object_get(object, "crs");
    if (!crs || json_is_null(crs))
        return true;
    const json_t *properties = json_object_get(crs, "properties");
    const char *name = json_string_value(json_object_get(properties, "name"));
    for (size_t i = 0; name && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return bf_shape_fail(s, "the crs is not WGS 84 longitude and latitude");
}

static bool lon_lat(struct bf_shape *s, const json_t *lon, const json_t *lat)
{
    if (!json_is_number(lon) || !json_is_number(lat))
        return bf_shape_fail(s, "lon and lat are not two numbers");
    return bf_shape_open(s, BF_SHAPE_POINT) &&
           bf_shape_vertex(s, json_number_value(lon), json_number_value(lat)) && bf_shape_close(s);
}

static bool whole(struct bf_shape *s, const json_t *object)
{
    const json_t *type = json_object_get(object, "type");
    const json_t *lon = json_object_get(object, "lon"), *lat = json_object_get(object, "lat");
    if (!type && lon && lat)
        return lon_lat(s, lon, lat);
    if (!crs_ok(s, object))
        return false;
    if (!json_is_string(type) || strcmp(json_string_value(type), "Feature") != 0)
        return geometry(s, object);
    const json_t *inner = json_object_get(object, "geometry");
    if (!inner || json_is_null(inner))
        return bf_shape_fail(s, "the Feature has no geometry");
    return geometry(s, inner);
}

static const char *reason(const json_error_t *e)
{
    enum json_error_code code = json_error_code(e);
    return code == json_error_duplicate_key   ? "a member of the JSON comes twice"
           : code == json_error_out_of_memory ? "no memory for the geometry"
                                              : "it is not well-formed JSON";
}

bool bf_geojson_read(struct bf_shape *s, struct bf_str text)
{
    json_error_t e;
    if (!prescan(s, text))
        return false;
    json_t *object =
        json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &e);
    if (!object)
        return bf_shape_fail(s, reason(&e));
    bool ok = whole(s, object);
    json_decref(object);
    return ok;
}
