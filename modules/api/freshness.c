#include "api/freshness.h"

#include "core/clock.h"
#include "value/instant.h"

enum { SECOND_US = 1000000 };

static const char *state_of(const struct bf_manifest *m, const struct bf_freshness *f, int64_t now)
{
    if (m->expected_every_us == 0)
        return "live";
    int64_t heard = f->pushed ? f->pushed : f->instant;
    if (now - heard > 2 * m->expected_every_us)
        return "late";
    if (m->frozen_after_us && now - f->instant > m->frozen_after_us)
        return "frozen";
    return "live";
}

static void line_number(struct bf_buf *head, const char *name, int64_t n)
{
    bf_buf_text(head, name);
    bf_buf_i64(head, n);
}

/* Of the newest run, not of the answer's commit: a reader wants to know why nothing comes. */
static void source_header(struct bf_request *r)
{
    struct bf_live_state live;
    if (!r->live || !r->dataset || !bf_live_get(r->live, r->dataset->manifest->id, &live) ||
        live.source == BF_LIVE_SOURCE_GOOD)
        return;
    bf_buf_text(&r->response.head, live.source == BF_LIVE_SOURCE_HELD
                                       ? "\r\nBeffroi-Source: held"
                                       : "\r\nBeffroi-Source: failing");
}

void bf_freshness_headers(struct bf_request *r)
{
    const struct bf_freshness *f = &r->freshness;
    if (!f->known)
        return;
    struct bf_buf *head = &r->response.head;
    const struct bf_manifest *m = r->dataset ? r->dataset->manifest : NULL;
    int64_t now = bf_clock_wall_us();
    if (f->commit) { /* rows of a source have none */
        line_number(head, "Beffroi-Commit: ", f->commit);
        bf_buf_text(head, "\r\n");
    }
    bf_buf_text(head, "Beffroi-Commit-Time: ");
    bf_instant_print_utc_z(head, f->instant);
    line_number(head, "\r\nBeffroi-Age: ", now > f->instant ? (now - f->instant) / SECOND_US : 0);
    if (m && m->expected_every_us) {
        line_number(head, "\r\nBeffroi-Expected-Every: PT", m->expected_every_us / SECOND_US);
        bf_buf_char(head, 'S');
    }
    if (m) {
        bf_buf_text(head, "\r\nBeffroi-State: ");
        bf_buf_text(head, state_of(m, f, now));
        source_header(r);
    }
    bf_buf_text(head, "\r\n");
}
