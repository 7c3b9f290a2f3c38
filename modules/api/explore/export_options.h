/*
 * api/explore/export_options: the parameters of exports (contract 3.4 and 5.1), read once per
 * request.
 *
 * A parameter that a format has no use for is checked all the same and changes nothing.
 */
#ifndef BF_API_EXPLORE_EXPORT_OPTIONS_H
#define BF_API_EXPLORE_EXPORT_OPTIONS_H

#include "api/explore/parameters.h"
#include "format/formats.h"

struct explore_export {
    const struct bf_format *format;
    struct bf_write_options options; /* but the geometry, which the query must be known for */
    bool labels, compressed;
    int64_t epsg;            /* 4326: nothing to transform */
    struct bf_str geo_field; /* main_geo_field, or {NULL, 0} */
};

/* vars[format_var] names the format. */
bool explore_read_export(struct bf_request *r, size_t format_var);

/* Sets the error of a format that is not there. Always false. */
bool explore_no_format(struct bf_request *r, struct bf_str name);

/* What the answer depends on beside its query, the format included. */
void explore_export_normal(const struct bf_request *r, struct bf_buf *out);

#endif
