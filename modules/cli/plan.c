/* `beffroi plan`: how much the keys of each plan may ask. */
#include "cli/commands.h"

#include "cli/account.h"
#include "cli/connect.h"
#include "cli/say.h"
#include "store/audit.h"
#include "store/plans.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 1 << 20 };

static const char usage[] =
    "plan list [--json]\n"
    "       beffroi plan show ID [--json]\n"
    "       beffroi plan set ID [--label-fr TEXT] [--label-en TEXT] [--rate N] [--burst N] [--day "
    "N]\n"
    "                           [--month N] [--exports N] [--push-rows N] [--critical yes|no]\n"
    "                           [--each-key yes|no]\n"
    "  set changes what it names and makes a plan that is not there; running workers follow\n"
    "  --rate N       units a minute (a page of records is one unit); 0: no limit\n"
    "  --burst N      as many units may come at once\n"
    "  --day N        units a day, --month N: a month (of catalog.quota_zone); 0: no quota\n"
    "  --exports N    exports at the same time on one node; 0: no limit\n"
    "  --push-rows N  rows a second that may be pushed; 0: no limit\n"
    "  --critical     under overload some workers are kept for these keys\n"
    "  --each-key     rate, burst, exports and rows are those of each key by itself, not of all\n"
    "                 keys of a partner together; quotas are always the partner's";

/* The numbers of a plan, as they are named in options and JSON. */
static const struct number {
    const char *option, *member, *title;
    size_t offset;
    int64_t least, most;
} numbers[] = {
    {"rate", "rate", "rate", offsetof(struct bf_plan, rate), 0, 60000000},
    {"burst", "burst", "burst", offsetof(struct bf_plan, burst), 1, 10000000},
    {"day", "day", "day", offsetof(struct bf_plan, day), 0, 1000000000000},
    {"month", "month", "month", offsetof(struct bf_plan, month), 0, 1000000000000},
    {"exports", "exports", "exports", offsetof(struct bf_plan, exports), 0, 1000},
    {"push-rows", "push_rows", "push rows", offsetof(struct bf_plan, push_rows), 0, 1000000},
};

enum { NUMBERS = sizeof numbers / sizeof numbers[0], FR = 100, EN, CRITICAL, EACH_KEY };

struct run {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_err err;
    struct bf_buf out;
    struct bf_str id; /* that is looked for; empty: all are printed */
    bool json, found;
    struct bf_plan plan;
};

static int64_t *member(struct bf_plan *plan, const struct number *n)
{
    return (int64_t *)(void *)((char *)plan + n->offset);
}

static int64_t value(const struct bf_plan *plan, const struct number *n)
{
    return *(const int64_t *)(const void *)((const char *)plan + n->offset);
}

/* ---- reading ---- */

static void print_json(struct bf_buf *b, const struct bf_plan *plan)
{
    bf_buf_text(b, "{\"id\": ");
    bf_buf_json(b, plan->id);
    bf_buf_text(b, ", \"label\": {\"fr\": ");
    bf_buf_json(b, plan->fr);
    bf_buf_text(b, ", \"en\": ");
    bf_buf_json(b, plan->en);
    bf_buf_char(b, '}');
    for (const struct number *n = numbers; n < numbers + NUMBERS; n++)
        bf_buf_printf(b, ", \"%s\": %lld", n->member, (long long)value(plan, n));
    bf_buf_printf(b, ", \"critical\": %s, \"each_key\": %s}", plan->critical ? "true" : "false",
                  plan->each_key ? "true" : "false");
}

static void print_line(struct bf_buf *b, const struct bf_plan *plan)
{
    bf_buf_printf(b, "%-16.*s", BF_STR_ARG(plan->id));
    for (const struct number *n = numbers; n < numbers + NUMBERS; n++)
        bf_buf_printf(b, "%-14lld", (long long)value(plan, n));
    bf_buf_printf(b, "%-10s%-10s%.*s\n", plan->critical ? "yes" : "no",
                  plan->each_key ? "yes" : "no", BF_STR_ARG(plan->en));
}

static void take(void *self, const struct bf_plan *plan)
{
    struct run *r = self;
    if (r->id.n && !bf_str_eq(plan->id, r->id))
        return;
    if (r->json && !r->id.n)
        bf_buf_text(&r->out, r->found ? ",\n " : "[");
    if (r->json)
        print_json(&r->out, plan);
    else
        print_line(&r->out, plan);
    r->found = true;
    r->plan = *plan;
    r->plan.id = bf_arena_dup(r->arena, plan->id);
    r->plan.fr = bf_arena_dup(r->arena, plan->fr);
    r->plan.en = bf_arena_dup(r->arena, plan->en);
}

static void print_titles(struct run *r)
{
    bf_buf_printf(&r->out, "%-16s", "plan");
    for (const struct number *n = numbers; n < numbers + NUMBERS; n++)
        bf_buf_printf(&r->out, "%-14s", n->title);
    bf_buf_text(&r->out, "critical  each key  label\n");
}

static bool run_list(struct run *r)
{
    if (!r->json)
        print_titles(r);
    if (!bf_plan_each(r->conn, take, r, &r->err))
        return false;
    if (r->id.n && !r->found)
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE, "there is no plan %.*s",
                            BF_STR_ARG(r->id));
    if (r->json)
        bf_buf_text(&r->out, r->id.n ? "\n" : r->found ? "]\n" : "[]\n");
    return bf_say_buf(stdout, &r->out) || BF_FAIL_WITH(&r->err, BF_E_STORAGE, "stdout is full");
}

