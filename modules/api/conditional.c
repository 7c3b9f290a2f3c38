#include "api/conditional.h"

#include "api/source.h"
#include "core/clock.h"
#include "http/etag.h"
#include "value/instant.h"

#include <string.h>

enum { SECOND_US = 1000000, NORMAL_MAX = 64 * 1024 };

/* ---- what an answer depends on ---- */

static void print_route(struct bf_buf *b, const struct bf_request *r)
{
    bf_buf_text(b, r->build);
    bf_buf_char(b, '\n');
    bf_buf_text(b, r->route->name);
    for (int i = 0; i < BF_ROUTE_VARS && r->vars[i].p; i++) {
        bf_buf_char(b, '/');
        bf_buf_str(b, r->vars[i]);
    }
    bf_buf_char(b, '\n');
}

/* The rows are given without what the script of the dataset makes of them (plugin/script). */
static bool hook_is_off(const struct bf_request *r)
{
    return r->binding && bf_binding_row_off(r->binding);
}

static bool make_normal(struct bf_request *r)
{
    struct bf_buf *b = r->scratch;
    bf_buf_clear(b);
    print_route(b, r);
    const unsigned char *digest = r->dataset ? r->dataset->digest : r->view->digest;
    bf_buf_bytes(b, digest, BF_DIGEST_BYTES);
    if (r->source)
        bf_source_print(r, b);
    if (r->query)
        bf_query_print(r->query, b);
    if (hook_is_off(r))
        bf_buf_text(b, "\nthe hook is off\n");
    bf_narrowed_print(r, b);
    if (r->route->normal)
        r->route->normal(r, b);
    if (bf_buf_failed(b))
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The query is too long.");
    r->normal = bf_buf_view(b);
    return true;
}

static void make_etag(struct bf_request *r)
{
    struct bf_digest *d = r->digest;
    bf_digest_begin(d);
    bf_digest_add(d, &r->freshness.commit, sizeof r->freshness.commit);
    bf_digest_add(d, r->normal.p, r->normal.n);
    bf_digest_end(d, r->tag);
    bf_etag_print(r->tag, r->etag);
    r->etag[BF_ETAG] = '\0';
}

/* ---- when it last changed ---- */

/* 0: not to be told (yet). What is given without its hook is told apart by its tag alone; what
 * came before the hook was switched on again may have been given without it. */
static int64_t last_modified(const struct bf_request *r)
{
    int64_t at = r->freshness.instant;
    if (hook_is_off(r) || (r->source && !r->freshness.known))
        return 0;
    if (r->dataset && r->dataset->applied_us > at)
        at = r->dataset->applied_us;
    if (r->binding && bf_binding_back_wall(r->binding) > at)
        at = bf_binding_back_wall(r->binding);
    at -= at % SECOND_US;
    return bf_clock_wall_us() - at > 2 * SECOND_US ? at : 0;
}

static bool client_has_it(const struct bf_request *r)
{
    if (r->binding && bf_binding_trying(r->binding))
        return false;
    if (r->http.if_none_match.n)
        return bf_etag_matches(r->http.if_none_match, bf_str_of(r->etag));
    int64_t since;
    if (r->http.if_modified_since.n == 0 || !r->dataset ||
        !bf_instant_read_http(r->http.if_modified_since, &since))
        return false;
    int64_t at = last_modified(r);
    return at != 0 && at <= since;
}

/* ---- the newest commit in memory, when it may be believed ---- */

static bool memory_is_true(struct bf_request *r, const struct bf_live_facts *facts)
{
    if (bf_live_heard(facts))
        return true;
    /* Nobody hears the database: ask it. When it is away, nothing can have been committed. */
    struct bf_err away;
    bf_err_clear(&away);
    return !bf_conn_ready(r->conn, &away) || !bf_conn_run(r->conn, "SELECT 1", &away);
}

static struct bf_str dataset_of(const struct bf_request *r)
{
    return r->dataset ? r->dataset->manifest->id : (struct bf_str){NULL, 0};
}

static bool know_from_memory(struct bf_request *r)
{
    struct bf_live_facts facts;
    struct bf_live_state state = {0};
    if (r->source) {
        r->freshness = bf_source_freshness(r);
        return true;
    }
    if (r->pinned.known) {
        r->freshness = r->pinned;
        return true;
    }
    bf_live_facts(r->live, &facts);
    if (r->dataset && !bf_live_get(r->live, r->dataset->manifest->id, &state))
        return false;
    if (!r->dataset)
        state = (struct bf_live_state){.commit = facts.commit, .instant = facts.instant};
    if (!bf_live_is_newest(r->live, dataset_of(r), state.commit) || !memory_is_true(r, &facts))
        return false;
    r->freshness = (struct bf_freshness){true, state.commit, state.instant, state.pushed};
    return true;
}

static enum bf_known_answer look_up(struct bf_request *r)
{
    if (client_has_it(r))
        return BF_ANSWER_SAME;
    bool trying = r->binding && bf_binding_trying(r->binding);
    if (!trying && bf_hot_get(r->hot, r->tag, &r->response.head, &r->response.body, &r->rows))
        return BF_ANSWER_HOT;
    r->wanted = bf_hot_wanted(r->hot, r->tag);
    r->freshness = (struct bf_freshness){0};
    r->etag[0] = '\0';
    return BF_ANSWER_UNKNOWN;
}

bool bf_conditional(struct bf_request *r, enum bf_known_answer *known)
{
    *known = BF_ANSWER_UNKNOWN;
    if (r->query && bf_query_volatile(r->query))
        return true;
    if (r->source && !bf_source_validates(r))
        return true;
    if (!make_normal(r))
        return false;
    bool asked = r->http.if_none_match.n || r->http.if_modified_since.n;
    if ((!asked && !r->hot) || !know_from_memory(r))
        return true;
    make_etag(r);
    *known = look_up(r);
    return true;
}

void bf_conditional_keep(const struct bf_request *r)
{
    const struct bf_response *out = &r->response;
    bool whole = r->etag[0] && out->status == 200 && !out->started && !out->broken &&
                 !bf_buf_failed(&out->body) && out->head.n == r->end_head;
    if (r->wanted && whole)
        bf_hot_put(r->hot, r->tag, (struct bf_str){out->head.p, r->own_head},
                   bf_buf_view(&out->body), r->rows);
}

bool bf_conditional_late(struct bf_request *r)
{
    if (!r->source)
        bf_live_met(r->live, dataset_of(r), r->freshness.commit);
    if (r->normal.n == 0)
        return false;
    make_etag(r);
    return client_has_it(r);
}

void bf_conditional_headers(struct bf_request *r)
{
    struct bf_buf *head = &r->response.head;
    if (hook_is_off(r))
        bf_buf_text(head, "Beffroi-Hook: off\r\n");
    if (r->etag[0] == '\0') {
        bf_buf_text(head, "Cache-Control: no-store\r\n");
        return;
    }
    bf_buf_text(head,
                bf_request_restricted(r) ? "Cache-Control: private" : "Cache-Control: public");
    if (r->max_age_s)
        bf_buf_printf(head, ", max-age=%d\r\nETag: \"", r->max_age_s);
    else
        bf_buf_text(head, ", no-cache\r\nETag: \"");
    bf_buf_text(head, r->etag);
    bf_buf_text(head, "\"\r\n");
    int64_t at = r->dataset ? last_modified(r) : 0;
    if (at) {
        bf_buf_text(head, "Last-Modified: ");
        bf_instant_print_http(head, at);
        bf_buf_text(head, "\r\n");
    }
}
