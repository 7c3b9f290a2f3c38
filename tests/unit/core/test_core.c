/* core: what its headers promise about memory, texts and settings. */
#include "core/arena.h"
#include "core/buf.h"
#include "core/conf.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/map.h"
#include "core/siphash.h"

#include <openssl/evp.h>
#include <openssl/params.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char order[8];
static char first[] = "1";
static char second[] = "2";

static void note(void *what)
{
    strncat(order, what, 1);
}

static void arena_runs_deferred_newest_first_and_once(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(1 << 20);
    order[0] = '\0';
    assert_true(bf_defer(a, note, first));
    assert_true(bf_defer(a, note, second));
    bf_arena_reset(a);
    assert_string_equal(order, "21");
    bf_arena_free(a);
    assert_string_equal(order, "21");
}

static void arena_keeps_its_cap_and_stays_failed_until_reset(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(1000);
    assert_non_null(bf_arena_alloc(a, 900));
    assert_null(bf_arena_alloc(a, 200));
    assert_true(bf_arena_failed(a));
    assert_null(bf_arena_zalloc(a, SIZE_MAX / 2, 4)); /* count * size overflows */
    order[0] = '\0';
    assert_false(bf_defer(a, note, first) && bf_arena_used(a) > 1000);
    bf_arena_reset(a);
    assert_false(bf_arena_failed(a));
    assert_non_null(bf_arena_alloc(a, 900));
    bf_arena_free(a);
}

static void arena_gives_aligned_memory_over_many_blocks(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(64 << 20);
    for (size_t i = 1; i < 3000; i++) {
        char *p = bf_arena_alloc(a, i);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, (int)i, i);
    }
    assert_string_equal(bf_arena_printf(a, "%d-%s", 7, "x").p, "7-x");
    bf_arena_free(a);
}

static void buf_is_sticky_at_its_maximum(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 10);
    bf_buf_text(&b, "12345678");
    bf_buf_text(&b, "90a");
    assert_true(bf_buf_failed(&b));
    assert_int_equal(b.n, 8);
    bf_buf_clear(&b);
    bf_buf_text(&b, "1234567890");
    assert_false(bf_buf_failed(&b));
    bf_buf_fini(&b);
}

static void buf_prints_extreme_numbers(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1000);
    bf_buf_i64(&b, INT64_MIN);
    bf_buf_char(&b, ' ');
    bf_buf_u64(&b, UINT64_MAX);
    bf_buf_char(&b, ' ');
    bf_buf_u64(&b, 0);
    bf_buf_char(&b, '\0');
    assert_string_equal(b.p, "-9223372036854775808 18446744073709551615 0");
    bf_buf_fini(&b);
}

static void buf_escapes_json(void **state)
{
    (void)state;
    struct bf_buf b;
    bf_buf_init(&b, 1000);
    bf_buf_json(&b, BF_STR("a\"\\/\b\f\n\r\t\x01\x1f\x7f é"));
    bf_buf_char(&b, '\0');
    assert_string_equal(b.p, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f é\"");
    bf_buf_fini(&b);
}

static void str_knows_utf8(void **state)
{
    (void)state;
    assert_true(bf_str_is_utf8(BF_STR("Mons-en-Barœul \xF0\x9F\x9A\xB2")));
    static const char *const bad[] = {
        "\xC0\xAF",         /* overlong */
        "\xED\xA0\x80",     /* surrogate */
        "\xF4\x90\x80\x80", /* beyond U+10FFFF */
        "\xE2\x82",         /* cut off */
        "\x80",             /* alone */
        "\xC3\x28",         /* no continuation */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_str_is_utf8(bf_str_of(bad[i])));
    assert_false(bf_str_is_utf8((struct bf_str){"a\0b", 3}));
    assert_int_equal(bf_str_chars(BF_STR("œé="), 4), 2);
    assert_int_equal(bf_str_clip(BF_STR("a\xC5\x93"), 3).n, 3);
    assert_int_equal(bf_str_clip(BF_STR("a\xC5\x93"), 2).n, 1);
    assert_int_equal(bf_str_clip(BF_STR("\xC5\x93"), 1).n, 0);
}

static void str_cuts_at_the_first_mark(void **state)
{
    (void)state;
    struct bf_str rest;
    struct bf_str head = bf_str_cut(BF_STR("a:b:c"), ':', &rest);
    assert_true(bf_str_eq(head, BF_STR("a")) && bf_str_eq(rest, BF_STR("b:c")));
    head = bf_str_cut(BF_STR("abc"), ':', &rest);
    assert_true(bf_str_eq(head, BF_STR("abc")) && rest.p == NULL);
    head = bf_str_cut(BF_STR("abc:"), ':', &rest);
    assert_true(rest.p != NULL && rest.n == 0);
}

static void map_finds_what_was_put(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(1 << 20);
    struct bf_map map;
    bf_map_init(&map, a);
    assert_null(bf_map_get(&map, BF_STR("x")));
    for (int i = 0; i < 1000; i++)
        assert_true(bf_map_put(&map, bf_arena_printf(a, "name%d", i),
                               bf_arena_printf(a, "%d", i).p ? (void *)(uintptr_t)(i + 1) : NULL));
    assert_false(bf_map_put(&map, BF_STR("name7"), a));
    for (int i = 0; i < 1000; i++)
        assert_int_equal((uintptr_t)bf_map_get(&map, bf_arena_printf(a, "name%d", i)), i + 1);
    assert_null(bf_map_get(&map, BF_STR("name1000")));
    bf_arena_free(a);
}

