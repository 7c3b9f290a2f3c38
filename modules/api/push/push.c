#include "api/push/push.h"

#include "api/answer.h"
#include "api/push/describe.h"
#include "api/push/intake.h"
#include "api/push/order.h"
#include "api/push/table.h"
#include "http/problem.h"
#include "store/record_id.h"
#include "value/member.h"

/* How long an answer may wait until this node's readers know of the commit. */
enum { SEEN_WAIT_US = 20000 };

/* ---- answers ---- */

/* Of a dataset with on_ingest alone. */
static void print_dropped(const struct bf_intake *in, struct bf_buf *out)
{
    if (!in || !in->dropped)
        return;
    bf_member_int(out, "dropped", (int64_t)in->dropped->total);
    if (!in->dropped->total)
        return;
    bf_buf_text(out, ",\"dropped_records\":");
    bf_faults_print(in->dropped, out);
}

static void print_result(void *self, const struct bf_commit_result *result, struct bf_buf *out)
{
    const struct bf_request *r = self;
    const struct bf_push_order *o = r->state;
    bf_buf_text(out, o->vendor ? "{\"status\":\"OK\",\"dataset\":" : "{\"dataset\":");
    bf_buf_json(out, r->dataset->manifest->id);
    bf_member_int(out, "commit", result->commit);
    bf_member_instant(out, "instant", result->instant);
    bf_member_instant(out, "pushed", result->pushed);
    bf_member_int(out, "added", result->added);
    bf_member_int(out, "changed", result->changed);
    bf_member_int(out, "removed", result->removed);
    bf_member_int(out, "unchanged", result->unchanged);
    bf_member_int(out, "records", result->records);
    print_dropped(o->intake, out);
    bf_buf_text(out, "}\n");
}

/* Who asks after this answer must not be told that nothing changed, nor given what was kept before:
 * where memory is slow to hear, it is not believed until it has. */
static void wait_until_seen(struct bf_request *r, const struct bf_commit_result *result)
{
    struct bf_str id = r->dataset->manifest->id;
    struct bf_live_facts facts;
    bf_live_facts(r->live, &facts);
    if (!facts.hearing || !bf_live_wait(r->live, id, result->commit, result->pushed, SEEN_WAIT_US))
        bf_live_met(r->live, id, result->commit);
}

static void answer(struct bf_request *r, const struct bf_commit_result *result)
{
    if (result->replayed) {
        bf_response_header(&r->response, "Idempotency-Replayed", BF_STR("true"));
    } else {
        r->freshness = (struct bf_freshness){true, result->commit, result->instant, result->pushed};
        if (r->live)
            wait_until_seen(r, result);
    }
    bf_answer_begin(r, 200, "application/json");
    if (result->answer.p)
        bf_buf_str(&r->response.body, result->answer);
    else
        print_result(r, result, &r->response.body);
}

/* ---- errors ---- */

static const struct bf_faults *faults_of(const struct bf_request *r)
{
    const struct bf_push_order *o = r->state;
    return o && o->intake && r->err.code == BF_E_ROWS ? o->intake->faults : NULL;
}

static void print_faults(struct bf_buf *b, const struct bf_faults *faults)
{
    if (!faults)
        return;
    bf_buf_text(b, ",\"errors\":");
    bf_faults_print(faults, b);
}

static void native_error(struct bf_request *r)
{
    bf_problem_open(&r->response, &r->err, r->conf->base_url, r->http.id);
    print_faults(&r->response.body, faults_of(r));
    bf_allowance_problem(r, &r->response.body);
    bf_buf_text(&r->response.body, "}\n");
}

static void vendor_error(struct bf_request *r)
{
    const struct bf_err *e = &r->err;
    bf_response_reset(&r->response);
    r->response.status = e->http;
    bf_response_header(&r->response, "Content-Type", BF_STR("application/json"));
    if (e->retry_after_s)
        bf_response_header_f(&r->response, "Retry-After", "%d", e->retry_after_s);
    struct bf_buf *b = &r->response.body;
    bf_buf_text(b, "{\"status\":\"error\",\"message\":");
    bf_buf_json(b, bf_str_of(e->message));
    print_faults(b, faults_of(r));
    bf_buf_text(b, "}\n");
}

const struct bf_protocol bf_push_protocol = {"push", native_error, NULL, push_describe};
const struct bf_protocol bf_push_vendor_protocol = {"push1", vendor_error, NULL, NULL};

/* ---- steps ---- */

static bool parse_records(struct bf_request *r)
{
    return bf_push_order_native(r, BF_BATCH_UPSERT);
}

static bool parse_delete(struct bf_request *r)
{
    return bf_push_order_native(r, BF_BATCH_DELETE);
}

static bool parse_vendor_push(struct bf_request *r)
{
    return bf_push_order_vendor(r, BF_BATCH_UPSERT);
}

static bool parse_vendor_delete(struct bf_request *r)
{
    return bf_push_order_vendor(r, BF_BATCH_DELETE);
}

/* Of a dataset as a whole, or of records by their key, nobody knows where they lie. */
static bool fits_box(struct bf_request *r, enum bf_batch_mode mode)
{
    if (!r->claims.narrow.has_box || mode == BF_BATCH_UPSERT)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                        "This key is for records inside a box: it can add and replace records, but "
                        "not delete any, nor replace all of them (mode=snapshot).");
}

