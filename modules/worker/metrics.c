#include "worker/metrics.h"

#include "core/clock.h"
#include "limits/quota_view.h"

#include <inttypes.h>

enum { HEARD_WITHIN_US = 5 * 1000 * 1000 };

bool bf_metrics_hearing(const struct bf_shared *shared)
{
    struct bf_live_facts facts;
    bf_live_facts(shared->live, &facts);
    return facts.hearing && bf_clock_mono_us() - facts.heard_at_mono < HEARD_WITHIN_US;
}

/* Microseconds as seconds: exact, without floating point. */
static void seconds(struct bf_buf *out, uint64_t us)
{
    bf_buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void family(struct bf_buf *out, const char *name, const char *type, const char *help)
{
    bf_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void single(struct bf_buf *out, const char *name, const char *type, const char *help,
                   uint64_t value)
{
    family(out, name, type, help);
    bf_buf_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* A label value (text format: backslash, quote and line feed are escaped). */
static void label(struct bf_buf *out, struct bf_str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\\' || value.p[i] == '"')
            bf_buf_char(out, '\\');
        bf_buf_char(out, value.p[i] == '\n' ? ' ' : value.p[i]);
    }
}

/* ---- requests ------------------------------------------------------------------------------ */

typedef void print_sum(struct bf_buf *out, const char *pool, const char *route,
                       const struct bf_sum *sum);

static void requests(struct bf_buf *out, const char *pool, const char *route,
                     const struct bf_sum *sum)
{
    static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (unsigned i = 0; i < BF_BOARD_CLASSES; i++)
        if (sum->classes[i])
            bf_buf_printf(
                out, "beffroi_requests_total{pool=\"%s\",route=\"%s\",class=\"%s\"} %" PRIu64 "\n",
                pool, route, classes[i], sum->classes[i]);
}

static void durations(struct bf_buf *out, const char *pool, const char *route,
                      const struct bf_sum *sum)
{
    uint64_t below = 0;
    for (unsigned i = 0; i < BF_BOARD_BUCKETS; i++) {
        below += sum->buckets[i];
        bf_buf_printf(out, "beffroi_request_seconds_bucket{pool=\"%s\",route=\"%s\",le=\"", pool,
                      route);
        if (i < BF_BOARD_BUCKETS - 1)
            seconds(out, (uint64_t)bf_board_bounds_us[i]);
        else
            bf_buf_text(out, "+Inf");
        bf_buf_printf(out, "\"} %" PRIu64 "\n", below);
    }
    bf_buf_printf(out, "beffroi_request_seconds_sum{pool=\"%s\",route=\"%s\"} ", pool, route);
    seconds(out, sum->sum_us);
    bf_buf_printf(out, "\nbeffroi_request_seconds_count{pool=\"%s\",route=\"%s\"} %" PRIu64 "\n",
                  pool, route, below);
}

static void rows(struct bf_buf *out, const char *pool, const char *route, const struct bf_sum *sum)
{
    bf_buf_printf(out, "beffroi_rows_total{pool=\"%s\",route=\"%s\"} %" PRIu64 "\n", pool, route,
                  sum->rows);
}

static void bytes(struct bf_buf *out, const char *pool, const char *route, const struct bf_sum *sum)
{
    bf_buf_printf(out, "beffroi_body_bytes_total{pool=\"%s\",route=\"%s\"} %" PRIu64 "\n", pool,
                  route, sum->bytes);
}

static void broken(struct bf_buf *out, const char *pool, const char *route,
                   const struct bf_sum *sum)
{
    if (sum->broken)
        bf_buf_printf(out, "beffroi_broken_total{pool=\"%s\",route=\"%s\"} %" PRIu64 "\n", pool,
                      route, sum->broken);
}

static void hot(struct bf_buf *out, const char *pool, const char *route, const struct bf_sum *sum)
{
    if (sum->hot)
        bf_buf_printf(out, "beffroi_hot_total{pool=\"%s\",route=\"%s\"} %" PRIu64 "\n", pool, route,
                      sum->hot);
}

static const struct {
    const char *name, *type, *help;
    print_sum *print;
} request_families[] = {
    {"beffroi_requests_total", "counter", "Requests by the class of their status.", requests},
    {"beffroi_request_seconds", "histogram", "From the request's head to the answer's end.",
     durations},
    {"beffroi_rows_total", "counter", "Rows in answers.", rows},
    {"beffroi_body_bytes_total", "counter", "Bytes in the bodies of answers.", bytes},
    {"beffroi_broken_total", "counter", "Answers that were cut off.", broken},
    {"beffroi_hot_total", "counter", "Answers given from shared memory.", hot},
};

static void print_requests(const struct bf_board *b, struct bf_buf *out)
{
    struct bf_sum sum;
    for (size_t f = 0; f < sizeof request_families / sizeof request_families[0]; f++) {
        family(out, request_families[f].name, request_families[f].type, request_families[f].help);
        for (unsigned i = 0; i < BF_POOLS * BF_BOARD_ROUTES; i++) {
            const char *route = bf_board_route_name(b, i % BF_BOARD_ROUTES);
            if (!route)
                continue;
            bf_board_sum(b, i / BF_BOARD_ROUTES, i % BF_BOARD_ROUTES, &sum);
            if (sum.requests)
                request_families[f].print(out, bf_pool_name(i / BF_BOARD_ROUTES), route, &sum);
        }
    }
}

/* ---- processes ----------------------------------------------------------------------------- */

static void print_workers(const struct bf_board *b, struct bf_buf *out)
{
    static const char *const states[] = {"starting", "waiting", "ready", "busy", "draining"};
    enum { STATES = sizeof states / sizeof states[0] };
    uint64_t count[BF_CREWS][STATES] = {0};
    uint32_t used = atomic_load(&b->slots_used);
    for (uint32_t i = 0; i < used && i < BF_BOARD_SLOTS; i++) {
        uint32_t pool = atomic_load(&b->slots[i].pool);
        for (unsigned s = 0; s < STATES && pool < BF_CREWS; s++)
            count[pool][s] +=
                bf_str_eq(bf_str_of(bf_slot_state(&b->slots[i])), bf_str_of(states[s]));
    }
    family(out, "beffroi_workers", "gauge", "Worker processes by what they do.");
    for (unsigned i = 0; i < BF_POOLS * STATES; i++)
        bf_buf_printf(out, "beffroi_workers{pool=\"%s\",state=\"%s\"} %" PRIu64 "\n",
                      bf_pool_name(i / STATES), states[i % STATES], count[i / STATES][i % STATES]);
}

static void print_pool_counter(const struct bf_board *b, struct bf_buf *out, const char *name,
                               const char *help, size_t offset)
{
    family(out, name, "counter", help);
    for (unsigned pool = 0; pool < BF_CREWS; pool++) {
        const char *at = (const char *)&b->pools[pool] + offset;
        bf_buf_printf(out, "%s{pool=\"%s\"} %" PRIu64 "\n", name, bf_pool_name(pool),
                      atomic_load((const _Atomic uint64_t *)(const void *)at));
    }
}

static void print_processes(const struct bf_board *b, struct bf_buf *out)
{
    print_workers(b, out);
    print_pool_counter(b, out, "beffroi_worker_forks_total", "Worker processes started.",
                       offsetof(struct bf_board_pool, forks));
    print_pool_counter(b, out, "beffroi_worker_restarts_total",
                       "Workers that died without having been asked to.",
                       offsetof(struct bf_board_pool, restarts));
    print_pool_counter(b, out, "beffroi_worker_deadline_kills_total",
                       "Workers killed because a request was older than the pool's deadline.",
                       offsetof(struct bf_board_pool, deadline_kills));
    single(out, "beffroi_master_restarts_total", "counter", "Masters that died by themselves.",
           atomic_load(&b->master_restarts));
    single(out, "beffroi_generation", "gauge", "The generation of workers that serves.",
           atomic_load(&b->serving));
    single(out, "beffroi_reloads_total", "counter", "Generations that took over.",
           atomic_load(&b->reloads));
    single(out, "beffroi_reloads_failed_total", "counter", "Generations that could not start.",
           atomic_load(&b->reloads_failed));
}

/* ---- datasets ------------------------------------------------------------------------------ */

static void dataset_line(struct bf_buf *out, const char *name, struct bf_str dataset)
{
    bf_buf_printf(out, "%s{dataset=\"", name);
    label(out, dataset);
    bf_buf_text(out, "\"} ");
}

static void print_ages(const struct bf_live *live, struct bf_buf *out)
{
    struct bf_live_state state;
    struct bf_str dataset;
    int64_t now = bf_clock_wall_us();
    family(out, "beffroi_dataset_commit_age_seconds", "gauge", "Since the newest commit.");
    for (size_t at = 0; bf_live_each(live, &at, &dataset, &state);) {
        if (state.commit <= 0)
            continue;
        dataset_line(out, "beffroi_dataset_commit_age_seconds", dataset);
        seconds(out, now > state.instant ? (uint64_t)(now - state.instant) : 0);
        bf_buf_char(out, '\n');
    }
}

static void print_datasets(const struct bf_live *live, struct bf_buf *out)
{
    struct bf_live_state state;
    struct bf_str dataset;
    family(out, "beffroi_dataset_commit", "gauge", "Number of the dataset's newest commit.");
    for (size_t at = 0; bf_live_each(live, &at, &dataset, &state);) {
        dataset_line(out, "beffroi_dataset_commit", dataset);
        bf_buf_printf(out, "%" PRId64 "\n", state.commit);
    }
    print_ages(live, out);
    family(out, "beffroi_dataset_records", "gauge", "Current records.");
    for (size_t at = 0; bf_live_each(live, &at, &dataset, &state);) {
        dataset_line(out, "beffroi_dataset_records", dataset);
        bf_buf_printf(out, "%" PRId64 "\n", state.records);
    }
}

enum { CRASHED = 64 };

static void print_crashes(const struct bf_quarantine_state *list, size_t n, bool ingest,
                          struct bf_buf *out)
{
    const char *total = ingest ? "beffroi_ingest_crashes_total" : "beffroi_handler_crashes_total";
    const char *now = ingest ? "beffroi_ingest_quarantined" : "beffroi_handler_quarantined";
    family(out, total, "counter",
           ingest ? "Workers that died inside on_ingest." : "Workers that died inside a handler.");
    for (size_t i = 0; i < n; i++) {
        if (list[i].ingest != ingest)
            continue;
        dataset_line(out, total, bf_str_of(list[i].dataset));
        bf_buf_printf(out, "%" PRIu32 "\n", list[i].crashes);
    }
    family(out, now, "gauge",
           ingest ? "1: nothing is written to the dataset." : "1: the dataset is out of service.");
    for (size_t i = 0; i < n; i++) {
        if (list[i].ingest != ingest)
            continue;
        dataset_line(out, now, bf_str_of(list[i].dataset));
        bf_buf_text(out, list[i].until_us ? "1\n" : "0\n");
    }
}

static void print_quarantine(const struct bf_quarantine *q, struct bf_buf *out)
{
    struct bf_quarantine_state list[CRASHED];
    size_t n = bf_quarantine_list(q, bf_clock_mono_us(), list, CRASHED);
    n = n < CRASHED ? n : CRASHED;
    print_crashes(list, n, false, out);
    print_crashes(list, n, true, out);
}

static void hook_line(struct bf_buf *out, const char *name, const struct bf_fuse_line *line,
                      uint32_t value)
{
    bf_buf_printf(out, "%s{dataset=\"", name);
    label(out, bf_str_of(line->dataset));
    bf_buf_printf(out, "\",hook=\"%s\"} %" PRIu32 "\n", bf_fuse_part_name(line->part), value);
}

static void print_hooks(const struct bf_fuses *all, struct bf_buf *out)
{
    enum { MOST = 64 };
    struct bf_fuse_line list[MOST];
    size_t n = bf_fuses_list(all, list, MOST);
    family(out, "beffroi_hook_failures_total", "counter",
           "Requests that a script of the dataset failed.");
    for (size_t i = 0; i < n && i < MOST; i++)
        hook_line(out, "beffroi_hook_failures_total", &list[i], list[i].failures);
    family(out, "beffroi_hook_off", "gauge", "1: that part of the script was switched off.");
    for (size_t i = 0; i < n && i < MOST; i++)
        hook_line(out, "beffroi_hook_off", &list[i], list[i].off);
}

static void print_near(const struct bf_quotas *q, struct bf_buf *out)
{
    enum { MOST = 64, PERCENT = 80 };
    struct bf_quota_holding list[MOST];
    size_t n = bf_quota_nearest(q, PERCENT, list, MOST);
    family(out, "beffroi_quota_used_ratio", "gauge", "Of quotas that are used by 80 % or more.");
    for (size_t i = 0; i < n && i < MOST; i++) {
        bf_buf_text(out, "beffroi_quota_used_ratio{account=\"");
        label(out, bf_str_of(list[i].account));
        bf_buf_printf(out, "\",window=\"%s\"} %.4f\n", bf_quota_window_name(list[i].window),
                      (double)list[i].used / (double)list[i].limit);
    }
}

static void print_quotas(const struct bf_quotas *q, struct bf_buf *out)
{
    struct bf_quota_facts f;
    bf_quota_facts(q, bf_clock_boot_us(), &f);
    single(out, "beffroi_quota_accountant_up", "gauge", "1: the accountant hears the database.",
           f.hearing);
    single(out, "beffroi_quota_accounts", "gauge", "Accounts with a quota at work on this node.",
           f.accounts);
    single(out, "beffroi_quota_leases", "gauge", "Slices of quotas that this node holds.",
           f.leases);
    single(out, "beffroi_quota_held_units", "gauge", "Units in them that are not spent.",
           (uint64_t)f.held);
    single(out, "beffroi_quota_takes_total", "counter", "Slices asked for.", f.takes);
    single(out, "beffroi_quota_announces_total", "counter", "Ceilings raised within a slice.",
           f.announces);
    single(out, "beffroi_quota_returns_total", "counter", "Slices returned.", f.returns);
    single(out, "beffroi_quota_evictions_total", "counter",
           "Accounts that made room for others: the table is full.", f.evictions);
    single(out, "beffroi_quota_failures_total", "counter",
           "Round trips to the database that failed.", f.failures);
    print_near(q, out);
}

void bf_metrics_print(const struct bf_shared *shared, struct bf_buf *out)
{
    print_requests(shared->board, out);
    print_processes(shared->board, out);
    single(out, "beffroi_database_up", "gauge", "1: the clock process hears the database.",
           bf_metrics_hearing(shared));
    single(out, "beffroi_uptime_seconds", "gauge", "Since the guardian started.",
           (uint64_t)(bf_clock_mono_us() - shared->board->started_us) / 1000000);
    print_datasets(shared->live, out);
    print_quarantine(shared->quarantine, out);
    print_hooks(shared->fuses, out);
    if (shared->quotas)
        print_quotas(shared->quotas, out);
}