/* ---- changing ---- */

static bool read_number(struct run *r, const struct number *n, const char *text)
{
    char *end;
    errno = 0;
    long long found = strtoll(text, &end, 10);
    if (errno || end == text || *end || found < n->least || found > n->most)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "--%s: \"%s\" was found, a number from %lld to %lld is expected",
                            n->option, text, (long long)n->least, (long long)n->most);
    *member(&r->plan, n) = found;
    return true;
}

static bool read_label(struct run *r, const char *option, const char *text, struct bf_str *out)
{
    enum { MOST = 200 };
    *out = bf_str_of(text);
    return (out->n >= 1 && out->n <= MOST && bf_str_is_utf8(*out)) ||
           BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "--%s: a text of 1 to %d bytes is expected",
                        option, MOST);
}

static bool read_yes(struct run *r, const char *option, const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0 ||
           BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "--%s: yes or no is expected", option);
}

static bool read_option(struct run *r, int option)
{
    if (option == FR)
        return read_label(r, "label-fr", optarg, &r->plan.fr);
    if (option == EN)
        return read_label(r, "label-en", optarg, &r->plan.en);
    if (option == CRITICAL)
        return read_yes(r, "critical", optarg, &r->plan.critical);
    if (option == EACH_KEY)
        return read_yes(r, "each-key", optarg, &r->plan.each_key);
    return read_number(r, &numbers[option], optarg);
}

static bool is_good_id(struct bf_str id)
{
    bool good = id.n >= 1 && id.n < BF_PLAN_NAME && id.p[0] >= 'a' && id.p[0] <= 'z';
    for (size_t i = 1; good && i < id.n; i++)
        good = (id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '0' && id.p[i] <= '9') ||
               id.p[i] == '-' || id.p[i] == '_';
    return good;
}

static bool begin_plan(struct run *r)
{
    if (!is_good_id(r->id))
        return BF_FAIL_WITH(
            &r->err, BF_E_PARAMETER,
            "the id of a plan has at most %d of a-z, 0-9, - and _ and begins with a "
            "letter",
            BF_PLAN_NAME - 1);
    if (!bf_plan_each(r->conn, take, r, &r->err))
        return false;
    if (!r->found)
        r->plan = (struct bf_plan){.id = r->id, .fr = r->id, .en = r->id, .burst = 1};
    bf_buf_clear(&r->out);
    return true;
}

/* Both or neither. */
static bool write_plan(struct run *r)
{
    print_json(&r->out, &r->plan);
    struct bf_audit_line line = {.who = bf_account_who(r->arena),
                                 .origin = bf_account_origin(r->arena),
                                 .what = BF_STR("plan.set"),
                                 .about = r->plan.id,
                                 .detail = bf_buf_view(&r->out)};
    return bf_conn_run(r->conn, "BEGIN", &r->err) && bf_plan_put(r->conn, &r->plan, &r->err) &&
           bf_audit_add(r->conn, &line, &r->err) && bf_conn_run(r->conn, "COMMIT", &r->err);
}

static bool run_set(struct run *r, int argc, char **argv, int *status)
{
    enum { WORDS = 4 };
    struct option options[NUMBERS + WORDS + 1] = {{"label-fr", required_argument, NULL, FR},
                                                  {"label-en", required_argument, NULL, EN},
                                                  {"critical", required_argument, NULL, CRITICAL},
                                                  {"each-key", required_argument, NULL, EACH_KEY}};
    for (int i = 0; i < NUMBERS; i++)
        options[i + WORDS] = (struct option){numbers[i].option, required_argument, NULL, i};
    if (!begin_plan(r))
        return false;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == '?') {
            *status = bf_say_usage(usage);
            return true;
        }
        if (!read_option(r, c))
            return false;
    }
    if (optind != argc) {
        *status = bf_say_usage(usage);
        return true;
    }
    return write_plan(r);
}

/* ---- */

static int run(struct run *r, int argc, char **argv)
{
    bool list = strcmp(argv[0], "list") == 0, set = strcmp(argv[0], "set") == 0;
    bool show = strcmp(argv[0], "show") == 0;
    int words = list ? 1 : 2, status = 0;
    r->json = !set && argc == words + 1 && strcmp(argv[words], "--json") == 0;
    if ((!list && !set && !show) || argc < words || (!set && argc != words + r->json))
        return bf_say_usage(usage);
    if (!list)
        r->id = bf_str_of(argv[1]);
    bf_err_clear(&r->err);
    if (!bf_conf_load(&r->conf, NULL, &r->err))
        return bf_say_error("plan", &r->err);
    bf_buf_init(&r->out, MEMORY);
    r->arena = bf_arena_new(MEMORY);
    bool ok = r->arena && bf_connect_as(BF_ROLE_OWNER, &r->conf, &r->conn, &r->err) &&
              (set ? run_set(r, argc - 1, argv + 1, &status) : run_list(r));
    if (!ok)
        status = bf_say_error("plan", &r->err);
    bf_conn_free(r->conn);
    bf_arena_free(r->arena);
    bf_buf_fini(&r->out);
    return status;
}

int bf_cmd_plan(int argc, char **argv)
{
    static struct run r;
    return argc > 1 ? run(&r, argc - 1, argv + 1) : bf_say_usage(usage);
}
