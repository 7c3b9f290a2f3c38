#include "cli/status_quota.h"

#include "core/clock.h"
#include "limits/quota_view.h"
#include "value/instant.h"

#include <inttypes.h>

enum { NEAR_PERCENT = 80, NEAR_MOST = 64 };

static size_t nearest(const struct bf_quotas *q, struct bf_quota_holding list[NEAR_MOST])
{
    size_t n = bf_quota_nearest(q, NEAR_PERCENT, list, NEAR_MOST);
    return n < NEAR_MOST ? n : NEAR_MOST;
}

void bf_status_quota_json(struct bf_buf *b, const struct bf_quotas *q)
{
    struct bf_quota_facts f;
    struct bf_quota_holding list[NEAR_MOST];
    bf_quota_facts(q, bf_clock_boot_us(), &f);
    bf_buf_printf(b,
                  ",\"quotas\":{\"accountant\":\"%s\",\"node\":\"%s\",\"accounts\":%" PRIu64
                  ",\"leases\":%" PRIu64 ",\"held\":%" PRId64 ",\"near\":[",
                  f.hearing ? "up" : "away", f.node, f.accounts, f.leases, f.held);
    size_t n = nearest(q, list);
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(b, i ? ",{\"account\":" : "{\"account\":");
        bf_buf_json(b, bf_str_of(list[i].account));
        bf_buf_printf(b,
                      ",\"window\":\"%s\",\"limit\":%" PRId64 ",\"used\":%" PRId64
                      ",\"held\":%" PRId64 ",\"reset_at\":\"",
                      bf_quota_window_name(list[i].window), list[i].limit, list[i].used,
                      list[i].held);
        bf_instant_print_utc_z(b, list[i].reset_us);
        bf_buf_text(b, "\"}");
    }
    bf_buf_text(b, "]}");
}

void bf_status_quota_text(struct bf_buf *b, const struct bf_quotas *q)
{
    struct bf_quota_facts f;
    struct bf_quota_holding list[NEAR_MOST];
    bf_quota_facts(q, bf_clock_boot_us(), &f);
    bf_buf_printf(b,
                  "\nquotas: accountant %s, %" PRIu64 " accounts, %" PRIu64 " leases, %" PRId64
                  " units held\n",
                  f.hearing ? "up" : "away", f.accounts, f.leases, f.held);
    size_t n = nearest(q, list);
    for (size_t i = 0; i < n; i++) {
        bf_buf_printf(b, "%-36s %5s %12" PRId64 " of %-12" PRId64 " until ", list[i].account,
                      bf_quota_window_name(list[i].window), list[i].used, list[i].limit);
        bf_instant_print_utc_z(b, list[i].reset_us);
        bf_buf_char(b, '\n');
    }
}
