#include "cli/source_print.h"

#include "cli/connect.h"
#include "value/instant.h"
#include "value/member.h"

#include <inttypes.h>

enum { MEMORY = 16 << 20 };

/* ---- JSON ---- */

static void print_row_json(struct bf_buf *b, const struct bf_upstream_row *r)
{
    bf_buf_text(b, "{\"dataset\":");
    bf_buf_json(b, r->dataset);
    bf_member_text_or_null(b, "state", r->state);
    bf_member_text_or_null(b, "reason", r->reason);
    bf_buf_printf(b,
                  ",\"running\":%s,\"run\":%" PRId64 ",\"failures\":%" PRId64
                  ",\"every_s\":%" PRId64 ",\"records\":%" PRId64 ",\"status\":",
                  r->running ? "true" : "false", r->run, r->failures, r->every_us / 1000000,
                  r->records);
    if (r->status)
        bf_buf_i64(b, r->status);
    else
        bf_buf_text(b, "null");
    bf_member_instant_or_null(b, "started", r->started);
    bf_member_instant_or_null(b, "ended", r->ended);
    bf_member_instant_or_null(b, "good", r->good);
    bf_member_instant_or_null(b, "due", r->due);
    bf_member_instant_or_null(b, "held_since", r->held_since);
    bf_member_text_or_null(b, "node", r->node);
    bf_buf_char(b, '}');
}

void bf_upstreams_print_json(struct bf_buf *b, const struct bf_upstream_row *rows, size_t n)
{
    bf_buf_text(b, "\"sources\":[");
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(b, i ? "," : "");
        print_row_json(b, &rows[i]);
    }
    bf_buf_char(b, ']');
}

/* ---- for people ---- */

static void span(struct bf_buf *b, int64_t us)
{
    int64_t s = us > 0 ? us / 1000000 : 0;
    if (s < 120)
        bf_buf_printf(b, "%" PRId64 " s", s);
    else if (s < 7200)
        bf_buf_printf(b, "%" PRId64 " min", s / 60);
    else if (s < 172800)
        bf_buf_printf(b, "%" PRId64 " h", s / 3600);
    else
        bf_buf_printf(b, "%" PRId64 " d", s / 86400);
}

static void print_row(struct bf_buf *b, const struct bf_upstream_row *r, int64_t now)
{
    bf_buf_printf(b, "%-36.*s %-8.*s %6" PRId64 "  ", BF_STR_ARG(r->dataset), BF_STR_ARG(r->state),
                  r->run);
    if (r->good) {
        span(b, now - r->good);
        bf_buf_text(b, " ago");
    } else {
        bf_buf_text(b, "never");
    }
    bf_buf_text(b, r->running ? ", runs now" : ", next in ");
    if (!r->running)
        span(b, r->due - now);
    if (r->reason.n)
        bf_buf_printf(b, "\n    %.*s", BF_STR_ARG(r->reason));
    bf_buf_char(b, '\n');
}

void bf_upstreams_print_table(struct bf_buf *b, const struct bf_upstream_row *rows, size_t n,
                              int64_t now)
{
    if (n)
        bf_buf_text(b, "\nsource                               state       run  last good\n");
    for (size_t i = 0; i < n; i++)
        print_row(b, &rows[i], now);
}

void bf_status_sources(const struct bf_conf *conf, struct bf_buf *b, bool json, int64_t now)
{
    struct bf_err err;
    struct bf_upstream_row *rows = NULL;
    size_t n = 0;
    struct bf_arena *a = bf_arena_new(MEMORY);
    struct bf_conn *c = NULL;
    bf_err_clear(&err);
    bool ok = a && bf_connect_as(BF_ROLE_WRITER, conf, &c, &err) &&
              bf_upstreams_list(c, a, (struct bf_str){NULL, 0}, &rows, &n, &err);
    if (ok && json) {
        bf_buf_char(b, ',');
        bf_upstreams_print_json(b, rows, n);
    } else if (ok) {
        bf_upstreams_print_table(b, rows, n, now);
    }
    bf_conn_free(c);
    bf_arena_free(a);
}
