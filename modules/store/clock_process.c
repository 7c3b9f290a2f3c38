#include "store/clock_process.h"

#include "core/clock.h"
#include "core/log.h"
#include "store/access_rows.h"
#include "store/applied.h"
#include "store/conn.h"
#include "store/prune.h"
#include "store/result.h"
#include "store/usage_keeper.h"
#include "store/used_rows.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { BEAT_MS = 250, RETRY_MS = 20, PRUNE_EVERY_S = 3600, FIRST_PRUNE_S = 60, USED_EVERY_S = 2 };

struct listener {
    const struct bf_conf *conf;
    struct bf_live *live;
    struct bf_access *access;
    struct bf_used *used;
    struct bf_usage_keeper *keeper;
    struct bf_conn *conn;
    const _Atomic uint64_t *served;
    uint64_t told_served;
    bool listening;
    bool access_told; /* somebody said that access changed */
    int64_t next_ask_us;
    int64_t next_prune_us;
    int64_t next_used_us;
};

static enum bf_live_source source_of(struct bf_str state)
{
    if (bf_str_eq(state, BF_STR("held")))
        return BF_LIVE_SOURCE_HELD;
    return bf_str_eq(state, BF_STR("failing")) ? BF_LIVE_SOURCE_FAILING : BF_LIVE_SOURCE_GOOD;
}

/* Everything that is so now; also what was missed while nobody listened. */
static bool read_states(struct listener *l, struct bf_err *err)
{
    PGresult *res =
        bf_conn_query(l->conn,
                      BF_STR("SELECT t.dataset, t.commit, t.instant, t.pushed, t.records, s.state"
                             " FROM catalog.state AS t LEFT JOIN catalog.source AS s"
                             " ON s.dataset = t.dataset AND s.active"),
                      NULL, 0, err);
    if (!res)
        return false;
    for (int i = 0; i < PQntuples(res); i++) {
        bf_live_put(l->live, bf_result_text(res, i, 0),
                    &(struct bf_live_state){bf_result_int(res, i, 1), bf_result_instant(res, i, 2),
                                            bf_result_instant(res, i, 3), bf_result_int(res, i, 4),
                                            source_of(bf_result_text(res, i, 5))});
    }
    PQclear(res);
    return true;
}

/* `commit <dataset> <commit> <instant us> <pushed us> <records>` */
static bool take_commit(struct bf_live *live, struct bf_str payload)
{
    struct bf_str rest;
    struct bf_str dataset = bf_str_cut(payload, ' ', &rest);
    struct bf_live_state s;
    if (!rest.p || sscanf(rest.p, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &s.commit,
                          &s.instant, &s.pushed, &s.records) != 4)
        return false;
    struct bf_live_state known = {.commit = -1};
    bool is_known = bf_live_get(live, dataset, &known);
    s.source = is_known ? known.source : BF_LIVE_SOURCE_GOOD;
    if (!is_known || known.commit < s.commit ||
        (known.commit == s.commit && known.pushed < s.pushed))
        bf_live_put(live, dataset, &s);
    return true;
}

/* `source <dataset> <state>`; of a dataset that is not known yet the next reading tells. */
static bool take_source(struct bf_live *live, struct bf_str payload)
{
    struct bf_str state;
    struct bf_live_state known;
    struct bf_str dataset = bf_str_cut(payload, ' ', &state);
    if (!state.p)
        return false;
    if (bf_live_get(live, dataset, &known)) {
        known.source = source_of(state);
        bf_live_put(live, dataset, &known);
    }
    return true;
}

static void take(struct listener *l, const char *payload)
{
    struct bf_str rest;
    struct bf_str word = bf_str_cut(bf_str_of(payload), ' ', &rest);
    if (bf_str_eq(word, BF_STR("catalog"))) {
        struct bf_err err;
        bf_err_clear(&err);
        l->listening = read_states(l, &err); /* a new dataset has a state, too */
        bf_live_catalog_changed(l->live);
    } else if (!(bf_str_eq(word, BF_STR("commit")) && take_commit(l->live, rest)) &&
               !(bf_str_eq(word, BF_STR("source")) && take_source(l->live, rest))) {
        bf_log(BF_LOG_WARNING, "clock.payload", "not understood: %.200s", payload);
    }
}

static void take_all(struct listener *l)
{
    PGconn *pg = bf_conn_pg(l->conn);
    if (!PQconsumeInput(pg))
        return;
    for (PGnotify *n; (n = PQnotifies(pg)) != NULL; PQfreemem(n)) {
        if (strcmp(n->relname, "beffroi_access") == 0)
            l->access_told = true;
        else
            take(l, n->extra);
    }
}

/* ---- access ---- */

static void ask_access(struct listener *l, int64_t now)
{
    struct bf_err err;
    struct bf_access_news news;
    if (!l->access_told && now < l->next_ask_us)
        return;
    bf_err_clear(&err);
    l->next_ask_us = now + (int64_t)BEAT_MS * 1000;
    bool ok = bf_access_ask(l->conn, &news, &err);
    if (ok && news.number == bf_access_news(l->access).number)
        bf_access_still(l->access, news.at);
    else if (ok)
        ok = bf_access_read(l->conn, l->access, &err);
    if (ok)
        l->access_told = false;
    else
        bf_log(BF_LOG_WARNING, "clock.access", "%s: %s", err.message, err.detail);
}

