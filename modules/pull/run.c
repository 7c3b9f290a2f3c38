#include "pull/run.h"

#include "api/push/intake.h"
#include "core/log.h"
#include "pull/gbfs_run.h"
#include "pull/get.h"
#include "pull/records.h"
#include "store/catalog.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MEMORY = 1 << 30, HELD_MOST = 128 << 20 };

struct run {
    const struct bf_pull_order *order;
    const struct bf_conf *conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_registry registry;
    const struct bf_entry *entry;
    const struct bf_upstream *upstream;
    struct bf_str id;
    struct bf_upstream_claim claim;
    struct bf_upstream_held held;    /* that is accepted */
    struct bf_pull_body body, lines; /* lines: what a body of another kind was turned into */
    struct bf_pull_records records;
    unsigned char digest[BF_DIGEST_BYTES];
    struct bf_pull_get get;
    struct bf_gbfs gbfs;
    struct bf_str names_json, read_from; /* what is left to read of the records */
    struct bf_pull_report *report;
    struct bf_err said; /* why the run is not good */
    bool doubtful;      /* the records were refused, rather than not had */
};

/* ---- fetching ------------------------------------------------------------------------------ */

/* What a discovery file leads to may change while it does not. */
static bool is_asked_anew(const struct run *r)
{
    return !r->claim.untouched || !r->claim.body.n || r->upstream->format == BF_UPSTREAM_GBFS;
}

static void note_answer(struct run *r)
{
    r->report->outcome.status = r->get.fetch.status;
    r->report->outcome.bytes = r->get.bytes;
}

static bool fetch(struct run *r)
{
    if (!bf_pull_get_open(&r->get, r->arena, r->conf, r->upstream, &r->said))
        return false;
    if (!is_asked_anew(r)) {
        r->get.fetch.etag = r->claim.etag;
        r->get.fetch.modified = r->claim.modified;
    }
    bool ok = bf_pull_get(&r->get, r->upstream->url, &r->body, &r->said);
    note_answer(r);
    return ok;
}

/* Feeds are fetched as well. */
static bool read_feeds(struct run *r, struct bf_str discovery)
{
    bool ok = bf_gbfs_run(&r->gbfs, &r->get, r->entry->manifest, discovery, &r->lines, &r->said);
    note_answer(r);
    r->report->outcome.rest_us = ok ? r->gbfs.ttl_s * 1000000 : 0;
    r->doubtful = !ok && r->gbfs.missing;
    return ok;
}

/* What comes in another form than a push's is turned into one. Room for the names that each record
 * has then, and for the digits of coordinates: a shapefile's two files may have max_bytes each, and
 * a position of 16 bytes becomes 30 characters. */
static bool convert(struct run *r, struct bf_str *text)
{
    size_t most = 4 * (size_t)r->upstream->bytes_most;
    bool feeds = r->upstream->format == BF_UPSTREAM_GBFS;
    if (!feeds && !bf_pull_converts(r->upstream->format))
        return true;
    return bf_pull_body_open(&r->lines, r->conf->run_dir, most, &r->said) &&
           (feeds ? read_feeds(r, *text)
                  : bf_pull_convert(r->arena, r->entry->manifest, r->conf->run_dir, *text,
                                    &r->lines, r->report->note, &r->said)) &&
           bf_pull_body_map(&r->lines, text, &r->said);
}

static bool find_records(struct run *r)
{
    struct bf_str text;
    if (!bf_pull_body_map(&r->body, &text, &r->said) || !convert(r, &text) ||
        !bf_pull_records_find(r->arena, r->upstream, text, &r->records, &r->said))
        return false;
    bf_digest_of(r->records.text, r->digest);
    if (r->records.names.n)
        r->names_json = bf_pull_names_print(r->arena, &r->records.names);
    return r->names_json.p || r->records.names.n == 0 ||
           BF_FAIL_WITH(&r->said, BF_E_MEMORY, "no memory for the names");
}

/* ---- what was held ------------------------------------------------------------------------- */

static const char *const format_names[] = {
    [BF_PUSH_JSON] = "json", [BF_PUSH_LINES] = "ndjson", [BF_PUSH_CSV] = "csv"};

