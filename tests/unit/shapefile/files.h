/* The files of a shapefile, written by a test: into buffers that he may spoil. */
#ifndef BF_TESTS_SHAPEFILE_FILES_H
#define BF_TESTS_SHAPEFILE_FILES_H

#include "shapefile/shapefile.h"

#include <endian.h>
#include <string.h>

struct file {
    char p[8192];
    size_t n;
};

struct files {
    struct file shp, shx, dbf;
    const char *prj, *cpg;
    uint32_t records;
    int32_t type;
    size_t at; /* of the record that is written */
};

static inline void put(struct file *f, const void *p, size_t n)
{
    memcpy(f->p + f->n, p, n);
    f->n += n;
}

static inline void put_big(struct file *f, uint32_t v)
{
    v = htobe32(v);
    put(f, &v, sizeof v);
}

static inline void put_little(struct file *f, uint32_t v)
{
    v = htole32(v);
    put(f, &v, sizeof v);
}

static inline void put_real(struct file *f, double v)
{
    put(f, &v, sizeof v); /* the machines that this is built for are little-endian */
}

static inline void set_big(struct file *f, size_t at, uint32_t v)
{
    v = htobe32(v);
    memcpy(f->p + at, &v, sizeof v);
}

static inline void begin(struct files *f, int32_t type)
{
    memset(f, 0, sizeof *f);
    f->type = type;
    set_big(&f->shp, 0, 9994);
    set_big(&f->shx, 0, 9994);
    memcpy(f->shp.p + 32, &type, sizeof type);
    memcpy(f->shx.p + 32, &type, sizeof type);
    f->shp.n = f->shx.n = 100;
}

static inline void begin_record(struct files *f, int32_t type)
{
    f->at = f->shp.n;
    put_big(&f->shp, ++f->records);
    put_big(&f->shp, 0);
    put_little(&f->shp, (uint32_t)type);
}

static inline void end_record(struct files *f)
{
    uint32_t words = (uint32_t)(f->shp.n - f->at - 8) / 2;
    set_big(&f->shp, f->at + 4, words);
    put_big(&f->shx, (uint32_t)f->at / 2);
    put_big(&f->shx, words);
    set_big(&f->shp, 24, (uint32_t)f->shp.n / 2);
    set_big(&f->shx, 24, (uint32_t)f->shx.n / 2);
}

static inline void put_box(struct files *f)
{
    for (int i = 0; i < 4; i++)
        put_real(&f->shp, 0);
}

/* Of x y pairs; a part ends at each of `ends`. */
static inline void add_parts(struct files *f, const uint32_t *starts, uint32_t parts,
                             const double *xy, uint32_t points)
{
    begin_record(f, f->type);
    put_box(f);
    put_little(&f->shp, parts);
    put_little(&f->shp, points);
    for (uint32_t i = 0; i < parts; i++)
        put_little(&f->shp, starts[i]);
    for (uint32_t i = 0; i < 2 * points; i++)
        put_real(&f->shp, xy[i]);
    if (f->type > 10) /* measures, or heights: as many again, behind a range of two */
        for (uint32_t i = 0; i < points + 2; i++)
            put_real(&f->shp, 7);
    end_record(f);
}

static inline void add_point(struct files *f, double x, double y)
{
    begin_record(f, f->type);
    put_real(&f->shp, x);
    put_real(&f->shp, y);
    if (f->type > 10)
        put_real(&f->shp, 7);
    end_record(f);
}

static inline void add_null(struct files *f)
{
    begin_record(f, 0);
    end_record(f);
}

struct field {
    const char *name;
    char type;
    unsigned char n;
};

/* Rows as they stand in the file, each with its mark. */
static inline void write_dbf(struct files *f, const struct field *fields, size_t n,
                             const char *rows, uint32_t nrows)
{
    uint16_t head = (uint16_t)(32 + 32 * n + 1), row = 1;
    f->dbf.n = 32;
    for (size_t i = 0; i < n; i++) {
        char field[32] = {0};
        for (size_t k = 0; k < 11 && fields[i].name[k]; k++)
            field[k] = fields[i].name[k];
        field[11] = fields[i].type;
        field[16] = (char)fields[i].n;
        put(&f->dbf, field, sizeof field);
        row = (uint16_t)(row + fields[i].n);
    }
    put(&f->dbf, "\r", 1);
    put(&f->dbf, rows, (size_t)row * nrows);
    put(&f->dbf, "\x1A", 1);
    f->dbf.p[0] = 3;
    memcpy(f->dbf.p + 4, &nrows, 4);
    memcpy(f->dbf.p + 8, &head, 2);
    memcpy(f->dbf.p + 10, &row, 2);
}

static inline struct bf_shapefile_parts parts_of(const struct files *f)
{
    return (struct bf_shapefile_parts){.shp = {f->shp.p, f->shp.n},
                                       .shx = {f->shx.p, f->shx.n},
                                       .dbf = {f->dbf.p, f->dbf.n},
                                       .prj = bf_str_of(f->prj),
                                       .cpg = bf_str_of(f->cpg)};
}

#endif
