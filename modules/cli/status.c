#include "cli/commands.h"

#include "cli/attempt.h"
#include "cli/say.h"
#include "cli/status_hook.h"
#include "cli/source_print.h"
#include "cli/status_quota.h"
#include "core/clock.h"
#include "limits/quota_memory.h"
#include "value/instant.h"
#include "worker/metrics.h"
#include "worker/shared.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { READY = 0, DEGRADED = 1, NOT_RUNNING = 3, TEXT_MOST = 64 << 20, QUARANTINED = 64 };

static const char usage[] =
    "status [--json]\n"
    "Shows the server of run_dir: pools, workers, the database, datasets and their age, sources.\n"
    "Exit status: 0 ready, 1 degraded, 3 not running.";

struct dataset {
    struct bf_str id;
    struct bf_live_state state;
};

struct view {
    const struct bf_conf *conf;
    struct bf_shared shared;
    const struct bf_board *board;
    struct bf_identity guardian, master;
    bool guardian_alive, master_alive, hearing;
    unsigned good[BF_CREWS];
    struct dataset *datasets; /* in order of id */
    size_t ndatasets;
    struct bf_quarantine_state quarantine[QUARANTINED];
    size_t nquarantine;
    int64_t now_wall, now_us;
    int state;
};

/* ---- looking ------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
    const struct dataset *x = a, *y = b;
    return bf_str_cmp(x->id, y->id);
}

static void read_datasets(struct view *v)
{
    v->datasets = calloc(BF_LIVE_DATASETS, sizeof *v->datasets);
    struct dataset d;
    for (size_t at = 0; v->datasets && bf_live_each(v->shared.live, &at, &d.id, &d.state);)
        if (v->ndatasets < BF_LIVE_DATASETS)
            v->datasets[v->ndatasets++] = d;
    if (v->datasets)
        qsort(v->datasets, v->ndatasets, sizeof *v->datasets, by_id);
}

static void count_good(struct view *v)
{
    uint32_t used = atomic_load(&v->board->slots_used);
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        uint32_t pool = atomic_load(&v->board->slots[i].pool);
        if (pool < BF_CREWS)
            v->good[pool] += bf_slot_good(&v->board->slots[i]);
    }
}

static int judge(const struct view *v)
{
    if (!v->guardian_alive && !v->master_alive)
        return NOT_RUNNING;
    bool well = v->guardian_alive && v->master_alive && v->hearing;
    for (unsigned pool = 0; pool < BF_POOLS; pool++)
        well = well && v->good[pool] >= atomic_load(&v->board->pools[pool].wanted);
    for (size_t i = 0; i < v->nquarantine; i++)
        well = well && v->quarantine[i].until_us == 0;
    well = well && !bf_status_hook_off(v->shared.fuses);
    return well ? READY : DEGRADED;
}

static void look(struct view *v)
{
    v->board = v->shared.board;
    v->now_wall = bf_clock_wall_us();
    v->now_us = bf_clock_mono_us();
    v->guardian = (struct bf_identity){atomic_load(&v->board->guardian_pid),
                                       atomic_load(&v->board->guardian_start)};
    v->master = (struct bf_identity){atomic_load(&v->board->master_pid),
                                     atomic_load(&v->board->master_start)};
    v->guardian_alive = bf_identity_alive(v->guardian, NULL);
    v->master_alive = bf_identity_alive(v->master, NULL);
    v->hearing = bf_metrics_hearing(&v->shared);
    count_good(v);
    read_datasets(v);
    v->nquarantine =
        bf_quarantine_list(v->shared.quarantine, v->now_us, v->quarantine, QUARANTINED);
    if (v->nquarantine > QUARANTINED)
        v->nquarantine = QUARANTINED;
    v->state = judge(v);
}

static const char *state_name(int state)
{
    return state == READY ? "ready" : state == DEGRADED ? "degraded" : "not running";
}

static void sum_pool(const struct view *v, unsigned pool, struct bf_sum *out)
{
    struct bf_sum one;
    *out = (struct bf_sum){0};
    for (unsigned route = 0; route < BF_BOARD_ROUTES; route++) {
        if (!bf_board_route_name(v->board, route))
            continue;
        bf_board_sum(v->board, pool, route, &one);
        for (unsigned i = 0; i < BF_BOARD_CLASSES; i++)
            out->classes[i] += one.classes[i];
        out->requests += one.requests;
        out->rows += one.rows;
        out->bytes += one.bytes;
        out->broken += one.broken;
    }
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_instant(struct bf_buf *b, const char *name, int64_t at)
{
    bf_buf_printf(b, "\"%s\":", name);
    if (at <= 0) {
        bf_buf_text(b, "null");
        return;
    }
    bf_buf_char(b, '"');
    bf_instant_print_utc_z(b, at);
    bf_buf_char(b, '"');
}

static void json_text(struct bf_buf *b, const char *name, const char from[BF_BOARD_TEXT])
{
    char text[BF_BOARD_TEXT];
    bf_board_hear(from, text);
    bf_buf_printf(b, "\"%s\":", name);
    bf_buf_json(b, bf_str_of(text));
}

static void json_worker(struct bf_buf *b, const struct view *v, const struct bf_slot *s)
{
    int64_t request = atomic_load(&s->request_us);
    bf_buf_printf(b,
                  "{\"pid\":%" PRId32 ",\"generation\":%" PRIu64 ",\"state\":\"%s\","
                  "\"requests\":%" PRIu64 ",\"rss\":%" PRIu64 ",",
                  atomic_load(&s->pid), atomic_load(&s->generation), bf_slot_state(s),
                  atomic_load(&s->requests), atomic_load(&s->rss));
    json_instant(b, "started", atomic_load(&s->forked_wall));
    if (atomic_load(&s->load_us))
        bf_buf_printf(b, ",\"load_ms\":%" PRId64, atomic_load(&s->load_us) / 1000);
    if (request > 0)
        bf_buf_printf(b, ",\"request_ms\":%" PRId64, (v->now_us - request) / 1000);
    if (s->why[0]) {
        bf_buf_char(b, ',');
        json_text(b, "why", s->why);
    }
    bf_buf_char(b, '}');
}

static void json_workers(struct bf_buf *b, const struct view *v, unsigned pool)
{
    const char *mark = "";
    uint32_t used = atomic_load(&v->board->slots_used);
    bf_buf_text(b, "\"workers\":[");
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        const struct bf_slot *s = &v->board->slots[i];
        if (atomic_load(&s->duty) == BF_DUTY_FREE || atomic_load(&s->pool) != pool)
            continue;
        bf_buf_text(b, mark);
        json_worker(b, v, s);
        mark = ",";
    }
    bf_buf_char(b, ']');
}

static void json_pool(struct bf_buf *b, const struct view *v, unsigned pool)
{
    struct bf_sum sum;
    const struct bf_board_pool *p = &v->board->pools[pool];
    sum_pool(v, pool, &sum);
    bf_buf_printf(b,
                  "{\"name\":\"%s\",\"wanted\":%" PRIu32 ",\"ready\":%u,\"requests\":%" PRIu64
                  ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"broken\":%" PRIu64 ",\"status\":{",
                  bf_pool_name(pool), atomic_load(&p->wanted), v->good[pool], sum.requests,
                  sum.rows, sum.bytes, sum.broken);
    for (unsigned class = 1; class < BF_BOARD_CLASSES; class ++)
        bf_buf_printf(b, "%s\"%uxx\":%" PRIu64, class > 1 ? "," : "", class, sum.classes[class]);
    bf_buf_printf(b, "},\"restarts\":%" PRIu64 ",\"deadline_kills\":%" PRIu64 ",",
                  atomic_load(&p->restarts), atomic_load(&p->deadline_kills));
    json_instant(b, "last_death_at", atomic_load(&p->last_death_wall));
    bf_buf_char(b, ',');
    json_text(b, "last_death", p->last_death);
    bf_buf_char(b, ',');
    json_workers(b, v, pool);
    bf_buf_char(b, '}');
}

static void json_datasets(struct bf_buf *b, const struct view *v)
{
    bf_buf_text(b, "\"datasets\":[");
    for (size_t i = 0; i < v->ndatasets; i++) {
        const struct dataset *d = &v->datasets[i];
        bf_buf_text(b, i ? ",{\"id\":" : "{\"id\":");
        bf_buf_json(b, d->id);
        bf_buf_printf(b, ",\"commit\":%" PRId64 ",\"records\":%" PRId64 ",", d->state.commit,
                      d->state.records);
        json_instant(b, "commit_at", d->state.instant);
        bf_buf_char(b, ',');
        json_instant(b, "pushed_at", d->state.pushed);
        if (d->state.instant > 0)
            bf_buf_printf(b, ",\"age_s\":%" PRId64, (v->now_wall - d->state.instant) / 1000000);
        bf_buf_char(b, '}');
    }
    bf_buf_char(b, ']');
}

/* null: 0. */
static void json_count(struct bf_buf *b, uint64_t n)
{
    if (n)
        bf_buf_u64(b, n);
    else
        bf_buf_text(b, "null");
}

