#include "api/admin/keys.h"

#include "api/admin/body.h"
#include "api/admin/table.h"
#include "api/answer.h"
#include "api/keys/life.h"
#include "core/clock.h"
#include "store/audit.h"

enum { DAY_S = 86400 };

/* Only the pool that signs has a signer: elsewhere these addresses do not exist. */
bool admin_begin_life(struct bf_request *r, struct bf_life *out)
{
    if (!r->signer)
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_URI, "The requested URI does not exist.");
    *out = (struct bf_life){.conn = r->conn,
                            .signer = r->signer,
                            .arena = r->arena,
                            .who = r->claims.sub,
                            .origin = bf_arena_printf(r->arena, "%.*s with key %.*s",
                                                      BF_STR_ARG(r->http.remote_addr),
                                                      BF_STR_ARG(r->claims.jti))};
    return bf_conn_ready(r->conn, &r->err);
}

/* ---- one key ------------------------------------------------------------------------------- */

static bool answer_key(struct bf_request *r, struct bf_str jti, struct bf_str token)
{
    struct bf_issued_key row;
    struct bf_buf *b = &r->response.body;
    if (!bf_keys_find(r->conn, r->arena, jti, &row, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    if (token.n)
        bf_life_print_new(b, token, &row, bf_clock_wall_s());
    else
        bf_life_print(b, &row, bf_clock_wall_s());
    bf_buf_char(b, '\n');
    return true;
}

bool admin_show(struct bf_request *r)
{
    struct bf_life life;
    return admin_begin_life(r, &life) && answer_key(r, r->vars[0], (struct bf_str){NULL, 0});
}

bool admin_issue(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    struct bf_str token;
    if (!admin_begin_life(r, &life) ||
        !admin_body_read(r, " partner scope plan days datasets bbox origins rate ", &body))
        return false;
    if (!body.partner.n || !body.scope.n)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "partner (whose key it is) and scope (what it may do) are needed.");
    int64_t now = bf_clock_wall_s();
    struct bf_key_order order = {
        .sub = body.partner,
        .plan = body.plan,
        .scope = body.scope,
        .narrow = body.narrow,
        .issued = now,
        .expires = now + (body.days ? body.days : BF_LIFE_DAYS) * DAY_S,
    };
    return bf_life_issue(&life, &order, &token, &r->err) && answer_key(r, order.jti, token);
}

bool admin_renew(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    struct bf_key_order order;
    struct bf_str token;
    if (!admin_begin_life(r, &life) || !admin_body_read(r, " overlap_days days ", &body))
        return false;
    int64_t overlap = body.overlap < 0 ? BF_LIFE_OVERLAP_DAYS : body.overlap;
    return bf_life_renew(&life, r->vars[0], overlap * DAY_S, body.days, &order, &token, &r->err) &&
           answer_key(r, order.jti, token);
}

bool admin_narrow(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    struct bf_str token;
    if (!admin_begin_life(r, &life) ||
        !admin_body_read(r, " scope days datasets bbox origins rate ", &body))
        return false;
    struct bf_key_order order = {
        .scope = body.scope,
        .narrow = body.narrow,
        .expires = body.days ? bf_clock_wall_s() + body.days * DAY_S : 0,
    };
    return bf_life_narrow(&life, &r->claims, &order, &token, &r->err) &&
           answer_key(r, order.jti, token);
}

/* ---- taking away --------------------------------------------------------------------------- */

bool admin_revoke(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    int64_t n;
    if (!admin_begin_life(r, &life) ||
        !admin_body_read(r, " key partner signing_key reason ", &body))
        return false;
    struct bf_life_target target = {body.key, body.partner, body.signing_key};
    if (!!body.key.n + !!body.partner.n + !!body.signing_key.n != 1)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Exactly one of key, partner and signing_key is needed.");
    if (!bf_life_revoke(&life, &target, body.reason, &n, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_printf(&r->response.body, "{\"revoked\":%lld}\n", (long long)n);
    return true;
}

/* ---- lists --------------------------------------------------------------------------------- */

struct listing {
    struct bf_buf *out;
    int64_t now, most, n;
    bool younger;
    struct bf_arena *arena;
    struct bf_str last_jti, last_sub; /* of the keys that were printed */
    int64_t last_number;
};

/* false: there is one more than was asked for. */
static bool next(struct listing *l)
{
    if (l->n++ == l->most)
        return false;
    bf_buf_text(l->out, l->n > 1 ? ",\n" : "");
    return true;
}

static void take_key(void *self, const struct bf_issued_key *key)
{
    struct listing *l = self;
    if (!next(l))
        return;
    bf_life_print(l->out, key, l->now);
    l->last_jti = bf_arena_dup(l->arena, key->jti);
}

/* The last key of the page before says where this one begins. */
static bool find_after(struct bf_request *r, struct bf_key_filter *filter)
{
    struct bf_issued_key after;
    struct bf_str jti = bf_parameter_text(r, &admin_parameters[ADMIN_AFTER]);
    if (!jti.n)
        return true;
    if (!bf_keys_find(r->conn, r->arena, jti, &after, &r->err))
        return false;
    filter->after_jti = after.jti;
    filter->after_sub = after.sub;
    return true;
}

static bool read_page(struct bf_request *r, struct listing *l)
{
    *l = (struct listing){
        .out = &r->response.body, .now = bf_clock_wall_s(), .most = 100, .arena = r->arena};
    return bf_parameter_integer(r, &admin_parameters[ADMIN_LIMIT], &l->most);
}

bool admin_list(struct bf_request *r)
{
    struct bf_life life;
    struct listing l;
    bool all = false;
    struct bf_key_filter filter = {.sub = bf_parameter_text(r, &admin_parameters[ADMIN_PARTNER])};
    if (!admin_begin_life(r, &life) || !read_page(r, &l) ||
        !bf_parameter_boolean(r, &admin_parameters[ADMIN_ALL], &all) || !find_after(r, &filter))
        return false;
    filter.live = !all;
    filter.most = l.most + 1;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(l.out, "{\"keys\":[");
    if (!bf_keys_list(r->conn, &filter, take_key, &l, &r->err))
        return false;
    bf_buf_text(l.out, "],\"next\":");
    if (l.n > l.most)
        bf_buf_json(l.out, l.last_jti);
    else
        bf_buf_text(l.out, "null");
    bf_buf_text(l.out, "}\n");
    return true;
}

static void take_signing(void *self, const struct bf_signing_key *key)
{
    struct listing *l = self;
    if (next(l))
        bf_life_print_signing(l->out, key, bf_life_signing_state(key, l->now, &l->younger));
}

bool admin_signing(struct bf_request *r)
{
    struct bf_life life;
    struct listing l = {.out = &r->response.body, .now = bf_clock_wall_s(), .most = INT64_MAX};
    if (!admin_begin_life(r, &life) || !bf_keys_retire_spent(r->conn, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(l.out, "{\"signing_keys\":[");
    if (!bf_keys_signing(r->conn, take_signing, &l, &r->err))
        return false;
    bf_buf_text(l.out, "]}\n");
    return true;
}

static void take_line(void *self, const struct bf_audit_line *line)
{
    struct listing *l = self;
    if (!next(l))
        return;
    bf_audit_print(l->out, line);
    l->last_number = line->number;
}

bool admin_audit(struct bf_request *r)
{
    struct bf_life life;
    struct listing l;
    int64_t before = 0;
    struct bf_str about = bf_parameter_text(r, &admin_parameters[ADMIN_ABOUT]);
    if (!admin_begin_life(r, &life) || !read_page(r, &l) ||
        !bf_parameter_integer(r, &admin_parameters[ADMIN_BEFORE], &before))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(l.out, "{\"audit\":[");
    if (!bf_audit_list(r->conn, about, before, l.most + 1, take_line, &l, &r->err))
        return false;
    bf_buf_text(l.out, "],\"next\":");
    if (l.n > l.most)
        bf_buf_i64(l.out, l.last_number);
    else
        bf_buf_text(l.out, "null");
    bf_buf_text(l.out, "}\n");
    return true;
}
