#include "api/push/decode.h"

#include "api/push/csv.h"
#include "api/push/record.h"
#include "api/push/seen.h"
#include "api/push/split.h"

#include <string.h>

enum { KEY_MAX = 64 << 20, PLACES_MAX = 1 << 30 };

struct place {
    uint64_t record, line;
};

struct bf_decode {
    struct bf_decode_setup setup;
    struct bf_record *record;
    struct bf_seen *seen;
    struct bf_digest *digest;
    struct bf_buf key;    /* of a record, as it is digested */
    struct bf_buf places; /* with a box: where each row came from (struct place) */
    struct bf_faults faults, dropped;
    union {
        struct bf_split split;
        struct bf_csv *csv; /* large: from the arena */
    };
    bool headed;   /* the header line of CSV was read */
    bool repeated; /* a row has a time that happens twice */
    uint64_t records;
};

static void release(void *decode)
{
    struct bf_decode *d = decode;
    if (d->setup.format != BF_PUSH_CSV)
        bf_split_fini(&d->split);
    else if (d->csv)
        bf_csv_fini(d->csv);
    bf_seen_free(d->seen);
    bf_digest_free(d->digest);
    bf_buf_fini(&d->key);
    bf_buf_fini(&d->places);
}

static bool no_memory(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_MEMORY, "The push needs more memory than one request may have.");
}

/* ---- rows ---- */

static void add_fault(struct bf_decode *d, struct bf_fault *fault, uint64_t line)
{
    fault->record = d->records;
    fault->line = line;
    bf_faults_add(&d->faults, fault);
}

static bool is_inside(const struct bf_decode *d, const struct bf_value *values)
{
    const struct bf_value *v = &values[d->setup.manifest->geometry];
    if (v->type == BF_GEO_POINT)
        return bf_key_box_holds_point(d->setup.box, v->point);
    return v->type == BF_GEO_SHAPE && bf_key_box_holds(d->setup.box, v->text);
}

static bool comes_twice(struct bf_decode *d, const struct bf_memo_row *row, int64_t before,
                        uint64_t line)
{
    const struct bf_manifest *m = d->setup.manifest;
    unsigned char id[BF_RECORD_ID];
    bf_record_id(m, row->values, &d->key, d->digest, id);
    struct bf_fault fault = {.field = m->fields[m->key[0]].column.name,
                             .value = {d->key.p, d->key.n}};
    fault.reason =
        bf_arena_printf(d->faults.arena, "the same key as in record %lld", (long long)before);
    add_fault(d, &fault, line);
    return true;
}

static bool take_row(struct bf_decode *d, const struct bf_memo_row *row, uint64_t line,
                     struct bf_err *err)
{
    if (d->records > UINT32_MAX)
        return no_memory(err);
    int64_t before = bf_seen_add(d->seen, row->id, (uint32_t)d->records);
    if (before == BF_SEEN_FULL)
        return no_memory(err);
    if (before != BF_SEEN_NEW)
        return comes_twice(d, row, before, line);
    d->repeated |= row->repeated;
    return d->faults.total || d->setup.row(d->setup.self, row->id, row->values, err);
}

/* A key that was narrowed to a box writes no record elsewhere. */
static bool take_inside(struct bf_decode *d, const struct bf_memo_row *row, uint64_t line,
                        struct bf_err *err)
{
    const struct bf_manifest *m = d->setup.manifest;
    if (!d->setup.box)
        return take_row(d, row, line, err);
    if (is_inside(d, row->values)) {
        struct place place = {d->records, line};
        bf_buf_bytes(&d->places, &place, sizeof place);
        return bf_buf_failed(&d->places) ? no_memory(err) : take_row(d, row, line, err);
    }
    struct bf_fault fault = {
        .field = m->fields[m->geometry].column.name,
        .reason = BF_STR_INIT("the key is for records inside a box, and this one lies elsewhere")};
    add_fault(d, &fault, line);
    return true;
}

/* The record that was read last. */
static bool make_row(struct bf_decode *d, struct bf_memo_row *row, struct bf_err *err)
{
    *row = (struct bf_memo_row){.values = bf_record_values(d->record),
                                .repeated = bf_record_repeated(d->record)};
    bf_record_id(d->setup.manifest, row->values, &d->key, d->digest, row->id);
    return !bf_buf_failed(&d->key) || no_memory(err);
}