static void json_quarantine(struct bf_buf *b, const struct view *v)
{
    bf_buf_text(b, ",\"handlers\":[");
    for (size_t i = 0; i < v->nquarantine; i++) {
        const struct bf_quarantine_state *q = &v->quarantine[i];
        bf_buf_text(b, i ? ",{\"dataset\":" : "{\"dataset\":");
        bf_buf_json(b, bf_str_of(q->dataset));
        bf_buf_printf(b, ",\"hook\":%s,\"crashes\":%" PRIu32 ",\"out_for_s\":%" PRId64 ",\"last\":",
                      q->ingest ? "\"on_ingest\"" : "null", q->crashes,
                      q->until_us ? (q->until_us - v->now_us) / 1000000 : 0);
        bf_buf_json(b, bf_str_of(bf_fall_text(q->fall)));
        bf_buf_char(b, '}');
    }
    bf_buf_char(b, ']');
}

static void print_json(struct bf_buf *b, const struct view *v)
{
    const struct bf_board *board = v->board;
    bf_buf_printf(b, "{\"state\":\"%s\",", state_name(v->state));
    json_instant(b, "started", board->started_wall);
    bf_buf_printf(b,
                  ",\"guardian\":{\"pid\":%" PRId32 ",\"alive\":%s},\"master\":{\"pid\":%" PRId32
                  ",\"alive\":%s,\"restarts\":%" PRIu64 "},",
                  v->guardian.pid, v->guardian_alive ? "true" : "false", v->master.pid,
                  v->master_alive ? "true" : "false", atomic_load(&board->master_restarts));
    bf_buf_printf(b,
                  "\"generation\":{\"serving\":%" PRIu64 ",\"newest\":%" PRIu64
                  ",\"reloads\":%" PRIu64 ",\"failed\":%" PRIu64 ",",
                  atomic_load(&board->serving), atomic_load(&board->generation),
                  atomic_load(&board->reloads), atomic_load(&board->reloads_failed));
    json_instant(b, "since", atomic_load(&board->serving_wall));
    bf_buf_char(b, ',');
    json_text(b, "last_failure", board->last_failure);
    bf_buf_printf(b, ",\"change\":%" PRIu64 ",\"behind\":", atomic_load(&board->serving_change));
    json_count(b, bf_board_behind(board));
    bf_buf_text(b, ",\"last\":");
    const struct bf_trial *last = bf_trial_last(board->trials);
    if (last)
        bf_attempt_json(b, last);
    else
        bf_buf_text(b, "null");
    bf_buf_printf(b, "},\"database\":\"%s\",\"pools\":[", v->hearing ? "up" : "away");
    for (unsigned pool = 0; pool < BF_POOLS; pool++) {
        bf_buf_text(b, pool ? "," : "");
        json_pool(b, v, pool);
    }
    bf_buf_text(b, "],\"clock\":{");
    json_workers(b, v, BF_POOL_CLOCK);
    bf_buf_text(b, "},");
    json_datasets(b, v);
    json_quarantine(b, v);
    bf_status_hook_json(b, v->shared.fuses, v->now_us);
    if (v->shared.quotas)
        bf_status_quota_json(b, v->shared.quotas);
    if (v->hearing) /* else it does not answer, and nobody waits for it */
        bf_status_sources(v->conf, b, true, v->now_wall);
    bf_buf_text(b, "}\n");
}

