/* `beffroi rollback`: an earlier version of a dataset's description comes back. */
#include "cli/commands.h"

#include "cli/connect.h"
#include "cli/say.h"
#include "cli/served.h"
#include "store/applied.h"
#include "store/catalog.h"
#include "store/versions.h"
#include "store/withdraw.h"
#include "value/instant.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 256 << 20, TEXT = 4 << 20 };

static const char usage[] =
    "rollback DATASET [--to VERSION | --with-records]\n"
    "       beffroi rollback --list DATASET\n"
    "       beffroi rollback\n"
    "  puts manifest, handler, hook and files of the dataset back as they were before the last "
    "change, "
    "or\n"
    "  as they were in that version; a second time goes back further. What `apply` would refuse\n"
    "  (a published field that would go) is refused here, too. Rows are not touched.\n"
    "  A dataset that has no earlier version, and that no server has served, is withdrawn: its\n"
    "  empty tables go and its name is free.\n"
    "  --with-records  of such a dataset also the records, if some were loaded\n"
    "  --list DATASET  its versions, newest first\n"
    "  without a dataset: all datasets as the running server serves them, after it has refused\n"
    "                  what was applied since\n"
    "Exit status: as of `beffroi apply`.";

struct run {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena; /* of the command */
    struct bf_err err;
    struct bf_buf text;
    bool list, with_records;
    int64_t to;     /* 0: not told */
    int64_t served; /* the change that the server here serves; 0: none runs */
    size_t counts[BF_APPLIED_REFUSED + 1];
};

/* ---- one dataset --------------------------------------------------------------------------- */

/* The file of a handler is named after its content and never removed, but each node has its own. */
static bool has_handler(struct run *r, const struct bf_version *v)
{
    if (v->handler.n == 0)
        return true;
    const char *path =
        bf_arena_printf(r->arena, "%s/handlers/%.*s", r->conf.run_dir, BF_STR_ARG(v->handler)).p;
    return (path && access(path, R_OK) == 0) ||
           BF_FAIL_WITH(&r->err, BF_E_CONFLICT,
                        "The handler of that version is not on this machine: there is no %s",
                        path ? path : "?");
}

static void say_version(struct run *r, const char *before, const struct bf_version *v)
{
    bf_buf_printf(&r->text, "%s%" PRId64 " of ", before, v->number);
    bf_instant_print_utc_z(&r->text, v->at);
}

static bool apply(struct run *r, struct bf_str id, const struct bf_version *v,
                  const struct bf_apply *what, struct bf_report *report)
{
    struct bf_buf done;
    bf_buf_init(&done, TEXT);
    enum bf_applied result = bf_catalog_apply(r->conn, &r->conf, what, report, &done, &r->err);
    bf_buf_fini(&done);
    r->counts[result]++;
    if (result == BF_APPLIED_REFUSED)
        return bf_say_report(report) && !bf_err_is_set(&r->err);
    bf_buf_printf(&r->text, "%.*s: ", BF_STR_ARG(id));
    say_version(
        r, result == BF_APPLIED_UNCHANGED ? "is already as version " : "is again as version ", v);
    bf_buf_char(&r->text, '\n');
    return bf_say_buf(stdout, &r->text);
}

/* false: r->err is set. What apply refuses is in its report, and counted. */
static bool put_back(struct run *r, struct bf_str id, const struct bf_version *v)
{
    struct bf_report report;
    bf_report_init(&report, r->arena);
    const struct bf_manifest *m =
        bf_manifest_read(r->arena, v->manifest, "the earlier dataset.json", &report);
    if (!m) {
        r->counts[BF_APPLIED_REFUSED]++;
        return bf_say_report(&report) || !bf_err_is_set(&r->err);
    }
    const struct bf_apply what = {.manifest = m,
                                  .json = v->manifest,
                                  .handler = v->handler,
                                  .hook = v->hook,
                                  .hook_reads = v->hook_reads,
                                  .files =
                                      bf_versions_files(r->conn, r->arena, m, v->number, &r->err),
                                  .path = "the earlier dataset.json"};
    if (!what.files || !has_handler(r, v) ||
        !bf_versions_mark(r->conn, v->put_back ? v->put_back : v->number, &r->err))
        return false;
    apply(r, id, v, &what, &report);
    return !bf_err_is_set(&r->err);
}

/* There is nothing to go back to: it goes, if nobody has ever been answered from it. What is
 * refused is told and counted, as what apply refuses. */
static bool withdraw(struct run *r, struct bf_str id)
{
    const struct bf_withdraw what = {
        .dataset = id, .served = r->served, .records = r->with_records};
    if (bf_withdraw(r->conn, r->arena, &what, &r->err)) {
        r->counts[BF_APPLIED_MIGRATED]++;
        bf_buf_printf(&r->text, "%.*s: is withdrawn, nobody was ever answered from it\n",
                      BF_STR_ARG(id));
        return bf_say_buf(stdout, &r->text);
    }
    if (r->err.code != BF_E_CONFLICT)
        return false;
    r->counts[BF_APPLIED_REFUSED]++;
    bf_say_error("rollback", &r->err);
    bf_err_clear(&r->err);
    return true;
}