static bool take_held(struct run *r)
{
    const struct bf_upstream_held *h = &r->held;
    r->records.text = h->content;
    for (size_t i = 0; i < sizeof format_names / sizeof format_names[0]; i++)
        if (bf_str_eq(h->format, bf_str_of(format_names[i])))
            r->records.format = (enum bf_push_format)i;
    memcpy(r->digest, h->body.p, h->body.n < sizeof r->digest ? h->body.n : sizeof r->digest);
    r->names_json = h->names;
    r->report->outcome.bytes = (int64_t)h->content.n;
    return true;
}

static void hold(struct run *r)
{
    const struct bf_upstream_held h = {.run = r->claim.run,
                                       .format = bf_str_of(format_names[r->records.format]),
                                       .names = r->names_json,
                                       .etag = bf_str_of(r->get.fetch.new_etag),
                                       .modified = bf_str_of(r->get.fetch.new_modified),
                                       .body = {(const char *)r->digest, sizeof r->digest},
                                       .content = r->records.text,
                                       .records = r->report->outcome.records};
    struct bf_err err;
    bf_err_clear(&err);
    if (!h.content.p) /* nothing came that could be accepted */
        return;
    if (h.content.n > HELD_MOST)
        bf_log(BF_LOG_WARNING, "pull.hold", "dataset=%s too large to be kept", r->id.p);
    else if (!bf_upstream_hold(r->conn, r->id, &h, &err))
        bf_log(BF_LOG_WARNING, "pull.hold", "dataset=%s %s: %s", r->id.p, err.message, err.detail);
}

/* ---- writing ------------------------------------------------------------------------------- */

static bool doubt(struct run *r)
{
    r->doubtful = true;
    return false;
}

static bool check_names(struct run *r)
{
    struct bf_pull_names before;
    struct bf_str why;
    if (r->claim.names.n == 0 || r->records.names.n == 0) /* without a record admit() decides */
        return true;
    if (!bf_pull_names_read(r->arena, r->claim.names, &before))
        return BF_FAIL_WITH(&r->said, BF_E_MEMORY, "no memory for the names");
    if (bf_pull_names_same(r->arena, r->upstream, &before, &r->records.names, &why))
        return true;
    BF_FAIL_WITH(&r->said, BF_E_ROWS, "%.*s", BF_STR_ARG(why));
    return doubt(r);
}

/* Two feeds that know each other's stations no longer are not joined. */
static bool check_stations(struct run *r)
{
    const struct bf_gbfs *g = &r->gbfs;
    if (r->upstream->format != BF_UPSTREAM_GBFS || !bf_gbfs_is_torn(g))
        return true;
    BF_FAIL_WITH(
        &r->said, BF_E_ROWS,
        "Of %" PRIu64 " stations of %.*s and %" PRIu64 " of %.*s only %" PRIu64 " are in both.",
        g->met + g->alone, BF_STR_ARG(g->feed), g->met + g->strangers, BF_STR_ARG(g->join), g->met);
    return doubt(r);
}

/* Asked by the intake before it commits: how many records came. */
static bool admit(void *self, uint64_t rows)
{
    struct run *r = self;
    r->report->outcome.records = (int64_t)rows;
    if (r->order->accept || r->upstream->upsert)
        return true;
    if (rows == 0)
        BF_FAIL_WITH(&r->said, BF_E_ROWS, "The source gives no record at all.");
    else if (rows * 2 < (uint64_t)r->claim.records)
        BF_FAIL_WITH(&r->said, BF_E_ROWS,
                     "The source gives %" PRIu64 " records, fewer than half of the %" PRId64
                     " that there are.",
                     rows, r->claim.records);
    else
        return true;
    return doubt(r);
}

static ssize_t read_records(void *self, void *to, size_t room)
{
    struct run *r = self;
    size_t n = r->read_from.n < room ? r->read_from.n : room;
    if (n)
        memcpy(to, r->read_from.p, n);
    r->read_from.p += n;
    r->read_from.n -= n;
    return (ssize_t)n;
}

static void print_nothing(void *self, const struct bf_commit_result *result, struct bf_buf *out)
{
    (void)self;
    (void)result;
    (void)out;
}

/* The sentence of a push, and the first record that it is about (no value of it: it may be
 * private). */
