/*
 * ZIP archives of strangers: whatever lies in them, each file comes within the limits or not at
 * all, and why it does not can be said.
 */
#include "archive/zip.h"

#include <stdlib.h>

enum { FILE_BYTES = 1 << 20, ALL_BYTES = 2 << 20, ENTRIES = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool take(void *self, const char *p, size_t n, struct bf_err *err)
{
    size_t *bytes = self;
    (void)err;
    *bytes += n;
    return p[0] != '!';
}

static void check_error(const struct bf_err *err)
{
    must(bf_str_is_utf8(bf_str_of(err->message)) && bf_str_of(err->message).n > 0);
}

static void read_all(struct bf_zip *z)
{
    size_t n, all = 0;
    struct bf_err err;
    const struct bf_zip_file *files = bf_zip_files(z, &n);
    must(n > 0 && n <= ENTRIES);
    for (size_t i = 0; i < n; i++) {
        size_t one = 0;
        must(bf_zip_find(z, files[i].name) == &files[i]);
        bf_err_clear(&err);
        if (!bf_zip_read(z, &files[i], take, &one, &err) && one == 0)
            check_error(&err);
        all += one;
        must(one <= FILE_BYTES && all <= ALL_BYTES);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    const struct bf_zip_limits limits = {ENTRIES, FILE_BYTES, ALL_BYTES};
    struct bf_arena *a = bf_arena_new(16u << 20);
    struct bf_err err;
    bf_err_clear(&err);
    struct bf_zip *z = bf_zip_open(a, (struct bf_str){(const char *)bytes, n}, &limits, &err);
    if (z)
        read_all(z);
    else
        check_error(&err);
    bf_arena_free(a);
    return 0;
}
