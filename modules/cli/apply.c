#include "cli/commands.h"

#include "cli/connect.h"
#include "cli/files.h"
#include "cli/folder.h"
#include "cli/handlers.h"
#include "cli/install.h"
#include "cli/say.h"
#include "cli/served.h"
#include "store/catalog.h"

#include <getopt.h>
#include <string.h>

enum { MEMORY = 1 << 30, ONE_DATASET = 96 << 20 };

static const char usage[] =
    "apply [--handlers DIR] DIR...\n"
    "  checks the datasets in the folders, then creates or migrates their tables\n"
    "  --handlers DIR  where the compiled handlers are (default: beside the program)\n"
    "Exit status: 0 applied and served (or no server runs), 1 refused, 4 applied, but the running\n"
    "server has refused to serve it and goes on as before, and why.";

struct run {
    const char *handlers;
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;   /* of the command */
    struct bf_arena *scratch; /* of one dataset */
    struct bf_err err;
    size_t counts[BF_APPLIED_REFUSED + 1];
};

/* What was done is told line by line behind the dataset's name. */
static void print_done(const struct bf_folder *f, struct bf_str lines)
{
    while (lines.n) {
        struct bf_str rest;
        struct bf_str line = bf_str_cut(lines, '\n', &rest);
        printf("%.*s: %.*s\n", BF_STR_ARG(f->manifest->id), BF_STR_ARG(line));
        lines = rest;
    }
    fflush(stdout);
}

static bool apply_one(struct run *r, const struct bf_folder *f)
{
    struct bf_report report;
    struct bf_buf done;
    struct bf_apply what = {.manifest = f->manifest,
                            .json = f->json,
                            .path = f->path,
                            .hook = f->hook,
                            .hook_reads = f->hook_reads};
    bf_arena_reset(r->scratch);
    bf_report_init(&report, r->scratch);
    if (f->manifest->handler.n && !bf_install_handler(r->scratch, &r->conf, r->handlers,
                                                      f->manifest->handler, &what.handler, &r->err))
        return false;
    what.files = bf_folder_files_load(r->scratch, f, &r->err);
    if (!what.files)
        return false;
    bf_buf_init(&done, 1 << 20);
    enum bf_applied result = bf_catalog_apply(r->conn, &r->conf, &what, &report, &done, &r->err);
    r->counts[result]++;
    if (result != BF_APPLIED_REFUSED)
        print_done(f, bf_buf_view(&done));
    bf_buf_fini(&done);
    bf_say_report(&report);
    return !bf_err_is_set(&r->err);
}

static int apply_all(struct run *r, const struct bf_folders *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (apply_one(r, &all->items[i]))
            continue;
        fprintf(stderr, "%s: cannot be applied\n", all->items[i].path);
        return bf_say_error("apply", &r->err);
    }
    printf("%zu created, %zu migrated, %zu unchanged, %zu refused\n", r->counts[BF_APPLIED_CREATED],
           r->counts[BF_APPLIED_MIGRATED], r->counts[BF_APPLIED_UNCHANGED],
           r->counts[BF_APPLIED_REFUSED]);
    return r->counts[BF_APPLIED_REFUSED] ? 1 : 0;
}

/* Nothing is applied unless everything is right. */
static int check_and_apply(struct run *r, char **dirs, size_t n)
{
    struct bf_report report;
    struct bf_folders all;
    bf_report_init(&report, r->arena);
    bf_folders_read(&all, dirs, n, "template", &report);
    bf_handlers_check(&all, r->handlers, true, &report);
    bf_hooks_check(&all, &report);
    bf_folder_files_check(&all, &report);
    if (!bf_say_report(&report))
        return 1;
    if (!bf_conf_load(&r->conf, NULL, &r->err))
        return bf_say_error("apply", &r->err);
    if (!bf_connect_as(BF_ROLE_OWNER, &r->conf, &r->conn, &r->err))
        return bf_say_error("apply", &r->err);
    struct bf_served served;
    bf_served_begin(&served, &r->conf);
    int status = apply_all(r, &all);
    size_t changes = r->counts[BF_APPLIED_CREATED] + r->counts[BF_APPLIED_MIGRATED];
    return bf_served_wait(&served, changes) ? status : BF_NOT_SERVED;
}

static int run(struct run *r, char **dirs, size_t n)
{
    r->arena = bf_arena_new(MEMORY);
    r->scratch = bf_arena_new(ONE_DATASET);
    bf_err_clear(&r->err);
    int status = 1;
    if (r->arena && r->scratch) {
        if (!r->handlers)
            r->handlers = bf_install_default(r->arena);
        status = check_and_apply(r, dirs, n);
    }
    bf_conn_free(r->conn);
    bf_arena_free(r->scratch);
    bf_arena_free(r->arena);
    return status;
}

int bf_cmd_apply(int argc, char **argv)
{
    static const struct option options[] = {{"handlers", required_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    static struct run r; /* the settings and the error are large */
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c != 'h')
            return bf_say_usage(usage);
        r.handlers = optarg;
    }
    if (optind >= argc)
        return bf_say_usage(usage);
    return run(&r, argv + optind, (size_t)(argc - optind));
}