/* ---- for people ---------------------------------------------------------------------------- */

static void print_age(struct bf_buf *b, int64_t us)
{
    static const struct {
        int64_t seconds;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t s = us > 0 ? us / 1000000 : 0;
    size_t i = 0;
    while (i < 3 && s < 2 * units[i].seconds)
        i++;
    bf_buf_printf(b, "%" PRId64 " %s", s / units[i].seconds, units[i].unit);
}

static void print_pool_line(struct bf_buf *b, const struct view *v, unsigned pool)
{
    struct bf_sum sum;
    const struct bf_board_pool *p = &v->board->pools[pool];
    sum_pool(v, pool, &sum);
    bf_buf_printf(b,
                  "%-8s %3u/%-3" PRIu32 " %12" PRIu64 " %10" PRIu64 " %8" PRIu64 " %9" PRIu64
                  " %9" PRIu64 "\n",
                  bf_pool_name(pool), v->good[pool], atomic_load(&p->wanted), sum.requests,
                  sum.classes[3], sum.classes[5], atomic_load(&p->restarts),
                  atomic_load(&p->deadline_kills));
}

static void print_workers(struct bf_buf *b, const struct view *v)
{
    uint32_t used = atomic_load(&v->board->slots_used);
    bf_buf_text(b, "\nprocess    pool     state      generation     requests   memory  age\n");
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        const struct bf_slot *s = &v->board->slots[i];
        char why[BF_BOARD_TEXT];
        if (atomic_load(&s->duty) == BF_DUTY_FREE)
            continue;
        bf_board_hear(s->why, why);
        bf_buf_printf(b, "%-10" PRId32 " %-8s %-10s %10" PRIu64 " %12" PRIu64 " %4" PRIu64 " MiB  ",
                      atomic_load(&s->pid), bf_pool_name(atomic_load(&s->pool)), bf_slot_state(s),
                      atomic_load(&s->generation), atomic_load(&s->requests),
                      atomic_load(&s->rss) >> 20);
        print_age(b, v->now_wall - atomic_load(&s->forked_wall));
        bf_buf_printf(b, "%s%s\n", why[0] ? "  " : "", why);
    }
}

