#include "cli/attachments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *path_of(struct bf_arena *a, const struct bf_folder *f, size_t i)
{
    return bf_arena_printf(a, "%s/%.*s", f->dir, BF_STR_ARG(f->manifest->attachments[i].file)).p;
}

static void check_one(const struct bf_folder *f, size_t i, off_t *sum, struct bf_report *report)
{
    struct stat st;
    const char *path = path_of(report->arena, f, i);
    struct bf_str at = bf_arena_printf(report->arena, "/attachments/%zu/file", i);
    if (!path || !at.p)
        return;
    if (stat(path, &st) != 0) {
        bf_report_add(report, f->path, at.p, "put the file beside dataset.json", "%s: %s", path,
                      strerror(errno));
        return;
    }
    if (!S_ISREG(st.st_mode))
        bf_report_add(report, f->path, at.p, "name a file", "%s is not a file", path);
    else if (st.st_size > BF_ATTACHMENT_BYTES)
        bf_report_add(report, f->path, at.p, "at most 8 MiB are kept", "%s has %lld bytes", path,
                      (long long)st.st_size);
    *sum += st.st_size;
}

void bf_attachments_check(const struct bf_folders *all, struct bf_report *report)
{
    for (size_t f = 0; f < all->n; f++) {
        const struct bf_manifest *m = all->items[f].manifest;
        off_t sum = 0;
        for (size_t i = 0; m && i < m->nattachments; i++)
            check_one(&all->items[f], i, &sum, report);
        if (sum > BF_ATTACHMENTS_BYTES)
            bf_report_add(report, all->items[f].path, "/attachments",
                          "at most 64 MiB are kept together", "the files have %lld bytes",
                          (long long)sum);
    }
}

static bool load_one(struct bf_arena *a, const char *path, struct bf_str *out, struct bf_err *err)
{
    struct stat st;
    FILE *in = path ? fopen(path, "re") : NULL;
    bool ok = in && fstat(fileno(in), &st) == 0 && st.st_size <= BF_ATTACHMENT_BYTES;
    char *bytes = ok ? bf_arena_alloc(a, (size_t)st.st_size + 1) : NULL;
    ok = bytes && fread(bytes, 1, (size_t)st.st_size, in) == (size_t)st.st_size;
    if (ok)
        *out = (struct bf_str){bytes, (size_t)st.st_size};
    if (in)
        fclose(in);
    return ok || BF_FAIL_WITH(err, BF_E_REQUEST, "%s cannot be read.", path ? path : "A file");
}

const struct bf_str *bf_attachments_load(struct bf_arena *a, const struct bf_folder *f,
                                         struct bf_err *err)
{
    size_t n = f->manifest->nattachments;
    struct bf_str *list = bf_arena_zalloc(a, n + 1, sizeof *list);
    if (!list) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (!load_one(a, path_of(a, f, i), &list[i], err))
            return NULL;
    return list;
}
