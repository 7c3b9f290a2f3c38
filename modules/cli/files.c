#include "cli/files.h"

#include "catalog/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *path_of(struct bf_arena *a, const struct bf_folder *f, struct bf_str file)
{
    return bf_arena_printf(a, "%s/%.*s", f->dir, BF_STR_ARG(file)).p;
}

static void check_one(const struct bf_folder *f, enum bf_file_kind kind, size_t i, off_t *sum,
                      struct bf_report *report)
{
    struct stat st;
    const char *path = path_of(report->arena, f, f->manifest->files[kind].items[i].file);
    struct bf_str at =
        bf_arena_printf(report->arena, "/%s/%zu/file", bf_file_kinds[kind].member, i);
    if (!path || !at.p)
        return;
    if (stat(path, &st) != 0)
        bf_report_add(report, f->path, at.p, "put the file beside dataset.json", "%s: %s", path,
                      strerror(errno));
    else if (!S_ISREG(st.st_mode))
        bf_report_add(report, f->path, at.p, "name a file", "%s is not a file", path);
    else
        *sum += st.st_size;
}

void bf_folder_files_check(const struct bf_folders *all, struct bf_report *report)
{
    for (size_t f = 0; f < all->n; f++) {
        const struct bf_manifest *m = all->items[f].manifest;
        off_t sum = 0;
        for (int kind = 0; m && kind < BF_FILE_KINDS; kind++)
            for (size_t i = 0; i < m->files[kind].n; i++)
                check_one(&all->items[f], (enum bf_file_kind)kind, i, &sum, report);
        if (sum > BF_FILES_BYTES)
            bf_report_add(report, all->items[f].path, "", "at most 64 MiB are kept with a dataset",
                          "its files have %lld bytes", (long long)sum);
    }
}

static bool load_one(struct bf_arena *a, const char *path, struct bf_str *out, struct bf_err *err)
{
    struct stat st;
    FILE *in = path ? fopen(path, "re") : NULL;
    bool ok = in && fstat(fileno(in), &st) == 0 && st.st_size <= BF_FILES_BYTES;
    char *bytes = ok ? bf_arena_alloc(a, (size_t)st.st_size + 1) : NULL;
    ok = bytes && fread(bytes, 1, (size_t)st.st_size, in) == (size_t)st.st_size;
    if (ok)
        *out = (struct bf_str){bytes, (size_t)st.st_size};
    if (in)
        fclose(in);
    return ok || BF_FAIL_WITH(err, BF_E_REQUEST, "%s cannot be read.", path ? path : "A file");
}

const struct bf_str *bf_folder_files_load(struct bf_arena *a, const struct bf_folder *f,
                                          struct bf_err *err)
{
    struct bf_str *list = bf_arena_zalloc(a, bf_manifest_files(f->manifest) + 1, sizeof *list);
    struct bf_str *next = list;
    if (!list)
        BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    for (int kind = 0; list && kind < BF_FILE_KINDS; kind++) {
        const struct bf_files *files = &f->manifest->files[kind];
        for (size_t i = 0; i < files->n; i++)
            if (!load_one(a, path_of(a, f, files->items[i].file), next++, err))
                return NULL;
    }
    return list;
}
