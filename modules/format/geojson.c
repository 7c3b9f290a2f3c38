#include "format/formats.h"

#include "format/json_row.h"
#include "value/geometry.h"

static const int wgs84 = 4326;

static void begin(struct bf_writer *w)
{
    bf_buf_str(w->out, BF_STR("{\"type\": \"FeatureCollection\", "));
    int srid = w->options->geometry.srid;
    if (srid != 0 && srid != wgs84)
        bf_buf_printf(w->out,
                      "\"crs\": {\"type\": \"name\", \"properties\": {\"name\": "
                      "\"urn:ogc:def:crs:EPSG::%d\"}}, ",
                      srid);
    bf_buf_str(w->out, BF_STR("\"features\": ["));
}

static void print_geometry(struct bf_writer *w, const struct bf_cell *cells)
{
    struct bf_cell c = {NULL, -1};
    if (w->options->geometry.column >= 0)
        c = cells[w->options->geometry.cell];
    if (bf_cell_null(c) || !bf_geometry_print_json(w->out, bf_cell_text(c), true))
        bf_buf_str(w->out, BF_STR("null"));
}

static void row(struct bf_writer *w, const struct bf_cell *cells)
{
    if (w->rows++)
        bf_buf_char(w->out, ',');
    bf_buf_str(w->out, BF_STR("{\"type\": \"Feature\", \"geometry\": "));
    print_geometry(w, cells);
    bf_buf_str(w->out, BF_STR(", \"properties\": "));
    bf_json_writer_row(w, cells);
    bf_buf_char(w->out, '}');
}

static void end(struct bf_writer *w)
{
    bf_buf_str(w->out, BF_STR("]}"));
}

static struct bf_writer *open_geojson(struct bf_arena *a, struct bf_buf *out,
                                      const struct bf_write_column *columns, size_t n,
                                      const struct bf_write_options *options)
{
    int column = options->geometry.column;
    bool shape = column >= 0 && columns[column].type == BF_GEO_SHAPE;
    return bf_json_writer_open(&bf_format_geojson, a, out, columns, n, options,
                               shape ? column : -1);
}

const struct bf_format bf_format_geojson = {
    .name = "geojson",
    .content_type = "application/geo+json",
    .extension = "geojson",
    .geometry = true,
    .begin = begin,
    .row = row,
    .end = end,
    .open = open_geojson,
};
