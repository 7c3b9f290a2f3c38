/*
 * format/formats: the formats there are, in the order in which they are listed.
 */
#ifndef BF_FORMAT_FORMATS_H
#define BF_FORMAT_FORMATS_H

#include "format/writer.h"

/* RFC 4180 with `;`: a header line, CRLF after every line, quotes only where they are needed, an
 * empty cell for null, `True` and `False`, points as `lat, lon`, shapes as GeoJSON geometries
 * (contract 5, 5.1). A row of one empty cell is `""`, since an empty line is no row to many. */
extern const struct bf_format bf_format_csv;
/* RFC 7946: a FeatureCollection. Geometry is null where a row has none. Every column is a property
 * but the shape that became the geometry; points stay `{"lon", "lat"}` in degrees whatever the
 * reference system of the geometry, which is named by a `crs` member (GeoJSON of 2008) when it is
 * not WGS 84. */
extern const struct bf_format bf_format_geojson;
/* `[{"a": 1},{"a": 2}]`, elements joined by a bare comma (contract 5.1). */
extern const struct bf_format bf_format_json;
/* One object per line. */
extern const struct bf_format bf_format_jsonl;

/* Ends with NULL. */
extern const struct bf_format *const bf_formats[];
const struct bf_format *bf_format_named(struct bf_str name); /* NULL: none */

#endif