static bool take_read(struct bf_decode *d, uint64_t line, struct bf_err *err)
{
    struct bf_memo_row row;
    return make_row(d, &row, err) && take_inside(d, &row, line, err);
}

/* ---- through the script ---- */

static void note_dropped(struct bf_decode *d, struct bf_str why, uint64_t line)
{
    struct bf_fault note = {.record = d->records, .line = line};
    note.reason = why.n ? why : BF_STR("the script of the dataset dropped it");
    bf_faults_add(&d->dropped, &note);
}

static bool take_made(struct bf_decode *d, struct bf_str text, uint64_t line, struct bf_err *err)
{
    struct bf_memo_row row;
    if (!make_row(d, &row, err))
        return false;
    bf_repair_keep(d->setup.repair, text, &row, d->setup.manifest->nfields);
    return take_inside(d, &row, line, err);
}

/* What the script makes of a record is judged like one that came so. text: its bytes, if they are
 * all there is to it. */
static bool take_raw(struct bf_decode *d, const struct bf_raw_record *raw, struct bf_str text,
                     uint64_t line, struct bf_err *err)
{
    struct bf_raw_record made;
    struct bf_fault fault = {0};
    struct bf_str why = {NULL, 0};
    enum bf_repaired how = bf_repair_record(d->setup.repair, raw, &made, &why);
    if (d->setup.repaired)
        d->setup.repaired(d->setup.self, raw, &made, how, why);
    switch (how) {
    case BF_REPAIRED:
        if (bf_record_from_raw(d->record, &made, &fault))
            return take_made(d, text, line, err);
        break;
    case BF_REPAIR_DROPPED:
        bf_repair_keep(d->setup.repair, text, &(struct bf_memo_row){.why = why}, 0);
        note_dropped(d, why, line);
        return true;
    case BF_REPAIR_GAVE_UP:
        return true;
    case BF_REPAIR_FAILED:
        fault.reason = why;
        break;
    }
    add_fault(d, &fault, line);
    return true;
}

static bool take_known(struct bf_decode *d, const struct bf_memo_row *row, uint64_t line,
                       struct bf_err *err)
{
    if (row->values)
        return take_inside(d, row, line, err);
    note_dropped(d, row->why, line);
    return true;
}

static bool take_raw_text(struct bf_decode *d, struct bf_str text, uint64_t line,
                          struct bf_err *err)
{
    struct bf_raw_record raw;
    struct bf_fault fault = {0};
    const struct bf_memo_row *known = bf_repair_known(d->setup.repair, text);
    if (known)
        return take_known(d, known, line, err);
    if (bf_record_raw_json(d->record, text, &raw, &fault))
        return take_raw(d, &raw, text, line, err);
    add_fault(d, &fault, line);
    return true;
}

static bool take_raw_cells(struct bf_decode *d, const struct bf_csv_record *record,
                           struct bf_err *err)
{
    struct bf_raw_record raw;
    struct bf_fault fault = {0};
    if (bf_record_raw_cells(d->record, record->cells, record->n, &raw, &fault))
        return take_raw(d, &raw, (struct bf_str){NULL, 0}, record->line, err);
    add_fault(d, &fault, record->line);
    return true;
}

/* ---- as they come ---- */

static bool take_text(void *self, struct bf_str text, uint64_t line, struct bf_err *err)
{
    struct bf_decode *d = self;
    struct bf_fault fault = {0};
    d->records++;
    if (d->setup.repair)
        return take_raw_text(d, text, line, err);
    if (bf_record_from_json(d->record, text, &fault))
        return take_read(d, line, err);
    add_fault(d, &fault, line);
    return true;
}

/* Without a header that is understood, every record would be wrong in the same way. */
static bool take_header(struct bf_decode *d, const struct bf_csv_record *record, struct bf_err *err)
{
    d->headed = true;
    if (record->wrong)
        return BF_FAIL_WITH(err, BF_E_BODY, "The header line cannot be read: %s.", record->wrong);
    if (d->setup.repair)
        return bf_record_raw_header(d->record, record->cells, record->n) || no_memory(err);
    if (bf_record_header(d->record, record->cells, record->n, record->line, &d->faults))
        return true;
    return BF_FAIL_WITH(err, BF_E_ROWS,
                        "The header line does not fit the dataset; nothing was written.");
}

