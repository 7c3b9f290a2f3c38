#include "api/admin/events.h"

#include "api/admin/body.h"
#include "api/admin/keys.h"
#include "api/answer.h"
#include "api/keys/event.h"
#include "api/keys/guesses.h"
#include "api/idempotency.h"
#include "core/clock.h"

/* ---- for who has the scope admin ----------------------------------------------------------- */

struct listing {
    struct bf_buf *out;
    int64_t n;
};

static void comma(struct listing *l)
{
    bf_buf_text(l->out, l->n++ ? ",\n" : "");
}

static void take_event(void *self, const struct bf_event *event)
{
    struct listing *l = self;
    comma(l);
    bf_event_print(l->out, event, bf_clock_wall_s());
}

bool admin_events(struct bf_request *r)
{
    struct bf_life life;
    struct listing l = {.out = &r->response.body};
    if (!admin_begin_life(r, &life))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(l.out, "{\"events\":[");
    if (!bf_events_each(r->conn, take_event, &l, &r->err))
        return false;
    bf_buf_text(l.out, "]}\n");
    return true;
}

bool admin_create(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    struct bf_event made;
    struct bf_str code;
    if (!admin_begin_life(r, &life) ||
        !admin_body_read(r, " title title_en devices until plan scope datasets bbox origins rate ",
                         &body))
        return false;
    if (!body.title.n || !body.devices || !body.until.n)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "title, devices (how many) and until (when it ends) are needed.");
    const struct bf_event_order order = {.fr = body.title,
                                         .en = body.title_en,
                                         .plan = body.plan,
                                         .scope = body.scope,
                                         .narrow = body.narrow,
                                         .places = body.devices,
                                         .until = body.until};
    if (!bf_event_create(&life, &order, &made, &code, &r->err))
        return false;
    bf_answer_begin(r, 201, "application/json");
    bf_event_print_new(&r->response.body, code, &made, bf_clock_wall_s());
    bf_buf_char(&r->response.body, '\n');
    return true;
}

static void take_place(void *self, const struct bf_event_place *place)
{
    struct listing *l = self;
    comma(l);
    bf_event_print_place(l->out, place);
}

