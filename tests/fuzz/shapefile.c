/* Shapefiles: five files in one input, each behind its length, and options. What is read are lines
 * of JSON whose geometries the intake takes, or a sentence. */
#include "shapefile/shapefile.h"

#include "api/push/members.h"
#include "value/geometry.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* Two bytes of length, then so many. */
static struct bf_str cut(struct bf_str *rest)
{
    size_t n = rest->n < 2 ? 0 : (unsigned char)rest->p[0] | (size_t)(unsigned char)rest->p[1] << 8;
    size_t skip = rest->n < 2 ? rest->n : 2;
    *rest = (struct bf_str){rest->p + skip, rest->n - skip};
    if (n > rest->n)
        n = rest->n;
    /* A copy of its own, so that a byte too far is seen. */
    char *copy = malloc(n ? n : 1);
    check(copy != NULL);
    memcpy(copy, rest->p, n);
    *rest = (struct bf_str){rest->p + n, rest->n - n};
    return (struct bf_str){copy, n};
}

static bool take(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct bf_arena *a;
    struct bf_members m;
    struct bf_member one;
    const char *why = NULL;
    (void)self;
    (void)err;
    if (n == 1 && p[0] == '\n') /* a record that was deleted */
        return true;
    a = bf_arena_new(MEMORY);
    check(a != NULL && n > 2 && p[n - 1] == '\n' && !memchr(p, '\n', n - 1));
    bf_members_open(&m, a, (struct bf_str){p, n - 1});
    while (bf_members_next(&m, &one)) {
        struct bf_geometry g;
        if (!bf_str_eq(one.name, BF_STR("geometry")) || one.kind == BF_MEMBER_NULL)
            continue;
        check(bf_geometry_read(a, one.text, BF_GEOMETRY_ROW_VERTICES, &g, &why));
    }
    check(!m.why);
    bf_arena_free(a);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bf_str rest = {(const char *)data, size}, files[5];
    struct bf_arena *a = bf_arena_new(MEMORY);
    struct bf_shapefile_options o = {.geometry = BF_STR("geometry"), .number = BF_STR("number")};
    struct bf_shapefile_said said;
    static struct bf_err err;
    if (!a || size < 1) {
        bf_arena_free(a);
        return 0;
    }
    if (data[0] & 1)
        o.crs = data[0] & 2 ? BF_STR("EPSG:4326") : BF_STR("EPSG:2154");
    if (data[0] & 4)
        o.encoding = BF_STR("windows-1252");
    rest = (struct bf_str){rest.p + 1, rest.n - 1};
    for (int i = 0; i < 5; i++)
        files[i] = cut(&rest);
    const struct bf_shapefile_parts parts = {
        .shp = files[0], .shx = files[1], .dbf = files[2], .prj = files[3], .cpg = files[4]};
    bf_err_clear(&err);
    if (!bf_shapefile_read(a, &parts, &o, take, NULL, &said, &err))
        check(err.code != BF_E_NONE && bf_str_is_utf8(bf_str_of(err.message)));
    for (int i = 0; i < 5; i++)
        free((char *)(uintptr_t)files[i].p);
    bf_arena_free(a);
    return 0;
}
