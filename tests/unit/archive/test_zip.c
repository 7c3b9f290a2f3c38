/* ZIP archives as others make them: packed here by libzip, then spoilt byte by byte. */
#include "archive/zip.h"
#include "core/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../archive/pack.h"

enum { MOST = 20, ALL = 64 << 20 };

static struct bf_arena *arena;
static struct bf_err err;
static struct bf_zip_limits limits;

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(256 << 20);
    limits = (struct bf_zip_limits){.entries = MOST, .file_bytes = ALL, .all_bytes = ALL};
    bf_err_clear(&err);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* Every place of a name in the archive becomes another of the same length. */
static struct bf_str rename_in(struct bf_str z, const char *from, const char *to)
{
    size_t length = strlen(from);
    char *copy = bf_arena_alloc(arena, z.n);
    memcpy(copy, z.p, z.n);
    for (size_t i = 0; i + length <= z.n; i++)
        if (memcmp(copy + i, from, length) == 0)
            memcpy(copy + i, to, length);
    return (struct bf_str){copy, z.n};
}

static bool take(void *self, const char *p, size_t n, struct bf_err *e)
{
    (void)e;
    bf_buf_bytes(self, p, n);
    return !bf_buf_failed(self);
}

static struct bf_zip *open_zip(struct bf_str bytes)
{
    bf_err_clear(&err);
    return bf_zip_open(arena, bytes, &limits, &err);
}

/* What the file holds, or why it cannot be read; in the arena. */
static const char *read_file(struct bf_zip *z, const char *name)
{
    struct bf_buf b;
    assert_non_null(z);
    const struct bf_zip_file *f = bf_zip_find(z, bf_str_of(name));
    assert_non_null(f);
    bf_buf_init(&b, ALL);
    bf_err_clear(&err);
    bool ok = bf_zip_read(z, f, take, &b, &err);
    const char *text = ok ? bf_arena_dup(arena, bf_buf_view(&b)).p : err.message;
    bf_buf_fini(&b);
    return text;
}

static const struct file two[] = {
    {.name = "stops.txt", .text = "stop_id\n1\n", .method = ZIP_CM_STORE},
    {.name = "sub/"},
    {.name = "sub/é.txt", .text = "long long long long long long", .method = ZIP_CM_DEFLATE}};

static void test_files(void **state)
{
    size_t n;
    (void)state;
    struct bf_zip *z = open_zip(pack(arena, two, 3));
    assert_non_null(z);
    const struct bf_zip_file *files = bf_zip_files(z, &n);
    assert_int_equal(n, 2); /* a folder is no file */
    assert_string_equal(files[0].name.p, "stops.txt");
    assert_int_equal(files[0].bytes, 10);
    assert_string_equal(files[1].name.p, "sub/é.txt");
    assert_string_equal(read_file(z, "stops.txt"), "stop_id\n1\n");
    assert_string_equal(read_file(z, "sub/é.txt"), "long long long long long long");
    assert_string_equal(read_file(z, "stops.txt"), "stop_id\n1\n");
    assert_null(bf_zip_find(z, BF_STR("STOPS.TXT")));
}

static void test_no_archive(void **state)
{
    static const char *const bodies[] = {"", "PK", "<html>no</html>", "stop_id\n1\n",
                                         "PK\5\6 and then something that is none at all"};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_null(open_zip(bf_str_of(bodies[i])));
        assert_int_equal(err.code, BF_E_BODY);
        assert_string_equal(err.message, "The body is no ZIP archive, or it did not come whole.");
    }
    struct bf_str none = {"PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22};
    assert_null(open_zip(none));
    assert_string_equal(err.message, "The archive holds no file.");
}

