#include "api/keys/life.h"

#include "api/keys/life_change.h"
#include "api/keys/narrowing.h"
#include "core/clock.h"
#include "core/digest.h"
#include "store/audit.h"
#include "store/plans.h"

enum { DAY_S = 86400, JSON_MAX = 64 * 1024 };

/* ---- the audit ----------------------------------------------------------------------------- */

bool bf_life_note(struct bf_life *l, const char *what, struct bf_str about,
                  const struct bf_buf *detail, struct bf_err *err)
{
    struct bf_audit_line line = {.who = l->who,
                                 .origin = l->origin,
                                 .what = bf_str_of(what),
                                 .about = about,
                                 .detail = bf_buf_view(detail)};
    return (!bf_buf_failed(detail) || BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.")) &&
           bf_audit_add(l->conn, &line, err);
}

static void add_text(struct bf_buf *out, const char *name, struct bf_str value)
{
    if (!value.n)
        return;
    bf_buf_char(out, out->n > 1 ? ',' : ' ');
    bf_buf_printf(out, "\"%s\":", name);
    bf_buf_json(out, value);
}

static bool note_key(struct bf_life *l, const char *what, const struct bf_key_order *o,
                     struct bf_str narrowing, struct bf_str before, struct bf_err *err)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    bf_buf_char(&b, '{');
    add_text(&b, "sub", o->sub);
    add_text(&b, "plan", o->plan);
    add_text(&b, "scope", o->scope);
    add_text(&b, "parent", o->parent);
    add_text(&b, "replaces", before);
    bf_buf_printf(&b, ",\"expires\":%lld,\"narrowing\":%.*s}", (long long)o->expires,
                  BF_STR_ARG(narrowing));
    bool ok = bf_life_note(l, what, o->jti, &b, err);
    bf_buf_fini(&b);
    return ok;
}

/* ---- making keys --------------------------------------------------------------------------- */

bool bf_life_sign_with(struct bf_life *l, struct bf_key_order *o, struct bf_err *err)
{
    struct bf_signing signing;
    if (!bf_signer_choose(l->signer, l->conn, &signing, err))
        return false;
    if (!signing.kid.n && !l->makes)
        return BF_FAIL_WITH(err, BF_E_CONFLICT,
                            "This node holds no signing key that may sign: `beffroi key rotate "
                            "--now` on it makes one.");
    if (!signing.kid.n &&
        !bf_signer_make(l->signer, l->conn, l->arena, bf_clock_wall_s(), &signing, err))
        return false;
    o->kid = signing.kid;
    o->private_pem = signing.private_pem;
    if (!o->issued) /* else its end was counted from there */
        o->issued = bf_clock_wall_s();
    o->jti = bf_key_new_id(l->arena);
    if (!o->plan.n)
        o->plan = BF_STR(BF_KEY_PLAN);
    return o->jti.n || BF_FAIL_WITH(err, BF_E_INTERNAL, "There is no randomness for a new key.");
}

bool bf_life_make(struct bf_life *l, const char *what, const struct bf_key_order *o,
                  struct bf_str before, struct bf_str *token, struct bf_err *err)
{
    struct bf_buf narrowing;
    bf_buf_init(&narrowing, JSON_MAX);
    bf_narrowing_print(&narrowing, &o->narrow);
    struct bf_issued_key row = {.jti = o->jti,
                                .kid = o->kid,
                                .sub = o->sub,
                                .scope = o->scope,
                                .plan = o->plan,
                                .parent = o->parent,
                                .narrowing = bf_buf_view(&narrowing),
                                .issued = o->issued,
                                .expires = o->expires};
    bool ok = bf_key_issue(l->arena, o, token, err);
    if (ok) {
        bf_digest_of(*token, row.digest);
        ok = bf_keys_add_issued(l->conn, &row, err) &&
             note_key(l, what, o, row.narrowing, before, err);
    }
    bf_buf_fini(&narrowing);
    return ok;
}

bool bf_life_close(struct bf_life *l, bool ok, struct bf_err *err)
{
    ok = ok && bf_keys_commit(l->conn, err);
    if (!ok)
        bf_keys_rollback(l->conn);
    return ok;
}

struct wanted_plan {
    struct bf_str id;
    bool found;
    struct bf_buf names; /* of those there are */
};