bool admin_event(struct bf_request *r)
{
    struct bf_life life;
    struct bf_event event;
    struct listing l = {.out = &r->response.body};
    if (!admin_begin_life(r, &life) ||
        !bf_events_find(r->conn, r->arena, r->vars[0], &event, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_text(l.out, "{\"event\":");
    bf_event_print(l.out, &event, bf_clock_wall_s());
    bf_buf_text(l.out, ",\"devices\":[");
    if (!bf_events_places(r->conn, event.id, take_place, &l, &r->err))
        return false;
    bf_buf_text(l.out, "]}\n");
    return true;
}

bool admin_places(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    struct bf_event event;
    if (!admin_begin_life(r, &life) || !admin_body_read(r, " devices ", &body) ||
        !bf_event_set_places(&life, r->vars[0], body.devices, &event, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_event_print(&r->response.body, &event, bf_clock_wall_s());
    bf_buf_char(&r->response.body, '\n');
    return true;
}

bool admin_close(struct bf_request *r)
{
    struct bf_life life;
    struct admin_body body;
    int64_t n;
    if (!admin_begin_life(r, &life) || !admin_body_read(r, " reason ", &body) ||
        !bf_event_close(&life, r->vars[0], body.reason, &n, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_buf_printf(&r->response.body, "{\"revoked\":%lld}\n", (long long)n);
    return true;
}

/* ---- for who has the code ------------------------------------------------------------------ */

static bool read_claim(struct bf_request *r, struct bf_event_claim *out)
{
    struct admin_body body;
    if (!admin_body_read_claim(r, &body) || !bf_idempotency_key(r, &out->retry))
        return false;
    out->device = body.device;
    return bf_event_code_read(r->arena, body.code, &out->code, &r->err);
}

/* A request that the new key may ask. */
static void print_try(struct bf_request *r, const struct bf_event *event)
{
    struct bf_buf *b = &r->response.body;
    struct bf_narrowing narrow;
    struct bf_str dataset = {NULL, 0};
    if (bf_narrowing_parse(r->arena, event->narrowing, &narrow, &r->err) && narrow.ndatasets)
        dataset = narrow.datasets[0];
    struct bf_str line = bf_arena_printf(r->arena,
                                         "curl -H \"Authorization: Bearer $BEFFROI_KEY\" "
                                         "'%s/api/explore/v2.1/catalog/datasets%s%.*s%s?limit=3'",
                                         r->conf->base_url, dataset.n ? "/" : "",
                                         BF_STR_ARG(dataset), dataset.n ? "/records" : "");
    bf_buf_text(b, ",\"try\":");
    bf_buf_json(b, line);
}

static bool answer_claim(struct bf_request *r, const struct bf_event_key *made)
{
    struct bf_issued_key row;
    struct bf_buf *b = &r->response.body;
    if (!bf_keys_find(r->conn, r->arena, made->jti, &row, &r->err))
        return false;
    if (made->again)
        bf_response_header(&r->response, "Idempotency-Replayed", BF_STR("true"));
    bf_answer_begin(r, 201, "application/json");
    bf_life_print_new(b, made->token, &row, bf_clock_wall_s());
    b->n -= b->n > 0; /* the object goes on */
    bf_buf_text(b, ",\"event\":");
    bf_event_print_head(b, &made->event);
    bf_buf_text(b, ",\"ends\":\"");
    bf_event_print_instant(b, made->event.ends);
    bf_buf_text(b, "\"}");
    print_try(r, &made->event);
    bf_buf_text(b, "}\n");
    return !bf_err_is_set(&r->err);
}

bool admin_claim(struct bf_request *r)
{
    struct bf_life life;
    struct bf_event_claim claim = {0};
    struct bf_event_key made = {0};
    if (!admin_begin_life(r, &life))
        return false;
    bool read = read_claim(r, &claim);
    struct bf_err why = r->err;
    bf_err_clear(&r->err);
    if (!bf_guesses_allow_code(r, claim.code))
        return false;
    r->err = why;
    life.origin = BF_STR("with its code");
    bool ok = read && bf_event_claim(&life, &claim, &made, &r->err);
    if (ok || r->err.http < 500)
        bf_guesses_count_code(r, claim.code, made.event.id.n > 0);
    return ok && answer_claim(r, &made);
}

/* ---- for everybody ------------------------------------------------------------------------- */

static void print_number(struct bf_buf *b, const char *name, int64_t n)
{
    bf_buf_printf(b, "\"%s\":", name);
    if (n < 0)
        bf_buf_text(b, "null");
    else
        bf_buf_i64(b, n);
}

/* What the plan grants all devices together; 0: it counts nothing. */
static void print_units(struct bf_request *r, const struct bf_event *event, int64_t today,
                        int64_t total)
{
    struct bf_buf *b = &r->response.body;
    const struct bf_plan *plan = bf_planbook_find(r->plans, r->arena, event->plan);
    bf_buf_text(b, ",\"units\":{");
    print_number(b, "today", plan->day && today < 0 ? 0 : today);
    bf_buf_char(b, ',');
    print_number(b, "total", plan->day && total < 0 ? 0 : total);
    bf_buf_char(b, ',');
    print_number(b, "quota", plan->day ? plan->day : -1);
    bf_buf_char(b, '}');
}

static void take_hour(void *self, int64_t hour, int64_t places)
{
    struct listing *l = self;
    comma(l);
    bf_buf_text(l->out, "{\"hour\":\"");
    bf_event_print_instant(l->out, hour);
    bf_buf_printf(l->out, "\",\"keys\":%lld}", (long long)places);
}

bool admin_page(struct bf_request *r)
{
    struct bf_event event;
    int64_t today, total;
    struct listing l = {.out = &r->response.body};
    if (!bf_conn_ready(r->conn, &r->err) ||
        !bf_events_find(r->conn, r->arena, r->vars[0], &event, &r->err) ||
        !bf_events_units(r->conn, event.id, &today, &total, &r->err))
        return false;
    bf_answer_begin(r, 200, "application/json");
    bf_event_print_open(l.out, &event, bf_clock_wall_s());
    print_units(r, &event, today, total);
    bf_buf_text(l.out, ",\"claims\":[");
    if (!bf_events_hours(r->conn, event.id, take_hour, &l, &r->err))
        return false;
    bf_buf_text(l.out, "]}\n");
    return true;
}
