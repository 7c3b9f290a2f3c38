/* Geometries from clients (WKT, hexadecimal WKB, GeoJSON, points) and the printing of WKB.
 * What is read must print as GeoJSON that reads as the same bytes. */
#include "value/geometry.h"

#include <stdlib.h>

enum { MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static void read_and_print(struct bf_arena *a, struct bf_buf *out, struct bf_str text)
{
    struct bf_geometry g, again;
    struct bf_point p;
    const char *why = NULL;
    if (!bf_geometry_read(a, text, MOST, &g, &why)) {
        check(why != NULL);
        return;
    }
    check(g.vertices >= 1 && g.vertices <= MOST && g.kind >= 1 && g.kind <= 7);
    check(bf_geometry_point(g.ewkb, &p) == (g.kind == 1));
    check(bf_geometry_print_json(out, g.ewkb, g.vertices % 2) && !bf_buf_failed(out));
    check(bf_geometry_read(a, bf_buf_view(out), MOST, &again, &why));
    check(bf_str_eq(g.ewkb, again.ewkb));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bf_str text = {(const char *)data, size};
    struct bf_arena *a = bf_arena_new(1u << 20);
    struct bf_buf out;
    struct bf_point p;
    const char *why = NULL;
    if (!a)
        return 0;
    bf_buf_init(&out, 16u << 20);
    read_and_print(a, &out, text);
    bf_buf_clear(&out);
    if (!bf_geometry_print_json(&out, text, true))
        check(out.n == 0);
    if (!bf_point_read(a, text, &p, &why))
        check(why != NULL);
    bf_buf_fini(&out);
    bf_arena_free(a);
    return 0;
}
