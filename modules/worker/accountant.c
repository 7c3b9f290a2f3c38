#include "worker/accountant.h"

#include "core/clock.h"
#include "core/log.h"
#include "worker/ledger.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    RETRY_FIRST_US = 20 * 1000,
    RETRY_MOST_US = 1000 * 1000,
    WAIT_US = 50 * 1000,
    SWEEP_US = 100 * 1000,
    BEAT_US = 500 * 1000,
    PRUNE_US = INT32_C(1800) * 1000 * 1000, /* the first one after half an hour */
};

struct accountant {
    struct bf_quotas *q;
    struct bf_conn *conn;
    struct bf_ledger *ledger;
    bool resumed; /* connected, and everything from before is returned */
    bool told;    /* that it is not */
    int64_t retry_us, swept_us, beat_us, pruned_us;
};

/* The same reason again and again is one line in the log. */
static void deaf(struct accountant *a, const struct bf_err *err)
{
    if (!a->told)
        bf_log(BF_LOG_WARNING, "quota.deaf", "no leases: %s (%s)", err->message, err->detail);
    a->told = true;
    a->resumed = false;
    a->retry_us = a->retry_us * 2 < RETRY_MOST_US ? a->retry_us * 2 : RETRY_MOST_US;
    atomic_store(&a->q->hearing, 0);
    bf_quota_tell(a->q); /* nobody waits in vain */
}

static bool resume(struct accountant *a, struct bf_err *err)
{
    a->resumed = bf_conn_ready(a->conn, err) && bf_ledger_resume(a->ledger, err);
    if (!a->resumed)
        return false;
    bf_log(BF_LOG_INFO, "quota.hearing", "node=%s leases quotas", a->q->head.node);
    a->told = false;
    a->retry_us = RETRY_FIRST_US;
    a->beat_us = a->swept_us = bf_clock_boot_us();
    return true;
}

static bool when_due(int64_t *last, int64_t every, int64_t now)
{
    if (now - *last < every)
        return false;
    *last = now;
    return true;
}

/* One look at everything. true in *more: look again at once. */
static bool pass(struct accountant *a, bool *more, struct bf_err *err)
{
    int64_t now = bf_clock_boot_us();
    atomic_store(&a->q->beat_us, now);
    atomic_store(&a->q->hearing, 1);
    if (when_due(&a->beat_us, BEAT_US, now) && !bf_ledger_beat(a->ledger, err))
        return false;
    if (when_due(&a->pruned_us, PRUNE_US, now) && !bf_lease_prune(a->conn, err))
        return false;
    bool came = bf_ledger_listen(a->ledger, now);
    if (when_due(&a->swept_us, SWEEP_US, now))
        bf_ledger_sweep(a->ledger, now);
    if (!bf_ledger_settle(a->ledger, more, err))
        return false;
    if (came)
        bf_quota_tell(a->q);
    return true;
}

static void work(struct accountant *a, const volatile sig_atomic_t *stop)
{
    struct bf_err err;
    a->pruned_us = bf_clock_boot_us();
    a->retry_us = RETRY_FIRST_US;
    while (!*stop) {
        bool more = false;
        uint32_t seen = atomic_load(&a->q->bell);
        bf_err_clear(&err);
        if (!(a->resumed || resume(a, &err)) || !pass(a, &more, &err)) {
            deaf(a, &err);
            poll(NULL, 0, (int)(a->retry_us / 1000));
        } else if (!more) {
            bf_quota_wait_bell(a->q, seen, WAIT_US);
        }
    }
    bf_err_clear(&err);
    if (a->resumed && !bf_ledger_close(a->ledger, &err))
        deaf(a, &err);
    atomic_store(&a->q->hearing, 0);
}

static int take_turn(const struct bf_conf *conf, const volatile sig_atomic_t *stop)
{
    char path[BF_CONF_TEXT + 16];
    snprintf(path, sizeof path, "%s/quota.lock", conf->run_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        bf_log(BF_LOG_ERROR, "quota.lock", "cannot open %s", path);
    while (fd >= 0 && !*stop && flock(fd, LOCK_EX | LOCK_NB) != 0)
        poll(NULL, 0, RETRY_FIRST_US / 1000);
    return fd;
}

void bf_accountant(const struct bf_conf *conf, struct bf_quotas *quotas,
                   const volatile sig_atomic_t *stop)
{
    struct accountant a = {.q = quotas, .conn = bf_conn_new(conf, BF_ROLE_ACCOUNTANT)};
    int lock = take_turn(conf, stop); /* two of them would break every promise */
    a.ledger = a.conn ? bf_ledger_new(quotas, a.conn, conf->quota_lease_ms) : NULL;
    if (lock >= 0 && a.ledger && !*stop)
        work(&a, stop);
    bf_ledger_free(a.ledger);
    bf_conn_free(a.conn);
    if (lock >= 0)
        close(lock);
}
