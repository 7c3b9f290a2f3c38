#include "store/held.h"

#include "value/cell.h"

#include <endian.h>
#include <string.h>

enum { COLUMN_MAX = 1 << 30, BYTEA = 17 };

static size_t list_fields(const struct bf_manifest *m, size_t *fields, enum bf_type *types)
{
    size_t n = 0;
    for (size_t i = 0; i < m->nfields; i++) {
        if (!bf_manifest_stored(&m->fields[i]))
            continue;
        fields[n] = i;
        types[n++] = m->fields[i].column.type;
    }
    return n;
}

bool bf_held_init(struct bf_held *r, struct bf_arena *a, const struct bf_manifest *m,
                  enum bf_batch_mode mode)
{
    size_t *fields = bf_arena_zalloc(a, m->nfields + 1, sizeof *fields);
    enum bf_type *types = bf_arena_zalloc(a, m->nfields + 1, sizeof *types);
    struct bf_buf *columns = bf_arena_zalloc(a, m->nfields + 1, sizeof *columns);
    *r = (struct bf_held){.columns = columns, .fields = fields, .types = types};
    if (!fields || !types || !columns)
        return false;
    r->ncolumns = 1 + (mode == BF_BATCH_DELETE ? 0 : list_fields(m, fields, types));
    for (size_t i = 0; i < r->ncolumns; i++)
        bf_buf_init(&columns[i], COLUMN_MAX);
    return true;
}

bool bf_held_like(struct bf_held *r, struct bf_arena *a, const struct bf_held *of)
{
    *r = *of;
    r->n = r->bytes = 0;
    r->columns = bf_arena_zalloc(a, of->ncolumns, sizeof *r->columns);
    for (size_t i = 0; r->columns && i < r->ncolumns; i++)
        bf_buf_init(&r->columns[i], COLUMN_MAX);
    return r->columns != NULL;
}

void bf_held_fini(struct bf_held *r)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        bf_buf_fini(&r->columns[i]);
    bf_held_clear(r);
}

void bf_held_clear(struct bf_held *r)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        bf_buf_clear(&r->columns[i]);
    r->n = r->bytes = 0;
}

bool bf_held_failed(const struct bf_held *r)
{
    for (size_t i = 0; i < r->ncolumns; i++)
        if (bf_buf_failed(&r->columns[i]))
            return true;
    return false;
}

static void put_u16(struct bf_buf *out, uint16_t v)
{
    v = htobe16(v);
    bf_buf_bytes(out, &v, sizeof v);
}

static void put_u32(struct bf_buf *out, uint32_t v)
{
    v = htobe32(v);
    bf_buf_bytes(out, &v, sizeof v);
}

static void put_u64(struct bf_buf *out, uint64_t v)
{
    v = htobe64(v);
    bf_buf_bytes(out, &v, sizeof v);
}

/* An element: its length (-1: null), then its bytes. */
static void put_value(struct bf_buf *out, const struct bf_value *v)
{
    if (v->type == BF_NULL) {
        put_u32(out, UINT32_MAX);
        return;
    }
    size_t at = out->n;
    put_u32(out, 0);
    bf_cell_put(out, v);
    if (bf_buf_failed(out))
        return;
    uint32_t n = htobe32((uint32_t)(out->n - at - sizeof n));
    memcpy(out->p + at, &n, sizeof n);
}

void bf_held_add(struct bf_held *r, const unsigned char id[BF_RECORD_ID],
                 const struct bf_value *values)
{
    put_u32(&r->columns[0], BF_RECORD_ID);
    bf_buf_bytes(&r->columns[0], id, BF_RECORD_ID);
    r->bytes += sizeof(uint32_t) + BF_RECORD_ID;
    for (size_t i = 1; i < r->ncolumns; i++) {
        size_t before = r->columns[i].n;
        put_value(&r->columns[i], &values[r->fields[i - 1]]);
        r->bytes += r->columns[i].n - before;
    }
    r->n++;
}

void bf_held_array(const struct bf_held *r, size_t i, struct bf_buf *out)
{
    put_u32(out, r->n > 0); /* dimensions */
    put_u32(out, 1);        /* may hold nulls */
    put_u32(out, i ? bf_carrier_of(r->types[i - 1]).oid : BYTEA);
    if (r->n == 0)
        return;
    put_u32(out, (uint32_t)r->n);
    put_u32(out, 1); /* lower bound */
    bf_buf_bytes(out, r->columns[i].p, r->columns[i].n);
}

/* The element at p with its length. */
static struct bf_str element_at(const char *p)
{
    uint32_t n;
    memcpy(&n, p, sizeof n);
    n = be32toh(n);
    return (struct bf_str){p, sizeof n + (n == UINT32_MAX ? 0 : n)};
}

struct bf_str bf_held_next(const struct bf_held *r, struct bf_held_walk *walk, size_t column)
{
    struct bf_str element = element_at(r->columns[column].p + walk->at[column]);
    walk->at[column] += element.n;
    return element;
}

const unsigned char *bf_held_id(struct bf_str element)
{
    return (const unsigned char *)element.p + sizeof(uint32_t);
}

void bf_held_append(struct bf_held *r, struct bf_str elements)
{
    const char *p = elements.p;
    for (size_t i = 0; i < r->ncolumns; i++) {
        struct bf_str element = element_at(p);
        bf_buf_str(&r->columns[i], element);
        p += element.n;
    }
    r->bytes += elements.n;
    r->n++;
}

void bf_held_copy(const struct bf_held *r, int64_t first, struct bf_buf *out)
{
    struct bf_held_walk walk = {{0}};
    for (size_t row = 0; row < r->n; row++) {
        put_u16(out, (uint16_t)(r->ncolumns + 1));
        put_u32(out, sizeof(uint64_t));
        put_u64(out, (uint64_t)first + row);
        for (size_t i = 0; i < r->ncolumns; i++)
            bf_buf_str(out, bf_held_next(r, &walk, i));
    }
}

void bf_held_copy_begin(struct bf_buf *out)
{
    bf_buf_bytes(out, "PGCOPY\n\377\r\n\0", 11);
    put_u32(out, 0); /* flags */
    put_u32(out, 0); /* header extension */
}

void bf_held_copy_end(struct bf_buf *out)
{
    put_u16(out, UINT16_MAX);
}
