/*
 * Bodies of pushes. The first byte chooses format and options, the second the size of the pieces;
 * the rest is the body. However it is cut it must give the same, every value must be of its field's
 * type, and every fault must be printable.
 */
#include "api/push/decode.h"
#include "api/push/gunzip.h"
#include "value/geometry.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const char manifest_json[] =
    "{\"id\":\"x\",\"title\":{\"fr\":\"X\"},\"publisher\":\"MEL\",\"licence\":{\"name\":\"LO\"},"
    "\"key\":[\"id\",\"day\"],\"fields\":[{\"name\":\"id\",\"type\":\"text\",\"facet\":true},"
    "{\"name\":\"day\",\"type\":\"date\"},{\"name\":\"n\",\"type\":\"int\"},"
    "{\"name\":\"x\",\"type\":\"double\"},{\"name\":\"b\",\"type\":\"boolean\"},"
    "{\"name\":\"at\",\"type\":\"datetime\"},"
    "{\"name\":\"wall\",\"type\":\"datetime\",\"z_is_local\":\"Europe/Paris\"},"
    "{\"name\":\"p\",\"type\":\"geo_point_2d\"},{\"name\":\"s\",\"type\":\"geo_shape\"},"
    "{\"name\":\"j\",\"type\":\"json_blob\"},{\"name\":\"t\",\"type\":\"text\"},"
    "{\"name\":\"l\",\"type\":\"text\",\"multivalued\":\",\"},"
    "{\"name\":\"ll\",\"type\":\"text\",\"multivalued\":\"--\"},"
    "{\"name\":\"c\",\"type\":\"int\",\"sql\":\"n * 2\"}],"
    "\"aliases\":{\"fields\":{\"m\":\"n\"}},\"push\":{\"ignore\":[\"i\"]}}";

static void must(bool ok)
{
    if (!ok)
        abort();
}

static const struct bf_manifest *manifest(void)
{
    static const struct bf_manifest *m;
    if (!m) {
        struct bf_arena *a = bf_arena_new(8u << 20);
        struct bf_report report;
        bf_report_init(&report, a);
        m = bf_manifest_read(a, (struct bf_str){manifest_json, sizeof manifest_json - 1}, "f",
                             &report);
        must(m != NULL);
    }
    return m;
}

struct outcome {
    uint64_t records, faults, rows;
    enum bf_code code;
    unsigned char ids[BF_RECORD_ID]; /* of all rows, one over the other */
};

static void check_value(const struct bf_manifest_field *f, const struct bf_value *v)
{
    if (v->type == BF_NULL) {
        must(!f->in_key);
        return;
    }
    must(v->type == f->column.type && bf_manifest_stored(f));
    if (v->type == BF_DOUBLE)
        must(isfinite(v->real));
    if (v->type == BF_TEXT || v->type == BF_JSON)
        must(bf_str_is_utf8(v->text));
    if (v->type == BF_GEO_POINT)
        must(fabs(v->point.lon) <= 180 && fabs(v->point.lat) <= 90);
    if (v->type == BF_GEO_SHAPE) {
        struct bf_buf b;
        bf_buf_init(&b, 64u << 20);
        must(bf_geometry_print_json(&b, v->text, false));
        bf_buf_fini(&b);
    }
}

static bool take(void *self, const unsigned char id[BF_RECORD_ID], const struct bf_value *values,
                 struct bf_err *err)
{
    (void)err;
    struct outcome *o = self;
    for (size_t i = 0; i < BF_RECORD_ID; i++)
        o->ids[i] ^= id[i];
    for (size_t i = 0; i < manifest()->nfields; i++)
        if (manifest()->fields[i].in_key && id)
            check_value(&manifest()->fields[i], &values[i]);
    for (size_t i = 0; i < manifest()->nfields; i++)
        check_value(&manifest()->fields[i], &values[i]);
    o->rows++;
    return true;
}

static void check_faults(const struct bf_faults *f)
{
    struct bf_buf b;
    bf_buf_init(&b, 1u << 20);
    bf_faults_print(f, &b);
    must(!bf_buf_failed(&b));
    json_t *list = json_loadb(b.p, b.n, 0, NULL);
    must(json_is_array(list) && json_array_size(list) == f->n);
    for (size_t i = 0; i < f->n; i++)
        must(f->list[i].reason.n > 0);
    json_decref(list);
    bf_buf_fini(&b);
}

static bool feed(void *self, const char *p, size_t n, struct bf_err *err)
{
    return bf_decode_feed(self, p, n, err);
}

static bool feed_all(struct bf_decode *d, bool packed, size_t piece, const uint8_t *bytes, size_t n,
                     struct bf_err *err)
{
    struct bf_gunzip *g = packed ? bf_gunzip_new() : NULL;
    bool ok = true;
    for (size_t at = 0; ok && at < n; at += piece) {
        size_t part = piece < n - at ? piece : n - at;
        char *copy = malloc(part); /* so that a read beyond the piece is seen */
        memcpy(copy, bytes + at, part);
        ok = packed ? bf_gunzip_feed(g, copy, part, feed, d, err)
                    : bf_decode_feed(d, copy, part, err);
        free(copy);
    }
    ok = ok && (!packed || bf_gunzip_end(g, err));
    bf_gunzip_free(g);
    return ok && bf_decode_end(d, err);
}

static struct outcome run(uint8_t options, size_t piece, const uint8_t *bytes, size_t n)
{
    struct outcome o = {0};
    struct bf_err err;
    struct bf_decode_setup setup = {.manifest = manifest(),
                                    .format = (enum bf_push_format)(options % 3),
                                    .delimiter = options & 16 ? ';' : '\0',
                                    .keys_only = options & 32,
                                    .record_max = options & 64 ? 256 : 65536,
                                    .row = take,
                                    .self = &o};
    struct bf_arena *a = bf_arena_new(256u << 20);
    bf_err_clear(&err);
    struct bf_decode *d = bf_decode_open(a, &setup, &err);
    must(d != NULL);
    bool ok = feed_all(d, options & 128, piece, bytes, n, &err);
    must(ok == !bf_err_is_set(&err));
    must(bf_str_is_utf8(bf_str_of(err.message)));
    o.code = err.code;
    o.records = bf_decode_records(d);
    o.faults = bf_decode_faults(d)->total;
    must(!ok || (o.faults == 0 && o.rows == o.records));
    check_faults(bf_decode_faults(d));
    bf_arena_free(a);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2)
        return 0;
    uint8_t options = bytes[0];
    size_t piece = 1 + bytes[1] % 64;
    struct outcome whole = run(options, n, bytes + 2, n - 2);
    struct outcome cut = run(options, piece, bytes + 2, n - 2);
    /* What is wrong with a body in several ways is told by what was seen first. */
    must((whole.code == BF_E_NONE) == (cut.code == BF_E_NONE));
    if (whole.code == cut.code && (whole.code == BF_E_NONE || whole.code == BF_E_ROWS))
        must(whole.records == cut.records && whole.faults == cut.faults && whole.rows == cut.rows &&
             memcmp(whole.ids, cut.ids, BF_RECORD_ID) == 0);
    return 0;
}
