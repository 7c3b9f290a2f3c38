#include "api/shed.h"

#include "api/request.h"

enum { KEPT_US = 600 * 1000000 };

static bool is_heavy(const struct bf_request *r)
{
    const struct bf_allowance *a = &r->allowance;
    bool spent = false;
    for (int rule = 0; rule < BF_ALLOWANCE_PUSH_ROWS; rule++)
        spent = spent || (rule != BF_ALLOWANCE_ANONYMOUS && a->rules[rule].rate.interval_us &&
                          a->rules[rule].verdict.remaining < a->rules[rule].rate.burst / 2);
    return a->cost > 1 || spent;
}

static bool has_floor(const struct bf_request *r)
{
    const struct bf_crew_view *crew = r->crew;
    if (!crew || !crew->floor || !r->route || r->route->flags & BF_ROUTE_QUIET)
        return false;
    int64_t last = atomic_load_explicit(crew->critical_us, memory_order_relaxed);
    return last && r->started_us - last < KEPT_US;
}

static bool is_critical(const struct bf_request *r)
{
    return r->plan && r->plan->critical;
}

void bf_shed_meet(const struct bf_request *r)
{
    if (r->crew && is_critical(r))
        atomic_store_explicit(r->crew->critical_us, r->started_us, memory_order_relaxed);
}

bool bf_shed(struct bf_request *r)
{
    const struct bf_crew_view *crew = r->crew;
    if (is_critical(r) || !has_floor(r) ||
        crew->free_others(crew->self, crew->slow_us) >= crew->floor + (is_heavy(r) ? 1 : 0))
        return true;
    BF_FAIL_WITH(&r->err, BF_E_BUSY,
                 "The server has more to do than it can; what is left is kept for services that "
                 "people depend on. Please ask again in a moment. What did not change is still "
                 "answered (If-None-Match).");
    r->err.retry_after_s = 2;
    return false;
}
