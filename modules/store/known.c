#include "store/known.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 1024, ROW_MAX = 64 << 20, UNKNOWN = -1 };

struct row {
    unsigned char id[BF_RECORD_ID];
    uint32_t stamp; /* of the batch that it was last seen in */
    char *elements; /* NULL: free */
    size_t n;
};

struct bf_known {
    int number; /* of the dataset; 0: unused */
    unsigned char digest[32];
    int64_t commit; /* UNKNOWN: nothing holds */
    bool complete;  /* every row of the dataset is here */
    struct row *rows;
    size_t room, n, bytes;
    uint32_t stamp;
    uint64_t used; /* for the least recently used */
    struct bf_buf scratch;
};

struct memory {
    struct bf_known datasets[BF_KNOWN_DATASETS];
    uint64_t clock;
};

/* ---- life ---- */

static void clear(struct bf_known *k)
{
    for (size_t i = 0; i < k->room && k->n; i++) {
        k->n -= k->rows[i].elements != NULL;
        free(k->rows[i].elements);
        k->rows[i].elements = NULL;
    }
    k->bytes = 0;
    k->complete = false;
    k->commit = UNKNOWN;
}

void bf_known_forget(struct bf_known *k)
{
    clear(k);
    free(k->rows);
    k->rows = NULL;
    k->room = 0;
}

static void release(void *what)
{
    struct memory *m = what;
    for (size_t i = 0; i < BF_KNOWN_DATASETS; i++) {
        bf_known_forget(&m->datasets[i]);
        bf_buf_fini(&m->datasets[i].scratch);
    }
    free(m);
}

static struct memory *memory_of(struct bf_conn *c)
{
    struct bf_conn_memory *place = bf_conn_memory(c);
    if (!place->what) {
        place->what = calloc(1, sizeof(struct memory));
        place->release = place->what ? release : NULL;
    }
    return place->what;
}

struct bf_known *bf_known_of(struct bf_conn *c, const struct bf_entry *entry)
{
    struct memory *m = memory_of(c);
    int number = entry->manifest->number;
    if (!m)
        return NULL;
    struct bf_known *k = &m->datasets[0];
    for (size_t i = 0; i < BF_KNOWN_DATASETS && k->number != number; i++)
        if (m->datasets[i].number == number || m->datasets[i].used < k->used)
            k = &m->datasets[i];
    k->used = ++m->clock;
    if (k->number == number && memcmp(k->digest, entry->digest, sizeof k->digest) == 0)
        return k;
    bf_known_forget(k);
    if (!k->number)
        bf_buf_init(&k->scratch, ROW_MAX);
    k->number = number;
    memcpy(k->digest, entry->digest, sizeof k->digest);
    return k;
}

/* ---- rows by id ---- */

/* The id is a digest: its first bytes are as good a hash as any. */
static struct row *find(struct row *rows, size_t room, const unsigned char *id)
{
    uint64_t hash;
    memcpy(&hash, id, sizeof hash);
    for (size_t i = hash & (room - 1);; i = (i + 1) & (room - 1))
        if (!rows[i].elements || memcmp(rows[i].id, id, BF_RECORD_ID) == 0)
            return &rows[i];
}

static bool grow(struct bf_known *k)
{
    size_t room = k->room ? k->room * 2 : FIRST_ROOM;
    struct row *rows = calloc(room, sizeof *rows);
    if (!rows)
        return false;
    for (size_t i = 0; i < k->room; i++)
        if (k->rows[i].elements)
            *find(rows, room, k->rows[i].id) = k->rows[i];
    free(k->rows);
    k->rows = rows;
    k->room = room;
    return true;
}

static bool put(struct bf_known *k, const unsigned char *id, struct bf_str elements)
{
    if (k->n * 4 >= k->room * 3 && !grow(k))
        return false;
    struct row *row = find(k->rows, k->room, id);
    k->bytes += elements.n - (row->elements ? row->n : 0);
    k->n += !row->elements;
    if (!row->elements || row->n != elements.n) {
        char *p = realloc(row->elements, elements.n);
        if (!p)
            return false;
        row->elements = p;
    }
    memcpy(row->id, id, BF_RECORD_ID);
    memcpy(row->elements, elements.p, elements.n);
    row->n = elements.n;
    return k->n <= BF_KNOWN_ROWS && k->bytes <= BF_KNOWN_BYTES;
}

/* The row where the walk stands, its elements one behind the other. */
static struct bf_str next_row(struct bf_known *k, const struct bf_held *h,
                              struct bf_held_walk *walk)
{
    bf_buf_clear(&k->scratch);
    for (size_t i = 0; i < h->ncolumns; i++)
        bf_buf_str(&k->scratch, bf_held_next(h, walk, i));
    return bf_buf_view(&k->scratch);
}

/* ---- a batch ---- */

bool bf_known_serves(const struct bf_known *k, enum bf_batch_mode mode)
{
    if (k->commit == UNKNOWN || k->n == 0)
        return false;
    return mode == BF_BATCH_UPSERT || (mode == BF_BATCH_SNAPSHOT && k->complete);
}

int64_t bf_known_commit(const struct bf_known *k)
{
    return k->commit;
}

void bf_known_reduce(struct bf_known *k, enum bf_batch_mode mode, const struct bf_held *batch,
                     struct bf_held *changed, struct bf_held *removed)
{
    struct bf_held_walk walk = {{0}};
    uint32_t stamp = ++k->stamp;
    for (size_t i = 0; i < batch->n; i++) {
        struct bf_str elements = next_row(k, batch, &walk);
        struct row *row = find(k->rows, k->room, bf_held_id(elements));
        row->stamp = stamp;
        if (!row->elements || !bf_str_eq((struct bf_str){row->elements, row->n}, elements))
            bf_held_append(changed, elements);
    }
    for (size_t i = 0; mode == BF_BATCH_SNAPSHOT && i < k->room; i++)
        if (k->rows[i].elements && k->rows[i].stamp != stamp)
            bf_held_add(removed, k->rows[i].id, NULL);
}

static bool put_all(struct bf_known *k, const struct bf_held *rows)
{
    struct bf_held_walk walk = {{0}};
    bool ok = true;
    for (size_t i = 0; ok && i < rows->n; i++) {
        struct bf_str elements = next_row(k, rows, &walk);
        ok = put(k, bf_held_id(elements), elements);
    }
    return ok && !bf_buf_failed(&k->scratch);
}

void bf_known_learn(struct bf_known *k, enum bf_batch_mode mode, const struct bf_held *batch,
                    const struct bf_held *changed, bool any_removed, int64_t commit)
{
    bool afresh = !changed || any_removed;
    bool complete = mode == BF_BATCH_SNAPSHOT || (k->complete && !afresh);
    if (afresh)
        clear(k);
    if (mode == BF_BATCH_DELETE || !put_all(k, afresh ? batch : changed)) {
        bf_known_forget(k);
        return;
    }
    k->complete = complete;
    k->commit = commit;
}