/* An archive that was cut off is none: its list stands at the end. */
static void test_cut(void **state)
{
    (void)state;
    struct bf_str whole = pack(arena, two, 3);
    for (size_t n = 0; n < whole.n; n++) {
        struct bf_str cut = bf_arena_dup(arena, (struct bf_str){whole.p, n});
        assert_null(open_zip(cut));
        assert_int_equal(err.code, BF_E_BODY);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name, *why;
    } names[] = {
        {"../stop.txt", "The archive holds \"../stop.txt\", a name that leads out of it."},
        {"a/../../b.t", "The archive holds \"a/../../b.t\", a name that leads out of it."},
        {"/etc/passwd", "The archive holds \"/etc/passwd\", a name that leads out of it."},
        {"a//stop.txt", "The archive holds \"a//stop.txt\", a name that leads out of it."},
        {"././stop.tx", "The archive holds \"././stop.tx\", a name that leads out of it."},
        {"C:\\stops.tx", "The name of the entry 1 of the archive is not one of a file."},
        {"..\\..\\st.tx", "The name of the entry 1 of the archive is not one of a file."},
        {"a\nstops.txt", "The name of the entry 1 of the archive is not one of a file."},
        {"..........", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct file one = {.name = names[i].name, .text = "x"};
        struct bf_zip *z = open_zip(pack(arena, &one, 1));
        if (!names[i].why) {
            assert_string_equal(read_file(z, one.name), "x");
            continue;
        }
        assert_null(z);
        assert_int_equal(err.code, BF_E_BODY);
        assert_string_equal(err.message, names[i].why);
    }
}

static void test_long_name(void **state)
{
    char name[BF_ZIP_NAME + 2];
    const struct file one = {.name = name, .text = "x"};
    (void)state;
    memset(name, 'n', sizeof name);
    name[BF_ZIP_NAME] = '\0';
    assert_non_null(open_zip(pack(arena, &one, 1)));
    name[BF_ZIP_NAME] = 'n';
    name[BF_ZIP_NAME + 1] = '\0';
    assert_null(open_zip(pack(arena, &one, 1)));
}

static void test_twice(void **state)
{
    const struct file files[] = {{.name = "stops.txt", .text = "a"},
                                 {.name = "stopz.txt", .text = "b"}};
    (void)state;
    struct bf_str z = rename_in(pack(arena, files, 2), "stopz.txt", "stops.txt");
    assert_null(open_zip(z));
    assert_string_equal(err.message, "The archive holds \"stops.txt\" twice.");
}

static void test_too_many(void **state)
{
    struct file files[MOST + 1];
    char names[MOST + 1][8];
    (void)state;
    for (int i = 0; i <= MOST; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        files[i] = (struct file){.name = names[i], .text = "x"};
    }
    assert_non_null(open_zip(pack(arena, files, MOST)));
    assert_null(open_zip(pack(arena, files, MOST + 1)));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    assert_string_equal(err.message, "The archive holds 21 files, more than 20.");
}

static void test_sizes(void **state)
{
    const struct file files[] = {{.name = "a", .text = "0123456789"},
                                 {.name = "b", .text = "0123456789"}};
    (void)state;
    limits.file_bytes = 9;
    struct bf_str bytes = pack(arena, files, 2);
    assert_string_equal(read_file(open_zip(bytes), "a"), "\"a\" has more than 9 bytes.");
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    limits.file_bytes = 10;
    limits.all_bytes = 15;
    struct bf_zip *z = open_zip(bytes);
    assert_string_equal(read_file(z, "a"), "0123456789");
    assert_string_equal(read_file(z, "b"), "The files of the archive have more than 15 bytes.");
}

/* Nothing but zeros: a thousand bytes of each that came. */
static void test_bomb(void **state)
{
    enum { ZEROS = 5 << 20 };
    char *zeros = calloc(1, ZEROS);
    const struct file files[] = {
        {.name = "bomb", .text = zeros, .n = ZEROS, .method = ZIP_CM_DEFLATE},
        {.name = "small", .text = zeros, .n = 4 << 20, .method = ZIP_CM_DEFLATE}};
    (void)state;
    struct bf_zip *z = open_zip(pack(arena, files, 2));
    assert_string_equal(read_file(z, "bomb"),
                        "\"bomb\" has more than 200 bytes for each packed one, as no table has.");
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    assert_int_equal(read_file(z, "small")[0], 0);
    assert_int_equal(err.code, BF_E_NONE);
    free(zeros);
}

/* Offset of the central directory's record of the first entry. */
static size_t central(struct bf_str z)
{
    for (size_t i = 0; i + 4 < z.n; i++)
        if (memcmp(z.p + i, "PK\1\2", 4) == 0)
            return i;
    fail();
    return 0;
}

static struct bf_str with_byte(struct bf_str z, size_t at, unsigned char byte)
{
    char *copy = bf_arena_alloc(arena, z.n);
    memcpy(copy, z.p, z.n);
    copy[at] = (char)byte;
    return (struct bf_str){copy, z.n};
}

/* APPNOTE 4.3.12: flags at 8, method at 10, CRC at 16, unpacked size at 24. */
static void test_refused(void **state)
{
    const struct file bzip = {.name = "b", .text = "x", .method = ZIP_CM_BZIP2};
    const struct file one = {.name = "a", .text = "some text of a file", .method = ZIP_CM_STORE};
    (void)state;
    struct bf_str z = pack(arena, &one, 1);
    size_t at = central(z);
    assert_string_equal(read_file(open_zip(pack(arena, &bzip, 1)), "b"),
                        "\"b\" is packed by the method 12; stored and deflated files are read.");
    assert_string_equal(read_file(open_zip(with_byte(z, at + 8, 1)), "a"), "\"a\" is encrypted.");
    assert_string_equal(read_file(open_zip(with_byte(z, at + 10, 9)), "a"),
                        "\"a\" is packed by the method 9; stored and deflated files are read.");
    assert_string_equal(read_file(open_zip(with_byte(z, at + 16, 1)), "a"), "\"a\" is damaged.");
    assert_string_equal(read_file(open_zip(with_byte(z, at + 24, 5)), "a"), "\"a\" is damaged.");
    assert_string_equal(read_file(open_zip(with_byte(z, 33, 'X')), "a"), "\"a\" is damaged.");
}

static bool refuse(void *self, const char *p, size_t n, struct bf_err *e)
{
    (void)self;
    (void)p;
    (void)n;
    return BF_FAIL_WITH(e, BF_E_STORAGE, "enough");
}

static void test_taker_ends_it(void **state)
{
    (void)state;
    struct bf_zip *z = open_zip(pack(arena, two, 3));
    assert_false(bf_zip_read(z, bf_zip_find(z, BF_STR("stops.txt")), refuse, NULL, &err));
    assert_string_equal(err.message, "enough");
}

/* Each byte of an archive spoilt: read, or refused with a word. */
static void test_spoilt(void **state)
{
    size_t n;
    (void)state;
    struct bf_str whole = pack(arena, two, 3);
    for (size_t i = 0; i < whole.n; i++) {
        struct bf_zip *z = open_zip(with_byte(whole, i, (unsigned char)(whole.p[i] ^ 0x41)));
        if (!z) {
            assert_true(bf_err_is_set(&err) && bf_str_is_utf8(bf_str_of(err.message)));
            continue;
        }
        const struct bf_zip_file *files = bf_zip_files(z, &n);
        for (size_t k = 0; k < n; k++)
            read_file(z, files[k].name.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_no_archive, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_cut, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_names, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_long_name, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_twice, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_too_many, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_sizes, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_bomb, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_refused, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_taker_ends_it, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(test_spoilt, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
