#include "api/push/intake.h"

#include "api/push/came.h"
#include "core/clock.h"
#include "core/log.h"
#include "store/came.h"

struct filling {
    struct bf_batch *batch;
    struct bf_decode *decode;
    struct bf_sample *came; /* NULL: no record goes through a script, or none is to be kept */
};

static bool add_row(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                    struct bf_err *err)
{
    struct filling *f = self;
    return bf_batch_row(f->batch, id, values, err);
}

static void note(void *self, const struct bf_raw_record *came, const struct bf_raw_record *made,
                 enum bf_repaired how, struct bf_str why)
{
    struct filling *f = self;
    (void)made;
    (void)how;
    (void)why;
    if (f->came)
        bf_came_note(f->came, came);
}

static void let_go(void *of, const struct bf_decode *d)
{
    struct filling *f = of;
    if (bf_decode_faults(d)->total)
        bf_batch_abandon(f->batch);
}

/* What an idempotency key stands for: another mode or format is another request. */
static void digest_request(const struct bf_intake *in, const unsigned char body[BF_DIGEST_BYTES],
                           unsigned char out[BF_DIGEST_BYTES])
{
    unsigned char text[BF_DIGEST_BYTES + 4];
    for (size_t i = 0; i < BF_DIGEST_BYTES; i++)
        text[i] = body[i];
    text[BF_DIGEST_BYTES] = (unsigned char)in->mode;
    text[BF_DIGEST_BYTES + 1] = (unsigned char)in->format;
    text[BF_DIGEST_BYTES + 2] = (unsigned char)in->delimiter;
    text[BF_DIGEST_BYTES + 3] = in->allow_empty;
    bf_digest_of((struct bf_str){(const char *)text, sizeof text}, out);
}

/* Every record was good when it came, so the batch has each row at its place. */
static void outside(void *self, uint64_t row)
{
    bf_decode_outside(self, row);
}

static struct bf_batch_box box_of(const struct bf_key_box *b, struct bf_decode *d)
{
    return (struct bf_batch_box){b->west, b->south, b->east, b->north, outside, d};
}

static bool commit(struct bf_intake *in, const struct filling *f,
                   const unsigned char digest[BF_DIGEST_BYTES], struct bf_err *err)
{
    struct bf_batch_box box;
    struct bf_batch_push push = {.sub = in->sub,
                                 .idempotency_key = in->idempotency_key,
                                 .repeated = bf_decode_repeated(f->decode),
                                 .received = bf_clock_wall_us(),
                                 .print = in->print,
                                 .self = in->self};
    for (size_t i = 0; i < BF_DIGEST_BYTES; i++)
        push.source[i] = digest[i];
    if (in->idempotency_key.n)
        digest_request(in, digest, push.request);
    if (in->box) {
        box = box_of(in->box, f->decode);
        push.box = &box;
    }
    return bf_batch_commit(f->batch, &push, &in->result, err);
}

/* After the commit, and no part of it: what is written is written. A batch in which nothing is new
 * to the script leaves what is kept. */
static void keep_came(const struct bf_intake *in, const struct filling *f)
{
    struct bf_err err;
    struct bf_str lines = f->came ? bf_came_lines(f->came) : BF_STR("");
    bf_err_clear(&err);
    if (in->result.replayed || (f->came && !lines.n))
        return;
    if (!bf_came_keep(in->conn, in->entry->manifest->id, lines, &err))
        bf_log(BF_LOG_WARNING, "push.came", "dataset=%.*s %s: %s",
               BF_STR_ARG(in->entry->manifest->id), err.message, err.detail);
}

/* What is written of what came. */
static uint64_t kept(const struct bf_intake *in)
{
    return in->records - (in->dropped ? in->dropped->total : 0);
}

static bool is_empty(const struct bf_intake *in)
{
    return in->mode == BF_BATCH_SNAPSHOT && kept(in) == 0 && !in->allow_empty;
}

static bool read_rows(struct bf_intake *in, struct filling *f,
                      unsigned char digest[BF_DIGEST_BYTES], struct bf_err *err)
{
    bool ok = bf_push_body_read(in->arena, &in->body, f->decode, digest, err);
    in->records = bf_decode_records(f->decode);
    if (ok && is_empty(in))
        ok = BF_FAIL_WITH(err, BF_E_PARAMETER,
                          "A snapshot without any record would remove every record of the dataset. "
                          "If that is meant, add allow_empty=true.");
    return ok && (!in->admit || in->admit(in->self, kept(in)));
}

static bool fill(struct bf_intake *in, struct filling *f, struct bf_repair *repair,
                 struct bf_err *err)
{
    unsigned char digest[BF_DIGEST_BYTES];
    struct bf_decode_setup setup = {.manifest = in->entry->manifest,
                                    .format = in->format,
                                    .delimiter = in->delimiter,
                                    .keys_only = in->mode == BF_BATCH_DELETE,
                                    .record_max = in->record_max,
                                    .box = in->box,
                                    .repair = repair,
                                    .repaired = note,
                                    .row = add_row,
                                    .self = f};
    f->decode = bf_decode_open(in->arena, &setup, err);
    if (!f->decode)
        return false;
    in->faults = bf_decode_faults(f->decode);
    in->dropped = repair ? bf_decode_dropped(f->decode) : NULL;
    in->body.after = let_go;
    in->body.of = f;
    if (repair && in->came)
        f->came = bf_came_new(in->arena, in->came, in->format == BF_PUSH_CSV);
    if (!read_rows(in, f, digest, err) || !commit(in, f, digest, err))
        return false;
    if (repair)
        keep_came(in, f);
    return true;
}

static bool begin_repair(const struct bf_intake *in, struct bf_repair **repair, struct bf_err *err)
{
    struct bf_repair_setup setup = {in->conn, in->arena, in->registry, in->entry};
    *repair = NULL;
    return in->mode == BF_BATCH_DELETE || bf_repairs_begin(in->repairs, &setup, repair, err);
}

bool bf_intake_run(struct bf_intake *in, struct bf_err *err)
{
    struct bf_repair *repair;
    struct filling f = {0};
    f.batch = bf_batch_open(in->conn, in->arena, in->entry, in->mode, err);
    if (!f.batch || !begin_repair(in, &repair, err))
        return false;
    bool ok = fill(in, &f, repair, err);
    if (repair)
        bf_repair_end(repair);
    bf_batch_abandon(f.batch);
    return ok;
}
