#include "api/keys/event.h"

#include "api/keys/life_change.h"
#include "api/keys/narrowing.h"
#include "core/clock.h"
#include "core/crockford.h"
#include "value/moment.h"

enum { SECOND_US = 1000000, JSON_MAX = 64 * 1024 };

static struct bf_str partner_of(struct bf_arena *a, struct bf_str id)
{
    return bf_arena_printf(a, BF_EVENT_SUB "%.*s", BF_STR_ARG(id));
}

const struct bf_zone *bf_event_zone(void)
{
    const struct bf_zone *paris = bf_zone_find(BF_STR("Europe/Paris"));
    return paris ? paris : bf_zone_utc();
}

const char *bf_event_state(const struct bf_event *event, int64_t now)
{
    if (event->closed)
        return "closed";
    if (event->ends <= now)
        return "over";
    return event->taken < event->places ? "open" : "full";
}

/* ---- codes --------------------------------------------------------------------------------- */

bool bf_event_code_read(struct bf_arena *a, struct bf_str typed, struct bf_str *code,
                        struct bf_err *err)
{
    char digits[BF_EVENT_CODE];
    if (!bf_crockford_typed(typed, digits, sizeof digits)) {
        bf_err_at(err, BF_STR("code"), -1);
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "code: the code of an event has eight letters and digits, as in "
                            "K3V9-M2QA.");
    }
    *code = bf_arena_dup(a, (struct bf_str){digits, sizeof digits});
    return code->p || BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
}

void bf_event_code_print(struct bf_buf *out, struct bf_str code)
{
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (i == BF_EVENT_CODE / 2)
            bf_buf_char(out, '-');
        bf_buf_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

/* ---- creating ------------------------------------------------------------------------------ */

static bool wrong(struct bf_err *err, const char *name, const char *expected)
{
    bf_err_at(err, bf_str_of(name), -1);
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", name, expected);
}

/* UTF-8 that does nothing to a terminal: neither C0, DEL nor C1 (U+0080 to U+009F). */
static bool is_plain(struct bf_str s, size_t most)
{
    if (!bf_str_is_utf8(s) || !s.n || bf_str_chars(s, s.n) > most)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)s.p[i + 1] < 0xa0))
            return false;
    }
    return true;
}

/* A code goes from hand to hand: what it opens is little. */
static bool is_modest(struct bf_str scope)
{
    while (scope.p) {
        struct bf_str one = bf_str_cut(scope, ' ', &scope);
        if (one.n && !bf_str_starts(one, BF_STR("read")) &&
            (!bf_str_starts(one, BF_STR("push:")) || bf_str_ends(one, BF_STR("*"))))
            return false;
    }
    return true;
}

static bool read_until(struct bf_str text, int64_t now, int64_t *ends, struct bf_err *err)
{
    int64_t at;
    if (!bf_moment_read(text, now * SECOND_US, bf_event_zone(), &at))
        return wrong(err, "until", BF_MOMENT_FORMS " is expected");
    *ends = at / SECOND_US;
    return (at > now * SECOND_US && *ends > now) || wrong(err, "until", "this is over already");
}

/* A key as devices will get it is made and thrown away: what is wrong is said now, not at the
 * event. */
static bool try_key(struct bf_life *l, const struct bf_event *e, const struct bf_narrowing *narrow,
                    struct bf_err *err)
{
    struct bf_str token;
    struct bf_key_order o = {.sub = partner_of(l->arena, e->id),
                             .plan = e->plan,
                             .scope = e->scope,
                             .narrow = *narrow,
                             .expires = e->ends};
    return bf_life_sign_with(l, &o, err) && bf_key_issue(l->arena, &o, &token, err);
}

static bool are_places(int64_t n, struct bf_err *err)
{
    return (n >= 1 && n <= BF_EVENT_PLACES) ||
           wrong(err, "devices", "1 to 10,000 devices are expected");
}

static bool check_order(const struct bf_event_order *o, const struct bf_event *e,
                        struct bf_err *err)
{
    if (!is_plain(e->fr, BF_EVENT_TITLE) || !is_plain(e->en, BF_EVENT_TITLE))
        return wrong(err, "title", "1 to 200 characters without controls are expected");
    if (!are_places(o->places, err))
        return false;
    return is_modest(e->scope) ||
           wrong(err, "scope", "the devices of an event may have read, read:NAME and push:DATASET");
}

static bool note_event(struct bf_life *l, const char *what, const struct bf_event *e,
                       struct bf_str extra, struct bf_err *err)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    bf_buf_text(&b, "{\"title\":");
    bf_buf_json(&b, e->fr);
    bf_buf_printf(&b, ",\"places\":%lld,\"ends\":%lld%.*s}", (long long)e->places,
                  (long long)e->ends, BF_STR_ARG(extra));
    bool ok = bf_life_note(l, what, partner_of(l->arena, e->id), &b, err);
    bf_buf_fini(&b);
    return ok;
}