static bool put_one(struct run *r, struct bf_str id)
{
    struct bf_version v;
    bool found = r->to ? bf_version_get(r->conn, r->arena, id, r->to, &v, &r->err)
                       : bf_version_before(r->conn, r->arena, id, &v, &r->err);
    if (found)
        return put_back(r, id, &v);
    if (r->to || r->err.code != BF_E_NOT_FOUND_RESOURCE)
        return false;
    bf_err_clear(&r->err);
    return withdraw(r, id);
}

/* ---- all, as they are served --------------------------------------------------------------- */

static bool put_served(struct run *r)
{
    struct bf_applied_datasets all;
    int64_t newest;
    if (!r->served)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "no server runs here that could tell what it serves: name a dataset");
    int64_t change = r->served;
    if (!bf_applied_newest(r->conn, &newest, &r->err) ||
        !bf_applied_compare(r->conn, r->arena, change, newest, &all, &r->err))
        return false;
    for (size_t i = 0; i < all.n; i++) {
        struct bf_version v;
        if (!all.items[i].changed)
            continue;
        if (all.items[i].new) {
            if (!withdraw(r, all.items[i].id))
                return false;
        } else if (!bf_version_at(r->conn, r->arena, all.items[i].id, change, &v, &r->err) ||
                   !put_back(r, all.items[i].id, &v)) {
            return false;
        }
    }
    if (r->counts[BF_APPLIED_MIGRATED] + r->counts[BF_APPLIED_REFUSED] == 0)
        printf("the server serves what is applied: name a dataset to go back further\n");
    return true;
}

/* ---- the command --------------------------------------------------------------------------- */

static bool list(struct run *r, struct bf_str id)
{
    struct bf_version *all;
    size_t n;
    if (!bf_versions_list(r->conn, r->arena, id, &all, &n, &r->err))
        return false;
    if (n == 0)
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE, "There is no dataset %.*s.",
                            BF_STR_ARG(id));
    for (size_t i = 0; i < n; i++) {
        say_version(r, "", &all[i]);
        if (all[i].put_back)
            bf_buf_printf(&r->text, "  as version %" PRId64, all[i].put_back);
        bf_buf_text(&r->text, all[i].current ? "  is applied\n" : "\n");
    }
    return bf_say_buf(stdout, &r->text);
}

static int change(struct run *r, const char *id)
{
    struct bf_served served;
    bf_served_begin(&served, &r->conf);
    if (served.running)
        r->served = (int64_t)atomic_load(&served.shared.board->serving_change);
    bool ok = id ? put_one(r, bf_str_of(id)) : put_served(r);
    bool taken = bf_served_wait(&served, r->counts[BF_APPLIED_MIGRATED]);
    if (!ok)
        return bf_say_error("rollback", &r->err);
    if (!taken)
        return BF_NOT_SERVED;
    return r->counts[BF_APPLIED_REFUSED] ? 1 : 0;
}

static int run(struct run *r, const char *id)
{
    bf_err_clear(&r->err);
    if (!bf_conf_load(&r->conf, NULL, &r->err))
        return bf_say_error("rollback", &r->err);
    bf_buf_init(&r->text, TEXT);
    r->arena = bf_arena_new(MEMORY);
    int status = 1;
    if (!r->arena || !bf_connect_as(BF_ROLE_OWNER, &r->conf, &r->conn, &r->err) ||
        (r->list && !list(r, bf_str_of(id))))
        bf_say_error("rollback", &r->err);
    else
        status = r->list ? 0 : change(r, id);
    bf_conn_free(r->conn);
    bf_arena_free(r->arena);
    bf_buf_fini(&r->text);
    return status;
}

static bool read_version(const char *text, int64_t *to)
{
    char *end;
    errno = 0;
    *to = strtoll(text, &end, 10);
    return !errno && end != text && !*end && *to > 0;
}

int bf_cmd_rollback(int argc, char **argv)
{
    static const struct option options[] = {{"list", no_argument, NULL, 'l'},
                                            {"to", required_argument, NULL, 't'},
                                            {"with-records", no_argument, NULL, 'r'},
                                            {NULL, 0, NULL, 0}};
    static struct run r; /* the settings and the error are large */
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == '?' || (c == 't' && !read_version(optarg, &r.to)))
            return bf_say_usage(usage);
        r.list |= c == 'l';
        r.with_records |= c == 'r';
    }
    const char *id = optind < argc ? argv[optind] : NULL;
    if (argc - optind > 1 || (!id && (r.list || r.to || r.with_records)) ||
        r.list + !!r.to + r.with_records > 1)
        return bf_say_usage(usage);
    return run(&r, id);
}