static bool admit(void *self, uint64_t rows)
{
    return bf_allowance_push(self, (int64_t)rows);
}

static bool execute(struct bf_request *r)
{
    struct bf_push_order *o = r->state;
    if (!fits_box(r, o->mode))
        return false;
    struct bf_intake *in = bf_arena_zalloc(r->arena, 1, sizeof *in);
    if (!in)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    *in = (struct bf_intake){.conn = r->conn,
                             .arena = r->arena,
                             .entry = r->dataset,
                             .registry = r->whole,
                             .repairs = r->repairs,
                             .came = (size_t)r->conf->canary_records,
                             .mode = o->mode,
                             .format = o->format,
                             .delimiter = o->delimiter,
                             .allow_empty = o->allow_empty,
                             .record_max = (size_t)r->conf->record_max_bytes,
                             .box = r->claims.narrow.has_box ? &r->claims.narrow.box : NULL,
                             .body = {.read = r->http.io->read,
                                      .self = r->http.io->self,
                                      .announced = r->http.content_length,
                                      .limit = r->conf->push_max_bytes,
                                      .gzip = o->gzip},
                             .sub = r->claims.sub,
                             .idempotency_key = o->idempotency_key,
                             .admit = admit,
                             .print = print_result,
                             .self = r};
    o->intake = in;
    bool ok = bf_intake_run(in, &r->err);
    r->rows = in->records;
    if (ok)
        answer(r, &in->result);
    return ok;
}

/* The vendor's delete by record id. */
static bool delete_one(struct bf_request *r)
{
    unsigned char id[BF_RECORD_ID];
    struct bf_commit_result result;
    struct bf_batch_push push = {.sub = r->claims.sub};
    if (!fits_box(r, BF_BATCH_DELETE))
        return false;
    if (!bf_record_id_read(r->vars[2], id))
        return BF_FAIL_WITH(&r->err, BF_E_NOT_FOUND_RESOURCE, "There is no record %.*s.",
                            (int)(r->vars[2].n < 100 ? r->vars[2].n : 100), r->vars[2].p);
    if (!bf_allowance_push(r, 1))
        return false;
    bf_digest_of(r->vars[2], push.source);
    struct bf_batch *b = bf_batch_open(r->conn, r->arena, r->dataset, BF_BATCH_DELETE, &r->err);
    if (!b || !bf_batch_row(b, id, NULL, &r->err) || !bf_batch_commit(b, &push, &result, &r->err))
        return false;
    r->rows = 1;
    answer(r, &result);
    return true;
}

#define V1 "/api/push/v1/datasets/{dataset}/records"
#define VENDOR "/api/push/1.0/{dataset}/{resource}"

enum { FLAGS = BF_ROUTE_DATASET | BF_ROUTE_PUSH };

const struct bf_route bf_push_routes[] = {
    {.name = "push.records",
     .methods = BF_POST,
     .pattern = V1,
     .flags = FLAGS,
     .protocol = &bf_push_protocol,
     .parse = parse_records,
     .execute = execute,
     .operation = &push_records},
    {.name = "push.delete",
     .methods = BF_POST,
     .pattern = V1 "/delete",
     .flags = FLAGS,
     .protocol = &bf_push_protocol,
     .parse = parse_delete,
     .execute = execute,
     .operation = &push_delete},
    {.name = "push1.push",
     .methods = BF_POST,
     .pattern = VENDOR "/push",
     .flags = FLAGS,
     .protocol = &bf_push_vendor_protocol,
     .parse = parse_vendor_push,
     .execute = execute,
     .operation = &push_vendor_push},
    {.name = "push1.delete",
     .methods = BF_POST,
     .pattern = VENDOR "/delete",
     .flags = FLAGS,
     .protocol = &bf_push_vendor_protocol,
     .parse = parse_vendor_delete,
     .execute = execute,
     .operation = &push_vendor_delete},
    {.name = "push1.delete_one",
     .methods = BF_GET | BF_POST,
     .pattern = VENDOR "/{record}/delete",
     .flags = FLAGS,
     .protocol = &bf_push_vendor_protocol,
     .parse = parse_vendor_delete,
     .execute = delete_one,
     .operation = &push_vendor_delete_one},
    {.name = "push.swagger",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/api/push/v1/swagger.json",
     .protocol = &bf_push_protocol,
     .execute = bf_describe,
     .operation = &push_get_swagger},
    {.name = "push.openapi",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/api/push/v1/openapi.json",
     .protocol = &bf_push_protocol,
     .execute = bf_describe,
     .operation = &push_get_openapi},
    {.name = "push.dataset.swagger",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/api/push/v1/datasets/{dataset}/swagger.json",
     .flags = BF_ROUTE_DATASET,
     .protocol = &bf_push_protocol,
     .execute = bf_describe,
     .operation = &push_get_dataset_swagger},
    {.name = "push.dataset.openapi",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/api/push/v1/datasets/{dataset}/openapi.json",
     .flags = BF_ROUTE_DATASET,
     .protocol = &bf_push_protocol,
     .execute = bf_describe,
     .operation = &push_get_dataset_openapi},
    {.name = NULL},
};