static void the_first_error_wins_and_nothing_is_cut_silently(void **state)
{
    (void)state;
    struct bf_err *err = malloc(sizeof *err);
    bf_err_clear(err);
    char *text = malloc(20000);
    memset(text, 0xC3, 20000);
    for (int i = 0; i < 19999; i++)
        text[i] = i % 2 ? (char)0xA9 : (char)0xC3; /* é */
    text[19998] = '\0';
    assert_false(BF_FAIL_WITH(err, BF_E_PARAMETER, "%s", text));
    BF_FAIL_WITH(err, BF_E_INTERNAL, "second");
    assert_int_equal(err->code, BF_E_PARAMETER);
    assert_int_equal(err->http, 400);
    struct bf_str message = bf_str_of(err->message);
    assert_true(bf_str_ends(message, BF_STR(" [cut]")));
    assert_true(bf_str_is_utf8(message));
    free(text);
    free(err);
}

static void sha256_of_abc(void **state)
{
    (void)state;
    unsigned char out[BF_DIGEST_BYTES];
    bf_digest_of(BF_STR("abc"), out); /* FIPS 180-4 example */
    static const unsigned char head[] = {0xba, 0x78, 0x16, 0xbf};
    assert_memory_equal(out, head, sizeof head);
}

static bool load(struct bf_conf *conf, const char *text, struct bf_err *err)
{
    char path[] = "/tmp/beffroi-conf-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    bf_err_clear(err);
    bool ok = bf_conf_load(conf, path, err);
    unlink(path);
    return ok;
}

static void conf_reads_lines_and_names_mistakes(void **state)
{
    (void)state;
    static struct bf_conf conf;
    static struct bf_err err;
    assert_true(load(&conf, "# a comment\n\n run_dir = /x y \nread_workers=7\n", &err));
    assert_string_equal(conf.run_dir, "/x y");
    assert_int_equal(conf.read_workers, 7);
    assert_int_equal(conf.export_workers, 2);
    assert_false(load(&conf, "read_workers = 0\n", &err));
    assert_non_null(
        strstr(err.message, ":1: read_workers is '0', but a whole number from 1 to 256"));
    assert_false(load(&conf, "\nread_worker = 1\n", &err));
    assert_non_null(strstr(err.message, ":2: 'read_worker' is not a setting"));
    assert_false(load(&conf, "read_workers = 3x\n", &err));
    assert_false(load(&conf, "backlog = 99999999999999999999\n", &err));
}

static void conf_lets_the_environment_win(void **state)
{
    (void)state;
    static struct bf_conf conf;
    static struct bf_err err;
    setenv("BEFFROI_READ_WORKERS", "9", 1);
    assert_true(load(&conf, "read_workers = 7\n", &err));
    unsetenv("BEFFROI_READ_WORKERS");
    assert_int_equal(conf.read_workers, 9);
}

/* What libcrypto says of the same bytes. */
static uint64_t siphash_of_libcrypto(const unsigned char *key, const unsigned char *bytes, size_t n)
{
    unsigned char out[8];
    size_t got = 0;
    uint64_t word = 0;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *c = EVP_MAC_CTX_new(mac);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t("size", &(size_t){sizeof out}),
                                 OSSL_PARAM_construct_end()};
    assert_int_equal(EVP_MAC_init(c, key, BF_SIPHASH_KEY, params), 1);
    assert_int_equal(EVP_MAC_update(c, bytes, n), 1);
    assert_int_equal(EVP_MAC_final(c, out, &got, sizeof out), 1);
    EVP_MAC_CTX_free(c);
    EVP_MAC_free(mac);
    for (size_t i = 0; i < got; i++)
        word |= (uint64_t)out[i] << (8 * i);
    return word;
}

/* The key and the texts of the paper's appendix A: 00, 01, 02, … */
static void siphash_is_that_of_the_paper(void **state)
{
    (void)state;
    unsigned char key[BF_SIPHASH_KEY], bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    memcpy(key, bytes, sizeof key);
    assert_true(bf_siphash(key, bytes, 15) == UINT64_C(0xa129ca6149be45e5));
    for (size_t n = 0; n <= sizeof bytes; n++)
        assert_true(bf_siphash(key, bytes, n) == siphash_of_libcrypto(key, bytes, n));
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] ^= 0xa5;
        assert_true(bf_siphash(key, bytes, 9) == siphash_of_libcrypto(key, bytes, 9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_runs_deferred_newest_first_and_once),
        cmocka_unit_test(arena_keeps_its_cap_and_stays_failed_until_reset),
        cmocka_unit_test(arena_gives_aligned_memory_over_many_blocks),
        cmocka_unit_test(buf_is_sticky_at_its_maximum),
        cmocka_unit_test(buf_prints_extreme_numbers),
        cmocka_unit_test(buf_escapes_json),
        cmocka_unit_test(str_knows_utf8),
        cmocka_unit_test(str_cuts_at_the_first_mark),
        cmocka_unit_test(map_finds_what_was_put),
        cmocka_unit_test(the_first_error_wins_and_nothing_is_cut_silently),
        cmocka_unit_test(sha256_of_abc),
        cmocka_unit_test(siphash_is_that_of_the_paper),
        cmocka_unit_test(conf_reads_lines_and_names_mistakes),
        cmocka_unit_test(conf_lets_the_environment_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