static void meet_plan(void *self, const struct bf_plan *plan)
{
    struct wanted_plan *w = self;
    w->found = w->found || bf_str_eq(plan->id, w->id);
    bf_buf_text(&w->names, w->names.n ? ", " : "");
    bf_buf_str(&w->names, plan->id);
}

bool bf_life_plan_is_there(struct bf_life *l, struct bf_str id, struct bf_err *err)
{
    struct wanted_plan w = {.id = id, .found = !id.n || bf_str_eq(id, BF_STR(BF_KEY_PLAN))};
    if (w.found)
        return true;
    bf_buf_init(&w.names, JSON_MAX);
    bool ok = bf_plan_each(l->conn, meet_plan, &w, err);
    if (ok && !w.found) {
        bf_err_at(err, BF_STR("plan"), -1);
        ok = BF_FAIL_WITH(err, BF_E_PARAMETER, "plan: there is no such plan; there are: %.*s.",
                          BF_STR_ARG(bf_buf_view(&w.names)));
    }
    bf_buf_fini(&w.names);
    return ok;
}

bool bf_life_issue(struct bf_life *l, struct bf_key_order *order, struct bf_str *token,
                   struct bf_err *err)
{
    struct bf_str none = {NULL, 0};
    if (!bf_life_plan_is_there(l, order->plan, err) || !bf_life_sign_with(l, order, err))
        return false;
    bool ok =
        bf_keys_begin(l->conn, false, err) && bf_life_make(l, "key.issue", order, none, token, err);
    return bf_life_close(l, ok, err);
}

/* The last moment of a key, whatever its token says. */
static int64_t end_of(const struct bf_issued_key *key)
{
    return key->ends && key->ends < key->expires ? key->ends : key->expires;
}

static bool stands(const struct bf_issued_key *key, struct bf_err *err)
{
    const char *state = bf_life_state(key, bf_clock_wall_s());
    return bf_str_eq(bf_str_of(state), BF_STR("valid")) ||
           BF_FAIL_WITH(err, BF_E_CONFLICT, "The key %.*s is %s: no key can be made of it.",
                        BF_STR_ARG(key->jti), state);
}

static void take_plan(void *self, const struct bf_plan *plan)
{
    struct bf_plan *wanted = self;
    if (bf_str_eq(plan->id, wanted->id))
        wanted->each_key = plan->each_key;
}

/* Where each key has a rate of its own, one more key would be as much more. */
static bool may_multiply(struct bf_life *l, struct bf_str id, struct bf_err *err)
{
    struct bf_plan plan = {.id = id};
    if (!bf_plan_each(l->conn, take_plan, &plan, err))
        return false;
    return !plan.each_key || BF_FAIL_WITH(err, BF_E_FORBIDDEN,
                                          "With the plan %.*s each key has a rate of its own: no "
                                          "other key can be made of one.",
                                          BF_STR_ARG(id));
}

static bool make_narrow(struct bf_life *l, const struct bf_claims *parent, struct bf_key_order *o,
                        struct bf_str *token, struct bf_err *err)
{
    struct bf_issued_key row;
    struct bf_str none = {NULL, 0};
    if (!bf_keys_find(l->conn, l->arena, parent->jti, &row, err) || !stands(&row, err) ||
        !may_multiply(l, parent->plan, err))
        return false;
    struct bf_claims allowed = *parent;
    allowed.expires = end_of(&row);
    return bf_key_narrow(l->arena, &allowed, o, err) &&
           bf_life_make(l, "key.narrow", o, none, token, err);
}

bool bf_life_narrow(struct bf_life *l, const struct bf_claims *parent, struct bf_key_order *order,
                    struct bf_str *token, struct bf_err *err)
{
    if (!bf_life_sign_with(l, order, err))
        return false;
    bool ok = bf_keys_begin(l->conn, false, err) && make_narrow(l, parent, order, token, err);
    return bf_life_close(l, ok, err);
}

/* No key outlives the one that it was narrowed from. */
static bool bound_by_parent(struct bf_life *l, struct bf_key_order *o, struct bf_err *err)
{
    struct bf_issued_key parent;
    if (!o->parent.n)
        return true;
    if (!bf_keys_find(l->conn, l->arena, o->parent, &parent, err) || !stands(&parent, err))
        return false;
    if (o->expires > end_of(&parent))
        o->expires = end_of(&parent);
    return true;
}

