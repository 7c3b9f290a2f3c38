#include "cli/commands.h"

#include "cli/connect.h"
#include "cli/say.h"
#include "cli/source_print.h"
#include "core/clock.h"
#include "pull/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "source [list] [--json]\n"
    "       beffroi source show DATASET [--json|--held]\n"
    "       beffroi source run DATASET\n"
    "       beffroi source accept DATASET\n"
    "  what the server fetches for datasets whose manifests name a source\n"
    "  show    one of them; --held prints the records that are held, as they would be written\n"
    "  run     fetches now, whether it is due or not\n"
    "  accept  writes what is held: fewer records, other names are right\n"
    "Exit status: 0 good, 1 held, failed, or it could not be done.";

enum { MEMORY = 512 << 20, TEXT_MOST = 16 << 20 };

struct command {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_err err;
    const char *word, *dataset;
    bool json, held;
};

static bool read_words(struct command *c, int argc, char **argv)
{
    static const char *const with_dataset[] = {"show", "run", "accept"};
    const char *words[2] = {"list", NULL};
    int n = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            c->json = true;
        else if (strcmp(argv[i], "--held") == 0)
            c->held = true;
        else if (argv[i][0] == '-' || n == 2)
            return false;
        else
            words[n++] = argv[i];
    }
    c->word = words[0];
    c->dataset = words[1];
    bool needs = false;
    for (size_t i = 0; i < sizeof with_dataset / sizeof with_dataset[0]; i++)
        needs = needs || strcmp(c->word, with_dataset[i]) == 0;
    if (!needs && strcmp(c->word, "list") != 0)
        return false;
    bool shows = strcmp(c->word, "show") == 0;
    return needs == (c->dataset != NULL) && (!c->held || (shows && !c->json)) &&
           (!c->json || shows || !needs);
}

/* ---- show ---- */

static bool show_held(struct command *c)
{
    struct bf_upstream_held held;
    if (!bf_upstream_get_held(c->conn, c->arena, bf_str_of(c->dataset), &held, &c->err))
        return false;
    if (held.run == 0)
        return BF_FAIL_WITH(&c->err, BF_E_NOT_FOUND_RESOURCE, "nothing of %s is held", c->dataset);
    return fwrite(held.content.p, 1, held.content.n, stdout) == held.content.n;
}

static bool show(struct command *c)
{
    struct bf_upstream_row *rows = NULL;
    struct bf_buf b;
    size_t n = 0;
    if (!bf_upstreams_list(c->conn, c->arena, bf_str_of(c->dataset), &rows, &n, &c->err))
        return false;
    if (n == 0 && c->dataset)
        return BF_FAIL_WITH(&c->err, BF_E_NOT_FOUND_RESOURCE,
                            "nothing is fetched for a dataset \"%s\"", c->dataset);
    if (c->held)
        return show_held(c);
    bf_buf_init(&b, TEXT_MOST);
    if (c->json) {
        bf_buf_char(&b, '{');
        bf_upstreams_print_json(&b, rows, n);
        bf_buf_text(&b, "}\n");
    } else {
        bf_upstreams_print_table(&b, rows, n, bf_clock_wall_us());
    }
    bool printed = bf_say_buf(stdout, &b);
    bf_buf_fini(&b);
    return printed;
}

/* ---- run, accept ---- */

static const char *result_word(enum bf_upstream_result result)
{
    static const char *const words[] = {[BF_UPSTREAM_CHANGED] = "changed",
                                        [BF_UPSTREAM_UNCHANGED] = "unchanged",
                                        [BF_UPSTREAM_HELD] = "held",
                                        [BF_UPSTREAM_FAILED] = "failed",
                                        [BF_UPSTREAM_ACCEPTED] = "accepted"};
    return words[result];
}

static bool make_run(struct command *c)
{
    static struct bf_pull_report report;
    const struct bf_pull_order order = {.conf = &c->conf,
                                        .dataset = c->dataset,
                                        .forced = true,
                                        .accept = strcmp(c->word, "accept") == 0};
    if (!bf_pull_run(&order, &report, &c->err))
        return false;
    if (!report.made)
        return BF_FAIL_WITH(&c->err, BF_E_CONFLICT, "%s",
                            report.busy ? "somebody else runs this source at the moment"
                                        : "the source is not in use");
    const struct bf_commit_result *k = &report.commit;
    printf("%s: %s", c->dataset, result_word(report.outcome.result));
    if (report.outcome.commit)
        printf(", commit %" PRId64 ": %" PRId64 " added, %" PRId64 " changed, %" PRId64
               " removed; %" PRId64 " records now",
               k->commit, k->added, k->changed, k->removed, k->records);
    printf("%s%s\n", report.reason[0] ? ": " : "", report.reason);
    if (report.outcome.commit && report.note[0])
        printf("  read: %s\n", report.note);
    return report.outcome.result != BF_UPSTREAM_HELD && report.outcome.result != BF_UPSTREAM_FAILED;
}

static bool connect_and_show(struct command *c)
{
    c->arena = bf_arena_new(MEMORY);
    if (!c->arena)
        return BF_FAIL_WITH(&c->err, BF_E_MEMORY, "no memory");
    return bf_connect_as(BF_ROLE_WRITER, &c->conf, &c->conn, &c->err) && show(c);
}

int bf_cmd_source(int argc, char **argv)
{
    static struct command c;
    if (!read_words(&c, argc, argv))
        return bf_say_usage(usage);
    bf_err_clear(&c.err);
    bool runs = strcmp(c.word, "run") == 0 || strcmp(c.word, "accept") == 0;
    bool ok = bf_conf_load(&c.conf, NULL, &c.err) && (runs ? make_run(&c) : connect_and_show(&c));
    if (!ok && bf_err_is_set(&c.err))
        bf_say_error("source", &c.err);
    bf_conn_free(c.conn);
    bf_arena_free(c.arena);
    return ok ? 0 : 1;
}
