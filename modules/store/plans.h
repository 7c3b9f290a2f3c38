/*
 * store/plans: the rows of catalog.plan, and where the days of their quotas end.
 *
 * Roles      reading: any; writing: owner. A change moves catalog.access_change (store/access).
 * Errors     the store's; PARAMETER: a plan that the table refuses.
 */
#ifndef BF_STORE_PLANS_H
#define BF_STORE_PLANS_H

#include "store/conn.h"

enum { BF_PLAN_NAME = 64 };

/* 0 is no limit, but for burst. */
struct bf_plan {
    struct bf_str id, fr, en;
    int64_t rate, burst; /* units a minute, units at once */
    int64_t day, month;  /* units: quotas */
    int64_t exports;     /* at the same time, on one node */
    int64_t push_rows;   /* rows a second */
    bool critical;       /* served first under overload */
    bool each_key;       /* rate, burst, exports and push_rows are those of each key by itself */
};

/* By id; texts live until take returns. */
bool bf_plan_each(struct bf_conn *c, void (*take)(void *self, const struct bf_plan *plan),
                  void *self, struct bf_err *err);
/* The name of the zone in whose midnight days and months end (catalog.quota_zone), as PostgreSQL
 * knows it; into the arena. Empty: there is none. */
bool bf_plan_zone(struct bf_conn *c, struct bf_arena *a, struct bf_str *zone, struct bf_err *err);
/* New, or in the place of the one of that id. */
bool bf_plan_put(struct bf_conn *c, const struct bf_plan *plan, struct bf_err *err);

#endif
