/* Cells of every type, and what a writer made of them. */
#ifndef TESTS_UNIT_FORMAT_CELLS_H
#define TESTS_UNIT_FORMAT_CELLS_H

#include "format/formats.h"
#include "value/geometry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_buf out, bytes;

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(1u << 20);
    bf_buf_init(&out, 1u << 20);
    bf_buf_init(&bytes, 1u << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    bf_buf_fini(&out);
    bf_buf_fini(&bytes);
    return 0;
}

static struct bf_cell cell_of(struct bf_value v)
{
    if (v.type == BF_NULL)
        return (struct bf_cell){NULL, -1};
    bf_buf_clear(&bytes);
    bf_cell_put(&bytes, &v);
    struct bf_str copy = bf_arena_dup(arena, bf_buf_view(&bytes));
    return (struct bf_cell){copy.p, (int32_t)copy.n};
}

static inline struct bf_cell text(const char *t)
{
    return cell_of((struct bf_value){.type = BF_TEXT, .text = bf_str_of(t)});
}

static inline struct bf_cell integer(int64_t v)
{
    return cell_of((struct bf_value){.type = BF_INT, .integer = v});
}

static inline struct bf_cell shape(const char *wkt)
{
    struct bf_geometry g;
    const char *why;
    assert_true(bf_geometry_read(arena, bf_str_of(wkt), 100, &g, &why));
    return cell_of((struct bf_value){.type = BF_GEO_SHAPE, .text = g.ewkb});
}

static inline void expect(const char *wanted)
{
    assert_false(bf_buf_failed(&out));
    bf_buf_char(&out, '\0');
    assert_string_equal(out.p, wanted);
    bf_buf_clear(&out);
}

static const struct bf_cell null = {NULL, -1};

static inline struct bf_cell real(double v)
{
    return cell_of((struct bf_value){.type = BF_DOUBLE, .real = v});
}

static inline struct bf_cell boolean(bool v)
{
    return cell_of((struct bf_value){.type = BF_BOOL, .boolean = v});
}

static inline struct bf_cell day(int32_t v)
{
    return cell_of((struct bf_value){.type = BF_DATE, .date = v});
}

static inline struct bf_cell instant(int64_t v)
{
    return cell_of((struct bf_value){.type = BF_DATETIME, .instant = v});
}

static inline struct bf_cell point(double lon, double lat)
{
    return cell_of((struct bf_value){.type = BF_GEO_POINT, .point = {lon, lat}});
}

/* What the format makes of n columns and rows of n cells each. */
static inline void write_all(const struct bf_format *f, const struct bf_write_column *columns,
                             size_t n, const struct bf_cell *cells, size_t rows,
                             const struct bf_write_options *options)
{
    struct bf_writer *w = f->open(arena, &out, columns, n, options);
    assert_non_null(w);
    f->begin(w);
    for (size_t i = 0; i < rows; i++)
        f->row(w, cells + i * n);
    f->end(w);
    assert_int_equal(w->rows, rows);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
