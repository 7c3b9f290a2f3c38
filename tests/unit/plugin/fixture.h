/*
 * What the tests of modules/plugin share: a run folder with handlers in it, a dataset that names
 * one, a query, and rows.
 *
 * Ownership  everything lies in struct fixture; fixture_init to fixture_fini.
 */
#ifndef TESTS_PLUGIN_FIXTURE_H
#define TESTS_PLUGIN_FIXTURE_H

#include "catalog/registry.h"
#include "plugin/binding.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char dir[64];  /* the handlers folder */
    char file[32]; /* the handler in it */
    struct bf_arena *generation, *request;
    struct bf_entry entry;
    struct bf_plugins *plugins;
    struct bf_binding *binding;
    struct bf_err err;
    struct bf_hook_request hook;
    struct bf_sql sql;
    struct bf_quarantine *quarantine;
    struct bf_fuses *fuses;
    const struct bf_script_maker *scripts;
};

/* build/, of a program build/tests/unit/plugin/test_x. */
static inline const char *build_dir(void)
{
    static char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    assert_true(n > 0);
    path[n] = '\0';
    for (int i = 0; i < 4; i++)
        *strrchr(path, '/') = '\0';
    return path;
}

/* build/<file>; "tests/handlers/x.so". */
static inline const char *built(const char *file)
{
    static char path[PATH_MAX];
    assert_true(snprintf(path, sizeof path, "%s/%s", build_dir(), file) < (int)sizeof path);
    if (access(path, R_OK) != 0)
        fail_msg("%s is not there: make test-handlers", path);
    return path;
}

static inline void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    FILE *in = fopen(from, "re");
    assert_non_null(in);
    size_t n = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    assert_true(n > 0 && n < sizeof bytes);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    assert_true(out >= 0);
    assert_int_equal(write(out, bytes, n), n);
    close(out);
}

static inline struct bf_manifest *read_manifest(struct bf_arena *a, const char *json)
{
    struct bf_report report;
    struct bf_buf text;
    bf_report_init(&report, a);
    struct bf_manifest *m = bf_manifest_read(a, bf_str_of(json), "dataset.json", &report);
    if (!m) {
        bf_buf_init(&text, 1 << 16);
        bf_report_print(&report, &text);
        fprintf(stderr, "%.*s", (int)text.n, text.p);
        fail_msg("the test's manifest is wrong");
    }
    return m;
}

static inline void fixture_init(struct fixture *f)
{
    *f = (struct fixture){.dir = "/tmp/beffroi-plugin-XXXXXX"};
    assert_non_null(mkdtemp(f->dir));
    f->generation = bf_arena_new(64 << 20);
    f->request = bf_arena_new(16 << 20);
    bf_err_clear(&f->err);
}

static inline void fixture_remove(struct fixture *f)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", f->dir, f->file);
    if (f->file[0])
        unlink(path);
}

/* Installs build/<file> for a dataset with that manifest. */
static inline void fixture_bind(struct fixture *f, const char *file, const char *json)
{
    char to[PATH_MAX];
    static int number; /* dlopen knows files by name: another file needs another one */
    fixture_remove(f);
    snprintf(f->file, sizeof f->file, "%08d-handler.so", number++);
    f->entry = (struct bf_entry){.manifest = read_manifest(f->generation, json),
                                 .handler = bf_str_of(f->file),
                                 .applied_us = 1};
    snprintf(to, sizeof to, "%s/%s", f->dir, f->file);
    if (file)
        copy_file(built(file), to);
    const struct bf_plugins_setup setup = {
        .dir = f->dir, .quarantine = f->quarantine, .fuses = f->fuses, .scripts = f->scripts};
    f->plugins = bf_plugins_new(f->generation, &setup);
    assert_non_null(f->plugins);
    f->binding = bf_plugins_bind(f->plugins, &f->entry);
    assert_non_null(f->binding);
    assert_ptr_equal(bf_plugins_bind(f->plugins, &f->entry), f->binding);
}

/* A request up to its rows: true when no step failed; else f->err says why. */
static inline bool fixture_ask_where(struct fixture *f, const char *select, const char *where)
{
    bf_arena_reset(f->request);
    bf_err_clear(&f->err);
    struct bf_query_text text = {.select = bf_str_of(select), .zone = bf_zone_utc(), .limit = 10};
    if (where)
        text.where[text.wheres++] = bf_str_of(where);
    struct bf_query *q = bf_query_parse(f->request, &text, &f->err);
    if (!q || !bf_query_check(q, &f->entry.manifest->schema, &f->err))
        fail_msg("the test's query: %s", f->err.message);
    f->hook = (struct bf_hook_request){
        .arena = f->request, .err = &f->err, .query = q, .id = BF_STR("r1")};
    if (!bf_binding_rewrite(f->binding, &f->hook) ||
        !bf_binding_prepare_rows(f->binding, &f->hook) || !bf_query_sql(q, &f->sql, &f->err))
        return false;
    f->hook.sql = &f->sql;
    return true;
}

static inline bool fixture_ask(struct fixture *f, const char *select)
{
    return fixture_ask_where(f, select, NULL);
}

static inline void fixture_fini(struct fixture *f)
{
    bf_plugins_free(f->plugins);
    bf_arena_free(f->generation);
    bf_arena_free(f->request);
    DIR *dir = opendir(f->dir); /* a child may have installed some too */
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    assert_int_equal(rmdir(f->dir), 0);
}

/* A cell of a value, in the request's arena. */
static inline struct bf_cell cell(struct fixture *f, struct bf_value v)
{
    struct bf_buf b;
    bf_buf_init(&b, 4096);
    bf_cell_put(&b, &v);
    struct bf_cell c = {.n = v.type == BF_NULL ? -1 : (int32_t)b.n};
    c.p = bf_arena_dup(f->request, bf_buf_view(&b)).p;
    bf_buf_fini(&b);
    return c;
}

#define INT(v) ((struct bf_value){.type = BF_INT, .integer = (v)})
#define REAL(v) ((struct bf_value){.type = BF_DOUBLE, .real = (v)})
#define TEXT(v) ((struct bf_value){.type = BF_TEXT, .text = bf_str_of(v)})
#define NIL ((struct bf_value){.type = BF_NULL})

/* stderr goes to a file between these; returned text lives until the next call. */
struct capture {
    int saved, file;
};

static inline struct capture capture_begin(void)
{
    char path[] = "/tmp/beffroi-log-XXXXXX";
    struct capture c = {dup(STDERR_FILENO), mkstemp(path)};
    assert_true(c.saved >= 0 && c.file >= 0);
    unlink(path);
    dup2(c.file, STDERR_FILENO);
    return c;
}

static inline const char *capture_end(struct capture c)
{
    static char text[1 << 17];
    dup2(c.saved, STDERR_FILENO);
    close(c.saved);
    ssize_t n = pread(c.file, text, sizeof text - 1, 0);
    close(c.file);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static inline size_t lines_with(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        n++;
    return n;
}

#endif