static void print_quarantine(struct bf_buf *b, const struct bf_quarantine_state *q)
{
    const char *out = !q->until_us ? "" : q->ingest ? ", nothing is written" : ", out of service";
    bf_buf_printf(b, "%s of %s: %" PRIu32 " crashes%s; the last: %s\n",
                  q->ingest ? "on_ingest" : "handler", q->dataset, q->crashes, out,
                  bf_fall_text(q->fall));
}

static void print_datasets(struct bf_buf *b, const struct view *v)
{
    bf_buf_text(b, "\ndataset                                  commit   records  age\n");
    for (size_t i = 0; i < v->ndatasets; i++) {
        const struct dataset *d = &v->datasets[i];
        bf_buf_printf(b, "%-36.*s %10" PRId64 " %9" PRId64 "  ", BF_STR_ARG(d->id), d->state.commit,
                      d->state.records);
        if (d->state.instant > 0)
            print_age(b, v->now_wall - d->state.instant);
        else
            bf_buf_char(b, '-');
        bf_buf_char(b, '\n');
    }
    for (size_t i = 0; i < v->nquarantine; i++)
        print_quarantine(b, &v->quarantine[i]);
}

static void print_table(struct bf_buf *b, const struct view *v)
{
    const struct bf_board *board = v->board;
    bf_buf_printf(b, "%s, up ", state_name(v->state));
    print_age(b, v->now_us - board->started_us);
    bf_buf_printf(b,
                  ", generation %" PRIu64 ", %" PRIu64 " reloads (%" PRIu64 " failed), %" PRIu64
                  " restarts of the master\n",
                  atomic_load(&board->serving), atomic_load(&board->reloads),
                  atomic_load(&board->reloads_failed), atomic_load(&board->master_restarts));
    bf_buf_printf(b, "database %s; guardian %" PRId32 "%s, master %" PRId32 "%s\n",
                  v->hearing ? "up" : "away", v->guardian.pid, v->guardian_alive ? "" : " (dead)",
                  v->master.pid, v->master_alive ? "" : " (dead)");
    if (bf_board_behind(board))
        bf_buf_printf(b,
                      "change %" PRIu64 " of the catalogue is served, the last that was before the "
                      "start; change %" PRIu64 " was there, too\n",
                      atomic_load(&board->serving_change), bf_board_behind(board));
    const struct bf_trial *last = bf_trial_last(board->trials);
    if (last && atomic_load(&last->end) != BF_TRIAL_SERVES)
        bf_attempt_text(b, last, atomic_load(&board->serving));
    bf_buf_text(b, "\npool       ready     requests        3xx      5xx  restarts  deadline\n");
    for (unsigned pool = 0; pool < BF_POOLS; pool++)
        print_pool_line(b, v, pool);
    print_workers(b, v);
    print_datasets(b, v);
    bf_status_hook_text(b, v->shared.fuses, v->now_us);
    if (v->shared.quotas)
        bf_status_quota_text(b, v->shared.quotas);
    if (v->hearing)
        bf_status_sources(v->conf, b, false, v->now_wall);
}

