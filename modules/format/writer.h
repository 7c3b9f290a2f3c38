/*
 * format/writer: rows to bytes, one vtable for every format.
 *
 * Purpose    a protocol opens a writer on its output, gives it rows of cells, and ends it. Writers
 *            print straight from PostgreSQL's binary values; they know columns and cells, nothing
 *            of HTTP.
 * Ownership  the writer lies in the arena; columns, keys and options are the caller's and live as
 *            long; `out` is the caller's and is emptied by the caller between rows.
 * Errors     open gives NULL when the arena is full; later ones are sticky in `out`. A cell that is
 *            not of its column's type prints as null.
 *
 *     const struct bf_format *f = bf_format_named(BF_STR("csv"));
 *     struct bf_writer *w = f->open(a, out, columns, n, &options);
 *     f->begin(w); for each row f->row(w, cells); f->end(w);
 */
#ifndef BF_FORMAT_WRITER_H
#define BF_FORMAT_WRITER_H

#include "core/arena.h"
#include "core/buf.h"
#include "value/cell.h"
#include "value/zone.h"

struct bf_write_column {
    struct bf_str key;
    enum bf_type type;
    /* Of a text that holds several values: what stands between them; JSON shows an array,
     * CSV joins them anew. */
    struct bf_str separator;
    bool json; /* BF_JSON to be written as JSON by formats that are JSON, where it is */
    struct bf_str json_other; /* JSON instead of a text that is none; NULL: the text */
};

/* How to write; a format looks at what it knows. */
struct bf_write_options {
    const struct bf_zone *zone; /* of instants; never NULL */

    struct {                          /* csv; all zero: the plainest */
        char delimiter;               /* 0: `;` */
        struct bf_str list_separator; /* between the values of a list; empty: `,` */
        bool bom;
        bool quote_all;      /* every cell that is no number, boolean or null */
        bool guard_formulas; /* `'` before texts that a spreadsheet might run (CWE-1236) */
    } csv;

    struct {        /* geojson */
        int column; /* the column that becomes the geometry; -1: none, it is null */
        int cell;   /* the cell that holds it: the same, or another, transformed to `srid` */
        int srid;   /* EPSG code of that cell; 0: WGS 84 */
    } geometry;
};

struct bf_writer;

struct bf_format {
    const char *name; /* "json" */
    const char *content_type;
    const char *extension;
    bool labels;   /* a table with a header line, which may show labels instead of names */
    bool geometry; /* has a geometry of its own, which may be in another reference system */
    void (*begin)(struct bf_writer *w);
    void (*row)(struct bf_writer *w, const struct bf_cell *cells);
    void (*end)(struct bf_writer *w);
    struct bf_writer *(*open)(struct bf_arena *a, struct bf_buf *out,
                              const struct bf_write_column *columns, size_t n,
                              const struct bf_write_options *options);
};

struct bf_writer {
    const struct bf_format *format;
    struct bf_buf *out;
    const struct bf_write_column *columns;
    size_t n;
    const struct bf_write_options *options;
    uint64_t rows; /* written so far */
};

#endif