static bool make_successor(struct bf_life *l, struct bf_str jti, int64_t overlap_s, int64_t days,
                           struct bf_key_order *o, struct bf_str *token, struct bf_err *err)
{
    struct bf_issued_key row;
    struct bf_claims old = {.jti = jti};
    if (!bf_keys_find(l->conn, l->arena, jti, &row, err) || !stands(&row, err) ||
        !bf_narrowing_parse(l->arena, row.narrowing, &old.narrow, err) ||
        !bf_key_succeed(l->arena, &old, o, err))
        return false;
    o->sub = row.sub;
    o->plan = row.plan;
    o->scope = row.scope;
    o->parent = row.parent;
    o->expires = o->issued + (days ? days * DAY_S : row.expires - row.issued);
    return bound_by_parent(l, o, err) && bf_life_make(l, "key.renew", o, row.jti, token, err) &&
           bf_keys_end(l->conn, row.jti, o->issued + overlap_s, err);
}

bool bf_life_renew(struct bf_life *l, struct bf_str jti, int64_t overlap_s, int64_t days,
                   struct bf_key_order *order, struct bf_str *token, struct bf_err *err)
{
    *order = (struct bf_key_order){0};
    if (!bf_life_sign_with(l, order, err))
        return false;
    bool ok = bf_keys_begin(l->conn, true, err) &&
              make_successor(l, jti, overlap_s, days, order, token, err);
    return bf_life_close(l, ok, err);
}

/* ---- taking away --------------------------------------------------------------------------- */

struct revoking {
    struct bf_life *life;
    int64_t n;
    struct bf_buf list; /* "a","b" */
};

static void take_revoked(void *self, struct bf_str jti)
{
    struct revoking *r = self;
    if (r->n++)
        bf_buf_char(&r->list, ',');
    bf_buf_json(&r->list, jti);
}

static bool revoke(struct revoking *r, const struct bf_life_target *t, struct bf_str reason,
                   struct bf_err *err)
{
    struct bf_life *l = r->life;
    struct bf_issued_key known;
    if (t->jti.n && !bf_keys_find(l->conn, l->arena, t->jti, &known, err))
        return false;
    if (t->kid.n ? !bf_keys_revoke_signing(l->conn, t->kid, err)
                 : !bf_keys_revoke(l->conn, t->jti, t->sub, take_revoked, r, err))
        return false;
    struct bf_buf b;
    bf_buf_init(&b, 16u << 20);
    bf_buf_char(&b, '{');
    add_text(&b, "reason", reason);
    bf_buf_printf(&b, "%s\"keys\":[", b.n > 1 ? "," : "");
    bf_buf_str(&b, bf_buf_view(&r->list));
    bf_buf_text(&b, "]}");
    struct bf_str about = t->jti.n ? t->jti : t->sub.n ? t->sub : t->kid;
    bool ok = bf_life_note(l, t->kid.n ? "signing.revoke" : "key.revoke", about, &b, err);
    bf_buf_fini(&b);
    return ok;
}

bool bf_life_revoke(struct bf_life *l, const struct bf_life_target *target, struct bf_str reason,
                    int64_t *revoked, struct bf_err *err)
{
    struct revoking r = {.life = l};
    bf_buf_init(&r.list, 8u << 20);
    bool ok = bf_keys_begin(l->conn, true, err) && revoke(&r, target, reason, err);
    ok = bf_life_close(l, ok, err);
    *revoked = r.n;
    bf_buf_fini(&r.list);
    return ok;
}

/* ---- signing keys -------------------------------------------------------------------------- */

bool bf_life_rotate(struct bf_life *l, int64_t signs, struct bf_str *kid, struct bf_err *err)
{
    struct bf_signing signing;
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    bf_buf_printf(&b, "{\"signs\":%lld}", (long long)signs);
    bool ok = bf_keys_begin(l->conn, true, err) &&
              bf_signer_make(l->signer, l->conn, l->arena, signs, &signing, err) &&
              bf_keys_retire_spent(l->conn, err) &&
              bf_life_note(l, "signing.rotate", signing.kid, &b, err);
    ok = bf_life_close(l, ok, err);
    bf_buf_fini(&b);
    *kid = ok ? signing.kid : (struct bf_str){NULL, 0};
    return ok;
}