/* ---- the loop ---- */

static bool listen_now(struct listener *l)
{
    struct bf_err err;
    bf_err_clear(&err);
    /* LISTEN first, then read: nothing can fall in between. */
    l->listening = bf_conn_ready(l->conn, &err) && bf_conn_run(l->conn, "LISTEN beffroi", &err) &&
                   bf_conn_run(l->conn, "LISTEN beffroi_access", &err) && read_states(l, &err) &&
                   bf_access_read(l->conn, l->access, &err);
    if (l->listening)
        bf_log(BF_LOG_INFO, "clock.hearing", "listening to the database");
    return l->listening;
}

static void prune_when_due(struct listener *l, int64_t now)
{
    if (now < l->next_prune_us)
        return;
    struct bf_err err;
    bf_err_clear(&err);
    if (!bf_prune(l->conn, &err))
        bf_log(BF_LOG_WARNING, "clock.prune", "%s: %s", err.message, err.detail);
    l->next_prune_us = now + (int64_t)PRUNE_EVERY_S * 1000000;
}

static void tell_used(struct listener *l, int64_t now)
{
    if (now < l->next_used_us)
        return;
    struct bf_err err;
    bf_err_clear(&err);
    if (!bf_used_tell(l->used, l->conn, &err))
        bf_log(BF_LOG_WARNING, "clock.used", "%s: %s", err.message, err.detail);
    l->next_used_us = now + (int64_t)USED_EVERY_S * 1000000;
}

static void tell_served(struct listener *l)
{
    uint64_t served = l->served ? atomic_load(l->served) : 0;
    struct bf_err err;
    if (served == l->told_served)
        return;
    bf_err_clear(&err);
    if (bf_applied_tell(l->conn, (int64_t)served, &err))
        l->told_served = served;
    else
        bf_log(BF_LOG_WARNING, "clock.served", "%s: %s", err.message, err.detail);
}

static void wait_input(struct listener *l)
{
    struct pollfd fd = {.fd = l->listening ? PQsocket(bf_conn_pg(l->conn)) : -1, .events = POLLIN};
    if (poll(&fd, 1, l->listening ? BEAT_MS : RETRY_MS) > 0)
        take_all(l);
}

/* One writer of the live region at a time: a new clock process waits here until the old one is
 * gone. */
static int take_turn(const struct bf_conf *conf, const volatile sig_atomic_t *stop)
{
    char path[BF_CONF_TEXT + 16];
    snprintf(path, sizeof path, "%s/clock.lock", conf->run_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && !*stop && flock(fd, LOCK_EX | LOCK_NB) != 0)
        poll(NULL, 0, RETRY_MS);
    if (fd < 0)
        bf_log(BF_LOG_WARNING, "clock.lock", "cannot open %s", path);
    return fd;
}

/* Before the process ends: what was counted and marked since. */
static void finish(struct listener *l)
{
    bf_usage_keeper_end(l->keeper, l->conn);
    if (bf_conn_is_up(l->conn))
        tell_used(l, l->next_used_us);
}

void bf_clock_process(const struct bf_conf *conf, const struct bf_clock_parts *parts,
                      const volatile sig_atomic_t *stop)
{
    struct bf_live *live = parts->live;
    struct listener l = {.conf = conf,
                         .live = live,
                         .access = parts->access,
                         .used = parts->used,
                         .served = parts->served,
                         .keeper = bf_usage_keeper_new(parts->usage, conf),
                         .conn = bf_conn_new(conf, BF_ROLE_WRITER)};
    int lock = take_turn(conf, stop);
    l.next_prune_us = bf_clock_mono_us() + (int64_t)FIRST_PRUNE_S * 1000000;
    while (l.conn && !*stop) {
        if (!l.listening || !bf_conn_is_up(l.conn))
            listen_now(&l);
        int64_t now = bf_clock_mono_us();
        bf_live_hear(live, l.listening, now);
        if (l.listening) {
            ask_access(&l, now);
            prune_when_due(&l, now);
            bf_usage_keeper_step(l.keeper, l.conn, now);
            if (bf_conn_is_up(l.conn))
                tell_used(&l, now);
            if (bf_conn_is_up(l.conn))
                tell_served(&l);
            take_all(&l); /* what came in while these read their answers wakes nobody */
        }
        wait_input(&l);
        if (l.listening && !bf_conn_is_up(l.conn)) {
            l.listening = false;
            bf_live_hear(live, false, now);
            bf_log(BF_LOG_WARNING, "clock.deaf", "the connection to the database was lost");
        }
    }
    if (l.conn)
        finish(&l);
    bf_usage_keeper_free(l.keeper);
    bf_conn_free(l.conn);
    if (lock >= 0)
        close(lock);
}