static bool add(struct bf_life *l, const struct bf_event *e, struct bf_str code, struct bf_err *err)
{
    unsigned char digest[BF_DIGEST_BYTES];
    bf_digest_of(code, digest);
    bool ok = bf_keys_begin(l->conn, false, err) && bf_events_add(l->conn, e, digest, err) &&
              note_event(l, "event.create", e, BF_STR(""), err);
    return bf_life_close(l, ok, err);
}

bool bf_event_create(struct bf_life *l, const struct bf_event_order *o, struct bf_event *made,
                     struct bf_str *code, struct bf_err *err)
{
    struct bf_event e = {.id = bf_key_new_id(l->arena),
                         .fr = o->fr,
                         .en = o->en.n ? o->en : o->fr,
                         .plan = o->plan.n ? o->plan : BF_STR(BF_EVENT_PLAN),
                         .scope = o->scope.n ? o->scope : BF_STR("read"),
                         .places = o->places,
                         .creator = l->who};
    struct bf_buf narrowing;
    *code = bf_key_new_id(l->arena);
    if (!e.id.n || !code->n)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "There is no randomness for a new code.");
    code->n = BF_EVENT_CODE;
    if (!check_order(o, &e, err) || !read_until(o->until, bf_clock_wall_s(), &e.ends, err) ||
        !bf_life_plan_is_there(l, e.plan, err) || !try_key(l, &e, &o->narrow, err))
        return false;
    bf_buf_init(&narrowing, JSON_MAX);
    bf_narrowing_print(&narrowing, &o->narrow);
    e.narrowing = bf_buf_view(&narrowing);
    bool ok = add(l, &e, *code, err) && bf_events_find(l->conn, l->arena, e.id, made, err);
    bf_buf_fini(&narrowing);
    return ok;
}

/* ---- places -------------------------------------------------------------------------------- */

static bool gives_keys(const struct bf_event *e, struct bf_err *err)
{
    if (e->closed)
        return BF_FAIL_WITH(err, BF_E_EVENT_OVER, "The event was closed: it gives no more keys.");
    return e->ends > bf_clock_wall_s() ||
           BF_FAIL_WITH(err, BF_E_EVENT_OVER, "The event is over: it gives no more keys.");
}

/* Whoever takes a place meanwhile waits for the lock of keys, which is held alone here. */
static bool set_places(struct bf_life *l, struct bf_str id, int64_t places, struct bf_event *e,
                       struct bf_err *err)
{
    if (!bf_events_find(l->conn, l->arena, id, e, err) || !gives_keys(e, err))
        return false;
    if (places < e->taken)
        return BF_FAIL_WITH(err, BF_E_CONFLICT,
                            "%lld devices have a key already: the event cannot have fewer places.",
                            (long long)e->taken);
    e->places = places;
    return bf_events_set_places(l->conn, id, places, err) &&
           note_event(l, "event.places", e, BF_STR(""), err);
}

bool bf_event_set_places(struct bf_life *l, struct bf_str id, int64_t places,
                         struct bf_event *changed, struct bf_err *err)
{
    if (!are_places(places, err))
        return false;
    bool ok = bf_keys_begin(l->conn, true, err) && set_places(l, id, places, changed, err);
    return bf_life_close(l, ok, err);
}

/* ---- closing ------------------------------------------------------------------------------- */

static void count(void *n, struct bf_str jti)
{
    (void)jti;
    ++*(int64_t *)n;
}

static bool close_all(struct bf_life *l, struct bf_str id, struct bf_str reason, int64_t *revoked,
                      struct bf_err *err)
{
    struct bf_event e;
    struct bf_buf extra;
    struct bf_str none = {NULL, 0};
    if (!bf_events_find(l->conn, l->arena, id, &e, err) || !bf_events_close(l->conn, id, err) ||
        !bf_keys_revoke(l->conn, none, partner_of(l->arena, id), count, revoked, err))
        return false;
    bf_buf_init(&extra, JSON_MAX);
    bf_buf_printf(&extra, ",\"revoked\":%lld,\"reason\":", (long long)*revoked);
    bf_buf_json(&extra, reason);
    bool ok = bf_buf_failed(&extra) ? BF_FAIL_WITH(err, BF_E_PARAMETER, "The reason is too long.")
                                    : note_event(l, "event.close", &e, bf_buf_view(&extra), err);
    bf_buf_fini(&extra);
    return ok;
}