/* ---- the command --------------------------------------------------------------------------- */

static int not_running(bool json, const char *why)
{
    if (json)
        printf("{\"state\":\"not running\",\"pools\":[],\"datasets\":[]}\n");
    else
        printf("not running: %s\n", why);
    return NOT_RUNNING;
}

static int show(struct view *v, bool json)
{
    struct bf_buf text;
    bf_buf_init(&text, TEXT_MOST);
    look(v);
    if (v->state == NOT_RUNNING)
        return not_running(json, "its processes are gone");
    if (json)
        print_json(&text, v);
    else
        print_table(&text, v);
    bool printed = bf_say_buf(stdout, &text);
    bf_buf_fini(&text);
    return printed ? v->state : DEGRADED;
}

int bf_cmd_status(int argc, char **argv)
{
    struct bf_conf conf;
    struct bf_err err;
    struct view v = {.conf = &conf};
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json)
        return bf_say_usage(usage);
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err))
        return bf_say_error("status", &err);
    if (!bf_shared_open(&conf, false, &v.shared, &err)) {
        bf_shared_close(&v.shared);
        return err.code == BF_E_NOT_FOUND_RESOURCE ? not_running(json, err.message)
                                                   : bf_say_error("status", &err);
    }
    /* Only looked at: the memory is mapped read-only. */
    v.shared.quotas = (struct bf_quotas *)(uintptr_t)bf_quotas_look(conf.run_dir);
    int status = show(&v, json);
    free(v.datasets);
    bf_shared_close(&v.shared);
    return status;
}
