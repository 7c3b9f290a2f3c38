#include "worker/pools.h"

static const char *const names[] = {
    [BF_POOL_READ] = "read",     [BF_POOL_EXPORT] = "export", [BF_POOL_PUSH] = "push",
    [BF_POOL_ADMIN] = "admin",   [BF_POOL_CLOCK] = "clock",   [BF_POOL_ACCOUNTANT] = "accountant",
    [BF_POOL_CANARY] = "canary", [BF_POOL_PULLER] = "puller",
};

const char *bf_pool_name(unsigned pool)
{
    return pool < sizeof names / sizeof names[0] ? names[pool] : "?";
}

unsigned bf_pool_workers(const struct bf_conf *conf, unsigned pool)
{
    const int64_t workers[] = {
        [BF_POOL_READ] = conf->read_workers,
        [BF_POOL_EXPORT] = conf->export_workers,
        [BF_POOL_PUSH] = conf->push_workers,
        [BF_POOL_ADMIN] = conf->admin_workers,
        [BF_POOL_CLOCK] = 1,
        [BF_POOL_ACCOUNTANT] = 1,
        [BF_POOL_CANARY] = 0,
        [BF_POOL_PULLER] = conf->pull_workers > 0,
    };
    return pool < sizeof workers / sizeof workers[0] ? (unsigned)workers[pool] : 0;
}

int64_t bf_pool_deadline_us(const struct bf_conf *conf, unsigned pool)
{
    const int64_t deadlines_ms[] = {
        [BF_POOL_READ] = conf->read_deadline_ms,
        [BF_POOL_EXPORT] = conf->export_deadline_ms,
        [BF_POOL_PUSH] = conf->push_deadline_ms,
        [BF_POOL_ADMIN] = conf->read_deadline_ms,
    };
    return pool < BF_POOLS ? deadlines_ms[pool] * 1000 : 0;
}