bool bf_event_close(struct bf_life *l, struct bf_str id, struct bf_str reason, int64_t *revoked,
                    struct bf_err *err)
{
    *revoked = 0;
    if (!bf_str_is_utf8(reason))
        return wrong(err, "reason", "UTF-8 is expected");
    bool ok = bf_keys_begin(l->conn, true, err) && close_all(l, id, reason, revoked, err);
    return bf_life_close(l, ok, err);
}

/* ---- claiming ------------------------------------------------------------------------------ */

struct claiming {
    struct bf_life *life;
    const struct bf_event_claim *claim;
    struct bf_event_key *out;
    unsigned char retry[BF_DIGEST_BYTES];
    struct bf_event_place place; /* that it had before; number 0: none */
};

static bool find_event(struct claiming *c, struct bf_err *err)
{
    struct bf_life *l = c->life;
    struct bf_event *e = &c->out->event;
    unsigned char digest[BF_DIGEST_BYTES];
    bf_digest_of(c->claim->code, digest);
    if (!bf_events_find_by_code(l->conn, l->arena, digest, e, err))
        return false;
    if (!e->id.n)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                            "No event has this code: please look at it again.");
    return gives_keys(e, err);
}

/* Whoever comes back must not come back for ever, and not after somebody took his key away. */
static bool may_again(struct claiming *c, struct bf_err *err)
{
    struct bf_issued_key key;
    if (!bf_keys_find(c->life->conn, c->life->arena, c->place.jti, &key, err))
        return false;
    if (key.revoked)
        return BF_FAIL_WITH(err, BF_E_FORBIDDEN, "The key of this device was revoked.");
    return c->place.again < BF_EVENT_AGAIN ||
           BF_FAIL_WITH(err, BF_E_CONFLICT,
                        "This device has asked %d times for another key under the same "
                        "Idempotency-Key: no more.",
                        BF_EVENT_AGAIN);
}

static bool find_place(struct claiming *c, struct bf_err *err)
{
    const struct bf_event *e = &c->out->event;
    if (c->claim->retry.n &&
        !bf_events_place_of(c->life->conn, c->life->arena, e->id, c->retry, &c->place, err))
        return false;
    c->out->again = c->place.number > 0;
    if (c->out->again)
        return may_again(c, err);
    return e->taken < e->places ||
           BF_FAIL_WITH(err, BF_E_EVENT_FULL,
                        "All %lld places of the event are taken: please ask its organisers.",
                        (long long)e->places);
}

static bool give(struct claiming *c, struct bf_key_order *o, struct bf_err *err)
{
    struct bf_life *l = c->life;
    const struct bf_event *e = &c->out->event;
    int64_t revoked = 0;
    struct bf_str none = {NULL, 0};
    o->sub = partner_of(l->arena, e->id);
    o->plan = e->plan;
    o->scope = e->scope;
    o->expires = e->ends;
    l->who = o->sub;
    if (!bf_narrowing_parse(l->arena, e->narrowing, &o->narrow, err) ||
        !bf_life_make(l, "event.claim", o, c->place.jti, &c->out->token, err))
        return false;
    if (!c->out->again)
        return bf_events_take(l->conn, e->id, c->claim->retry.n ? c->retry : NULL, c->claim->device,
                              o->jti, err);
    return bf_keys_revoke(l->conn, c->place.jti, none, count, &revoked, err) &&
           bf_events_give_again(l->conn, e->id, c->place.number, c->claim->device, o->jti, err);
}

/* Outside of the transaction that was rolled back; that it cannot be counted is no harm. */
static void count_refused(struct bf_life *l, struct bf_str id)
{
    struct bf_err ignored;
    bf_err_clear(&ignored);
    if (bf_conn_ready(l->conn, &ignored))
        bf_events_count_refused(l->conn, id, &ignored);
}

bool bf_event_claim(struct bf_life *l, const struct bf_event_claim *claim, struct bf_event_key *out,
                    struct bf_err *err)
{
    struct claiming c = {.life = l, .claim = claim, .out = out};
    struct bf_key_order order = {.plan = BF_STR(BF_EVENT_PLAN)};
    *out = (struct bf_event_key){0};
    if (claim->device.n && !is_plain(claim->device, BF_EVENT_DEVICE))
        return wrong(err, "device", "a name of 1 to 64 characters without controls is expected");
    if (!bf_life_sign_with(l, &order, err))
        return false;
    if (claim->retry.n)
        bf_digest_of(claim->retry, c.retry);
    /* Who may take a key away has the lock alone from the beginning. */
    bool ok = bf_keys_begin(l->conn, claim->retry.n > 0, err) && find_event(&c, err) &&
              find_place(&c, err) && give(&c, &order, err);
    ok = bf_life_close(l, ok, err);
    if (err->code == BF_E_EVENT_FULL)
        count_refused(l, out->event.id);
    out->jti = order.jti;
    return ok;
}
