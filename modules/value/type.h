/*
 * value/type: the types of fields and a value of one of them.
 *
 * Purpose    one enum (that of the handler ABI), its names in manifests and in the Explore API, and
 *            its PostgreSQL column type. bf_type_info of an unknown type is that of BF_NULL.
 * Ownership  struct bf_value borrows its text.
 */
#ifndef BF_VALUE_TYPE_H
#define BF_VALUE_TYPE_H

#include "core/str.h"

#include <beffroi/handler.h>

struct bf_point {
    double lon, lat; /* degrees, WGS 84 */
};

struct bf_value {
    enum bf_type type; /* BF_NULL: null */
    union {
        bool boolean;
        int64_t integer;
        double real;
        int32_t date;          /* days since 1970-01-01 */
        int64_t instant;       /* microseconds since 1970-01-01T00:00:00Z */
        struct bf_str text;    /* BF_TEXT, BF_JSON: UTF-8; BF_GEO_SHAPE: EWKB */
        struct bf_point point; /* BF_GEO_POINT */
    };
};

struct bf_value bf_value_text(struct bf_str text);
struct bf_value bf_value_text_or_null(struct bf_str text); /* null when it is empty */
struct bf_value bf_value_int(int64_t n);
struct bf_value bf_value_seconds(int64_t seconds); /* an instant, from 1970 on */

struct bf_type_info {
    enum bf_type type;
    const char *name; /* "text int double boolean date datetime geo_point_2d geo_shape json_blob" */
    const char *column;   /* "text bigint …": the PostgreSQL type of its column */
    const char *expected; /* "a whole number", for messages */
};

const struct bf_type_info *bf_type_info(enum bf_type type);
const struct bf_type_info *bf_type_named(struct bf_str name); /* NULL: no such type */

#endif
