#include "store/usage_keeper.h"

#include "core/log.h"
#include "store/usage_publish.h"
#include "store/usage_rows.h"
#include "value/instant.h"

#include <inttypes.h>
#include <stdlib.h>

enum {
    TELL_US = 2 * 1000 * 1000,
    TELL_ALL_US = 10 * 1000 * 1000,
    LOOK_US = 60 * 1000 * 1000,
};

struct bf_usage_keeper {
    struct bf_usage *usage;
    struct bf_usage_teller *teller;
    const struct bf_conf *conf;
    int64_t next_tell_us, next_all_us, next_look_us;
    uint64_t uncounted; /* that the log knows of */
};

struct bf_usage_keeper *bf_usage_keeper_new(struct bf_usage *usage, const struct bf_conf *conf)
{
    struct bf_usage_keeper *k = usage ? calloc(1, sizeof *k) : NULL;
    if (!k)
        return NULL;
    k->usage = usage;
    k->conf = conf;
    k->teller = bf_usage_teller_new(usage);
    if (k->teller)
        return k;
    free(k);
    return NULL;
}

void bf_usage_keeper_free(struct bf_usage_keeper *k)
{
    if (k)
        bf_usage_teller_free(k->teller);
    free(k);
}

static void complain(const char *event, const struct bf_err *err)
{
    bf_log(BF_LOG_WARNING, event, "%s: %s", err->message, err->detail);
}

static void tell(struct bf_usage_keeper *k, struct bf_conn *c, int64_t now)
{
    struct bf_err err;
    bf_err_clear(&err);
    bool all = now >= k->next_all_us;
    k->next_tell_us = now + TELL_US;
    if (!(all ? bf_usage_tell_all : bf_usage_tell)(k->teller, c, &err))
        complain("usage.tell", &err);
    else if (all)
        k->next_all_us = now + TELL_ALL_US;
    uint64_t uncounted = bf_usage_uncounted(k->usage);
    if (uncounted != k->uncounted)
        bf_log(BF_LOG_WARNING, "usage.uncounted",
               "%" PRIu64 " requests: the database was away for days", uncounted);
    k->uncounted = uncounted;
}

static bool publish(struct bf_usage_keeper *k, struct bf_conn *c, int32_t day, struct bf_err *err)
{
    struct bf_commit_result result;
    char text[BF_INSTANT_TEXT];
    if (!bf_usage_publish(c, day, k->conf->usage_least, &result, err))
        return false;
    bf_log(BF_LOG_INFO, "usage.published", "day=%.*s commit=%" PRId64 " records=%" PRId64,
           (int)bf_date_format(text, day), text, result.commit, result.added);
    return true;
}

/* One day at a time: the next one at the next step. */
static void look(struct bf_usage_keeper *k, struct bf_conn *c, int64_t now)
{
    struct bf_err err, ignored;
    int32_t day;
    bf_err_clear(&err);
    bf_err_clear(&ignored);
    k->next_look_us = now + LOOK_US;
    bool ok = bf_usage_due(c, k->conf->usage_wait_hours, &day, &err);
    if (ok && day != INT32_MIN) {
        ok = bf_conn_run(c, "SET lock_timeout = '250ms'", &err) && publish(k, c, day, &err);
        if (ok)
            k->next_look_us = now;
        if (bf_conn_is_up(c))
            bf_conn_run(c, "RESET lock_timeout", &ignored);
    }
    if (!ok)
        complain("usage.publish", &err);
}

void bf_usage_keeper_step(struct bf_usage_keeper *k, struct bf_conn *c, int64_t now_us)
{
    if (!k)
        return;
    if (now_us >= k->next_tell_us)
        tell(k, c, now_us);
    if (now_us >= k->next_look_us && bf_conn_is_up(c))
        look(k, c, now_us);
}

void bf_usage_keeper_end(struct bf_usage_keeper *k, struct bf_conn *c)
{
    if (k && bf_conn_is_up(c))
        tell(k, c, k->next_all_us);
}
