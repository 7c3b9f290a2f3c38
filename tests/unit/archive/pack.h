/* Files packed into a ZIP by libzip, for tests that include cmocka before. */
#ifndef BF_TESTS_ARCHIVE_PACK_H
#define BF_TESTS_ARCHIVE_PACK_H

#include "core/arena.h"

#include <string.h>
#include <zip.h>

struct file {
    const char *name, *text;
    size_t n; /* 0: of the text */
    int method;
};

/* Its own piece of memory, so that a read beyond it is seen. */
static inline struct bf_str pack(struct bf_arena *arena, const struct file *files, size_t n)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *to = zip_source_buffer_create(NULL, 0, 0, &why);
    assert_non_null(to);
    zip_source_keep(to);
    zip_t *z = zip_open_from_source(to, ZIP_TRUNCATE, &why);
    assert_non_null(z);
    for (size_t i = 0; i < n; i++) {
        const struct file *f = &files[i];
        size_t length = strlen(f->name);
        if (length && f->name[length - 1] == '/') {
            assert_true(zip_dir_add(z, f->name, 0) >= 0);
            continue;
        }
        zip_source_t *from = zip_source_buffer(z, f->text, f->n ? f->n : strlen(f->text), 0);
        zip_int64_t at = zip_file_add(z, f->name, from, 0);
        assert_true(at >= 0);
        assert_int_equal(zip_set_file_compression(z, (zip_uint64_t)at, f->method, 0), 0);
    }
    assert_int_equal(zip_close(z), 0);
    assert_int_equal(zip_source_open(to), 0);
    zip_stat_t s;
    assert_int_equal(zip_source_stat(to, &s), 0);
    char *bytes = bf_arena_alloc(arena, s.size);
    assert_int_equal(zip_source_read(to, bytes, s.size), s.size);
    zip_source_close(to);
    zip_source_free(to);
    zip_error_fini(&why);
    return (struct bf_str){bytes, s.size};
}

#endif