static bool take_cells(void *self, const struct bf_csv_record *record, struct bf_err *err)
{
    struct bf_decode *d = self;
    struct bf_fault fault = {0};
    if (!d->headed)
        return take_header(d, record, err);
    d->records++;
    if (record->wrong)
        fault.reason = bf_str_of(record->wrong);
    else if (d->setup.repair)
        return take_raw_cells(d, record, err);
    else if (bf_record_from_cells(d->record, record->cells, record->n, &fault))
        return take_read(d, record->line, err);
    add_fault(d, &fault, record->line);
    return true;
}

/* ---- the stream ---- */

static bool open_parts(struct bf_decode *d, struct bf_arena *a, struct bf_err *err)
{
    const struct bf_decode_setup *s = &d->setup;
    if (s->format == BF_PUSH_CSV) {
        d->csv = bf_arena_zalloc(a, 1, sizeof *d->csv);
        if (!d->csv)
            return no_memory(err);
        bf_csv_init(d->csv, s->delimiter, s->record_max);
        d->csv->take = take_cells;
        d->csv->self = d;
    } else {
        bf_split_init(&d->split, s->format == BF_PUSH_JSON ? BF_SPLIT_JSON : BF_SPLIT_LINES,
                      s->record_max);
        d->split.take = take_text;
        d->split.self = d;
    }
    d->record = bf_record_new(a, s->manifest, s->keys_only, s->record_max, err);
    return d->record != NULL;
}

struct bf_decode *bf_decode_open(struct bf_arena *a, const struct bf_decode_setup *setup,
                                 struct bf_err *err)
{
    struct bf_decode *d = bf_arena_zalloc(a, 1, sizeof *d);
    if (d) {
        d->setup = *setup;
        d->faults.arena = a;
        d->dropped.arena = a;
        d->seen = bf_seen_new();
        d->digest = bf_digest_new();
        bf_buf_init(&d->key, KEY_MAX);
        bf_buf_init(&d->places, PLACES_MAX);
    }
    if (!d || !bf_defer(a, release, d) || !d->seen) {
        no_memory(err);
        return NULL;
    }
    return open_parts(d, a, err) ? d : NULL;
}

bool bf_decode_feed(struct bf_decode *d, const char *p, size_t n, struct bf_err *err)
{
    if (d->setup.format == BF_PUSH_CSV)
        return bf_csv_feed(d->csv, p, n, err);
    return bf_split_feed(&d->split, p, n, err);
}

bool bf_decode_end(struct bf_decode *d, struct bf_err *err)
{
    bool csv = d->setup.format == BF_PUSH_CSV;
    if (csv ? !bf_csv_end(d->csv, err) : !bf_split_end(&d->split, err))
        return false;
    if (csv && !d->headed)
        return BF_FAIL_WITH(err, BF_E_BODY, "The body is empty: a header line is expected.");
    if (d->faults.total == 0)
        return true;
    return BF_FAIL_WITH(err, BF_E_ROWS, "%llu of %llu records %s not valid, nothing was written.",
                        (unsigned long long)d->faults.total, (unsigned long long)d->records,
                        d->faults.total == 1 ? "is" : "are");
}

uint64_t bf_decode_records(const struct bf_decode *d)
{
    return d->records;
}

const struct bf_faults *bf_decode_faults(const struct bf_decode *d)
{
    return &d->faults;
}

bool bf_decode_repeated(const struct bf_decode *d)
{
    return d->repeated;
}

const struct bf_faults *bf_decode_dropped(const struct bf_decode *d)
{
    return &d->dropped;
}

void bf_decode_outside(struct bf_decode *d, uint64_t row)
{
    const struct bf_manifest *m = d->setup.manifest;
    struct place place;
    memcpy(&place, d->places.p + row * sizeof place, sizeof place);
    struct bf_fault fault = {
        .record = place.record,
        .line = place.line,
        .field = m->fields[m->geometry].column.name,
        .reason = BF_STR_INIT("the key is for records inside a box, and the record that this one "
                              "would replace lies elsewhere")};
    bf_faults_add(&d->faults, &fault);
}
