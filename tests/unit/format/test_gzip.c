#include "cells.h"

#include "format/gzip.h"

#include <zlib.h>

enum { WINDOW = 15 + 16 };

/* What gunzip makes of `out`; the stream must end with it. */
static size_t unpack(char *to, size_t room)
{
    z_stream z = {.next_in = (Bytef *)out.p, .avail_in = (uInt)out.n};
    assert_int_equal(inflateInit2(&z, WINDOW), Z_OK);
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
    return room - z.avail_out;
}

static void in_pieces(void **state)
{
    (void)state;
    static char all[300000], back[sizeof all + 1];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof all; i++) {
        seed = seed * 1664525 + 1013904223;
        all[i] = (char)(seed >> 24); /* hard to pack, so that pieces of output fill up */
    }
    static const size_t pieces[] = {1, 1000, 40000, sizeof all};
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        struct bf_gzip *g = bf_gzip_new(arena);
        bf_buf_clear(&out);
        for (size_t at = 0; at < sizeof all; at += pieces[p]) {
            size_t n = sizeof all - at < pieces[p] ? sizeof all - at : pieces[p];
            bf_gzip_feed(g, (struct bf_str){all + at, n}, &out);
        }
        bf_gzip_end(g, &out);
        assert_int_equal(unpack(back, sizeof back), sizeof all);
        assert_memory_equal(back, all, sizeof all);
    }
}

static void nothing_and_the_same_twice(void **state)
{
    (void)state;
    char back[8];
    struct bf_gzip *g = bf_gzip_new(arena);
    bf_gzip_feed(g, BF_STR(""), &out);
    bf_gzip_end(g, &out);
    assert_int_equal(unpack(back, sizeof back), 0);
    size_t first = out.n;
    g = bf_gzip_new(arena);
    bf_gzip_end(g, &out);
    assert_int_equal(out.n, 2 * first);
    assert_memory_equal(out.p, out.p + first, first);
}

static void no_memory(void **state)
{
    (void)state;
    struct bf_buf tight;
    bf_buf_init(&tight, 1000);
    struct bf_gzip *g = bf_gzip_new(arena);
    bf_gzip_feed(g, BF_STR("abc"), &tight);
    bf_gzip_end(g, &tight);
    assert_true(bf_buf_failed(&tight));
    bf_buf_fini(&tight);
    struct bf_arena *small = bf_arena_new(0);
    assert_null(bf_gzip_new(small));
    bf_arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(in_pieces), TEST(nothing_and_the_same_twice),
                                       TEST(no_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
