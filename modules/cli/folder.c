#include "cli/folder.h"

#include "catalog/json.h"
#include "lua/script.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *join(struct bf_arena *a, const char *dir, const char *name)
{
    return bf_arena_printf(a, "%s/%s", dir, name).p;
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* One byte more than it may have: whoever reads it then says so. */
static bool read_file(const char *path, size_t most, struct bf_str *out, struct bf_report *report)
{
    FILE *in = fopen(path, "re");
    char *bytes = in ? malloc(most + 1) : NULL;
    bool ok = bytes != NULL;
    if (ok) {
        size_t n = fread(bytes, 1, most + 1, in);
        ok = !ferror(in);
        *out = bf_arena_dup(report->arena, (struct bf_str){bytes, n});
    }
    if (!ok)
        bf_report_add(report, path, "", "make the file readable", "%s", strerror(errno));
    free(bytes);
    if (in)
        fclose(in);
    return ok;
}

static void add(struct bf_folders *out, const char *dir, const char *path, struct bf_report *report)
{
    if (out->n == out->room) {
        struct bf_folder *more =
            bf_arena_grow(report->arena, out->items, &out->room, out->n + 1, sizeof *more);
        if (!more)
            return;
        out->items = more;
    }
    struct bf_folder *f = &out->items[out->n++];
    *f = (struct bf_folder){.dir = dir, .path = path};
    if (read_file(f->path, BF_MANIFEST_BYTES, &f->json, report))
        f->manifest = bf_manifest_read(report->arena, f->json, f->path, report);
    const char *hook = join(report->arena, dir, "hook.lua");
    if (hook && is_there(hook) && read_file(hook, BF_LUA_SOURCE, &f->hook, report))
        f->hook_path = hook;
}

/* `template`, or `template-source`. */
static bool is_one_of(const char *name, const char *skip)
{
    size_t n = skip ? strlen(skip) : 0;
    return n && strncmp(name, skip, n) == 0 && (name[n] == '\0' || name[n] == '-');
}

/* The folders of datasets inside a folder, in order of name. */
static void add_inside(struct bf_folders *out, const char *dir, const char *skip,
                       struct bf_report *report)
{
    struct dirent **names = NULL;
    size_t before = out->n;
    int n = scandir(dir, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *sub = join(report->arena, dir, names[i]->d_name);
        const char *path = join(report->arena, sub, "dataset.json");
        bool hidden = names[i]->d_name[0] == '.';
        bool skipped = is_one_of(names[i]->d_name, skip);
        if (!hidden && !skipped && is_there(path))
            add(out, sub, path, report);
        free(names[i]);
    }
    free(names);
    if (out->n == before)
        bf_report_add(report, dir, "", "give the folder of a dataset, or one that holds some",
                      "there is no dataset.json in this folder");
}

static void add_dir(struct bf_folders *out, const char *given, const char *skip,
                    struct bf_report *report)
{
    struct bf_str s = bf_str_of(given);
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    const char *dir = bf_arena_dup(report->arena, s).p;
    const char *path = join(report->arena, dir, "dataset.json");
    if (!is_dir(dir))
        bf_report_add(report, dir, "", "give the folder of a dataset", "%s",
                      is_there(dir) ? "this is not a folder" : "there is no such folder");
    else if (is_there(path))
        add(out, dir, path, report);
    else
        add_inside(out, dir, skip, report);
}

/* ---- several datasets ---- */

static void take_name(struct bf_map *names, struct bf_folder *f, struct bf_str name,
                      const char *pointer, struct bf_report *report)
{
    if (bf_map_put(names, name, f))
        return;
    const struct bf_folder *owner = bf_map_get(names, name);
    if (owner)
        bf_report_add(report, f->path, pointer, "choose another name",
                      "the name \"%.*s\" belongs to %s already", BF_STR_ARG(name), owner->path);
}

static void check_names(const struct bf_folders *all, struct bf_report *report)
{
    struct bf_map names;
    bf_map_init(&names, report->arena);
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].manifest)
            take_name(&names, &all->items[i], all->items[i].manifest->id, "/id", report);
    for (size_t i = 0; i < all->n; i++) {
        const struct bf_manifest *m = all->items[i].manifest;
        for (size_t j = 0; m && j < m->naliases; j++) {
            char pointer[48];
            snprintf(pointer, sizeof pointer, "/aliases/dataset/%zu", j);
            take_name(&names, &all->items[i], m->aliases[j], pointer, report);
        }
    }
}

void bf_folders_read(struct bf_folders *out, char *const *dirs, size_t n, const char *skip,
                     struct bf_report *report)
{
    *out = (struct bf_folders){NULL, 0, 0};
    for (size_t i = 0; i < n; i++)
        add_dir(out, dirs[i], skip, report);
    check_names(out, report);
    if (bf_arena_failed(report->arena))
        bf_report_add(report, "beffroi", "", "give fewer folders", "there is no memory left");
}
