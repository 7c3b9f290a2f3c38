#include "store/record_id.h"

#include "value/instant.h"

#include <string.h>

/* The types that a key may have; see catalog/fields. */
static void print_value(struct bf_buf *out, const struct bf_value *v)
{
    switch (v->type) {
    case BF_BOOL:
        bf_buf_text(out, v->boolean ? "true" : "false");
        break;
    case BF_INT:
        bf_buf_i64(out, v->integer);
        break;
    case BF_TEXT:
        bf_buf_json(out, v->text);
        break;
    case BF_DATE:
        bf_buf_char(out, '"');
        bf_date_print(out, v->date);
        bf_buf_char(out, '"');
        break;
    case BF_DATETIME:
        bf_buf_char(out, '"');
        bf_instant_print_utc_z(out, v->instant);
        bf_buf_char(out, '"');
        break;
    case BF_NULL:
    case BF_DOUBLE:
    case BF_GEO_POINT:
    case BF_GEO_SHAPE:
    case BF_JSON:
        bf_buf_text(out, "null");
        break;
    }
}

void bf_record_id(const struct bf_manifest *m, const struct bf_value *values,
                  struct bf_buf *scratch, struct bf_digest *digest, unsigned char id[BF_RECORD_ID])
{
    unsigned char full[BF_DIGEST_BYTES];
    bf_buf_clear(scratch);
    bf_buf_char(scratch, '[');
    for (size_t i = 0; i < m->nkey; i++) {
        if (i)
            bf_buf_char(scratch, ',');
        print_value(scratch, &values[m->key[i]]);
    }
    bf_buf_char(scratch, ']');
    bf_digest_begin(digest);
    bf_digest_add(digest, scratch->p, scratch->n);
    bf_digest_end(digest, full);
    memcpy(id, full, BF_RECORD_ID);
}

bool bf_record_id_read(struct bf_str text, unsigned char id[BF_RECORD_ID])
{
    static const char digits[] = "0123456789abcdef";
    if (text.n != 2 * BF_RECORD_ID)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned value = 0;
        while (value < 16 && digits[value] != text.p[i])
            value++;
        if (value == 16)
            return false;
        if (id)
            id[i / 2] = (unsigned char)(i % 2 ? (unsigned)id[i / 2] << 4 | value : value);
    }
    return true;
}
