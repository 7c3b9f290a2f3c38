#include "api/push/intake.h"

struct filling {
    struct bf_batch *batch;
    struct bf_decode *decode;
};

static bool add_row(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                    struct bf_err *err)
{
    struct filling *f = self;
    return bf_batch_row(f->batch, id, values, err);
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

/* Every record was good when it came, so the batch has each of them at its place. */
static void outside(void *self, uint64_t row)
{
    bf_decode_outside(self, row + 1);
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

bool bf_intake_run(struct bf_intake *in, struct bf_err *err)
{
    unsigned char digest[BF_DIGEST_BYTES];
    struct filling f;
    f.batch = bf_batch_open(in->conn, in->arena, in->entry, in->mode, err);
    if (!f.batch)
        return false;
    struct bf_decode_setup setup = {.manifest = in->entry->manifest,
                                    .format = in->format,
                                    .delimiter = in->delimiter,
                                    .keys_only = in->mode == BF_BATCH_DELETE,
                                    .record_max = in->record_max,
                                    .box = in->box,
                                    .row = add_row,
                                    .self = &f};
    struct bf_decode *d = bf_decode_open(in->arena, &setup, err);
    if (!d)
        return false;
    f.decode = d;
    in->faults = bf_decode_faults(d);
    in->body.after = let_go;
    in->body.of = &f;
    bool ok = bf_push_body_read(in->arena, &in->body, d, digest, err);
    in->records = bf_decode_records(d);
    if (ok && in->mode == BF_BATCH_SNAPSHOT && in->records == 0 && !in->allow_empty)
        ok = BF_FAIL_WITH(err, BF_E_PARAMETER,
                          "A snapshot without any record would remove every record of the dataset. "
                          "If that is meant, add allow_empty=true.");
    if (ok && in->admit)
        ok = in->admit(in->self, in->records);
    if (ok)
        ok = commit(in, &f, digest, err);
    bf_batch_abandon(f.batch);
    return ok;
}