static void say_fault(struct run *r, const struct bf_faults *f)
{
    struct bf_err first = r->said;
    bool feeds = r->upstream->format == BF_UPSTREAM_GBFS;
    struct bf_str table = feeds                ? r->upstream->feed
                          : r->upstream->lines ? BF_STR("")
                                               : r->upstream->table;
    if (!f || f->n == 0)
        return;
    bf_err_clear(&r->said);
    BF_FAIL_WITH(&r->said, first.code,
                 "%.*s%s%" PRIu64 " records are not valid; %s %" PRIu64 "%s%.*s: %.*s",
                 BF_STR_ARG(table), table.n ? ": " : "", f->total, feeds ? "record" : "line",
                 f->list[0].line, f->list[0].field.n ? ", field " : "",
                 BF_STR_ARG(f->list[0].field), BF_STR_ARG(f->list[0].reason));
}

static bool write_records(struct run *r)
{
    bool newest = false;
    struct bf_intake in = {
        .conn = r->conn,
        .arena = r->arena,
        .entry = r->entry,
        .registry = &r->registry,
        .mode = r->upstream->upsert ? BF_BATCH_UPSERT : BF_BATCH_SNAPSHOT,
        .format = r->records.format,
        .delimiter = r->upstream->delimiter,
        .allow_empty = true, /* admit() says what an empty one is */
        .record_max = (size_t)r->conf->record_max_bytes,
        .came = (size_t)r->conf->canary_records,
        .body = {.read = read_records, .self = r, .announced = -1, .limit = INT64_MAX},
        .sub = BF_STR("beffroi pull"),
        .admit = admit,
        .print = print_nothing,
        .self = r};
    if (!bf_upstream_is_newest(r->conn, r->id, r->claim.run, &newest, &r->said))
        return false;
    if (!newest)
        return BF_FAIL_WITH(&r->said, BF_E_CONFLICT, "Another run has begun meanwhile.");
    r->read_from = r->records.text;
    in.repairs = bf_repairs_new(&(struct bf_repair_host){.quarantine = r->order->falls});
    if (!in.repairs)
        return BF_FAIL_WITH(&r->said, BF_E_MEMORY, "no memory for the script of the dataset");
    bool ok = bf_intake_run(&in, &r->said);
    bf_repairs_free(in.repairs);
    if (!ok && r->said.code == BF_E_ROWS && !r->doubtful) {
        say_fault(r, in.faults);
        return doubt(r);
    }
    r->report->commit = in.result;
    return ok;
}

/* ---- the run ------------------------------------------------------------------------------- */

static bool is_known(const struct run *r)
{
    struct bf_str digest = {(const char *)r->digest, sizeof r->digest};
    return r->claim.untouched && bf_str_eq(r->claim.body, digest);
}

static enum bf_upstream_result result_of_commit(const struct run *r)
{
    const struct bf_commit_result *k = &r->report->commit;
    if (r->order->accept)
        return BF_UPSTREAM_ACCEPTED;
    return k->added + k->changed + k->removed ? BF_UPSTREAM_CHANGED : BF_UPSTREAM_UNCHANGED;
}

static void set_known(struct run *r)
{
    struct bf_upstream_outcome *o = &r->report->outcome;
    bool accept = r->order->accept;
    o->etag = accept ? r->held.etag : bf_str_of(r->get.fetch.new_etag);
    o->modified = accept ? r->held.modified : bf_str_of(r->get.fetch.new_modified);
    o->names = r->names_json;
    o->body = (struct bf_str){(const char *)r->digest, sizeof r->digest};
}

static bool is_alive(struct run *r)
{
    bool feeds = r->upstream->format == BF_UPSTREAM_GBFS;
    int64_t at = feeds ? bf_gbfs_alive_us(&r->gbfs, r->upstream->every_us) : 0;
    r->report->outcome.result = BF_UPSTREAM_UNCHANGED;
    return bf_upstream_alive(r->conn, r->id, at, &r->said);
}

/* false: r->said says why it is not good. */
static bool work(struct run *r)
{
    struct bf_upstream_outcome *o = &r->report->outcome;
    if (!r->order->accept && !fetch(r))
        return false;
    if (!r->order->accept && r->get.fetch.status == 304)
        return is_alive(r);
    if (!(r->order->accept ? take_held(r) : find_records(r)))
        return false;
    set_known(r);
    if (!r->order->accept && is_known(r))
        return is_alive(r);
    if ((!r->order->accept && !(check_stations(r) && check_names(r))) || !write_records(r))
        return false;
    o->commit = &r->report->commit;
    o->result = result_of_commit(r);
    return true;
}

static bool make(struct run *r, struct bf_err *err)
{
    struct bf_pull_report *report = r->report;
    report->made = true;
    report->run = r->claim.run;
    report->outcome.bytes = report->outcome.records = -1;
    if (!work(r)) {
        report->outcome.result =
            r->doubtful && !r->order->accept ? BF_UPSTREAM_HELD : BF_UPSTREAM_FAILED;
        bool readable = bf_str_is_utf8(bf_str_of(r->said.message));
        snprintf(report->reason, sizeof report->reason, "%s",
                 readable ? r->said.message : "The records are not valid.");
        memcpy(report->detail, r->said.detail, sizeof report->detail);
    } else {
        char note[BF_GBFS_NOTE];
        bf_gbfs_note(&r->gbfs, note);
        snprintf(report->reason, sizeof report->reason, "%s", note);
    }
    report->outcome.reason = bf_str_of(report->reason);
    if (report->outcome.result == BF_UPSTREAM_HELD)
        hold(r);
    return bf_upstream_end(r->conn, r->id, r->claim.run, &report->outcome, err);
}

static bool find_dataset(struct run *r, struct bf_err *err)
{
    size_t left_out;
    bf_registry_init(&r->registry, r->arena);
    if (!bf_conn_ready(r->conn, err) || !bf_catalog_load(r->conn, &r->registry, &left_out, err))
        return false;
    r->entry = bf_registry_find(&r->registry, bf_str_of(r->order->dataset));
    if (!r->entry)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "There is no dataset \"%s\".",
                            r->order->dataset);
    r->id = r->entry->manifest->id;
    r->upstream = r->entry->manifest->upstream;
    return r->upstream ||
           BF_FAIL_WITH(err, BF_E_PARAMETER, "The manifest of %s names no source.", r->id.p);
}

static bool find_held(struct run *r, struct bf_err *err)
{
    if (!r->order->accept)
        return true;
    return bf_upstream_get_held(r->conn, r->arena, r->id, &r->held, err) &&
           (r->held.run ||
            BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "Nothing of %s is held.", r->id.p));
}

static bool run(struct run *r, struct bf_err *err)
{
    bool have = false;
    if (!find_dataset(r, err) || !bf_upstream_sync(r->conn, r->entry, err) ||
        !bf_upstream_lock(r->conn, r->entry->manifest->number, &have, err))
        return false;
    r->report->busy = !have;
    if (!have)
        return true;
    return find_held(r, err) &&
           bf_upstream_claim(r->conn, r->arena, r->id, r->order->forced, &r->claim, err) &&
           (r->claim.run == 0 || make(r, err));
}

bool bf_pull_run(const struct bf_pull_order *order, struct bf_pull_report *report,
                 struct bf_err *err)
{
    struct run *r;
    struct bf_arena *a = bf_arena_new(MEMORY);
    *report = (struct bf_pull_report){.made = false};
    r = a ? bf_arena_zalloc(a, 1, sizeof *r) : NULL;
    if (!r) {
        bf_arena_free(a);
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to run a source");
    }
    *r = (struct run){.order = order, .conf = order->conf, .arena = a, .report = report};
    r->body.fd = r->lines.fd = -1;
    bf_err_clear(&r->said);
    r->conn = bf_conn_new(order->conf, BF_ROLE_WRITER);
    bool ok = r->conn ? run(r, err) : BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to connect");
    bf_pull_body_close(&r->body);
    bf_pull_body_close(&r->lines);
    bf_conn_free(r->conn);
    /* Nothing of what is reported lies in the arena but for these. */
    report->outcome.etag = report->outcome.modified = report->outcome.names = report->outcome.body =
        (struct bf_str){NULL, 0};
    bf_arena_free(a);
    return ok;
}
