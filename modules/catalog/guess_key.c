#include "catalog/guess_key.h"

#include "catalog/guess_name.h"

#include <stdlib.h>
#include <string.h>

enum { CANDIDATES = 12, MOST = 8 };

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t count_different(uint64_t *list, size_t n)
{
    size_t different = 0;
    qsort(list, n, sizeof *list, by_number);
    for (size_t i = 0; i < n; i++)
        different += list[i] != 0 && (i == 0 || list[i] != list[i - 1]);
    return different;
}

bool bf_guess_count_distinct(struct bf_guess *g)
{
    uint64_t *list = bf_arena_zalloc(g->scratch, g->rows + 1, sizeof *list);
    if (!list)
        return false;
    for (size_t i = 0; i < g->ncolumns; i++) {
        struct bf_guess_column *c = &g->columns[i];
        if (c->nhashes)
            memcpy(list, c->hashes, c->nhashes * sizeof *list);
        c->distinct = count_different(list, c->nhashes);
    }
    bf_arena_reset(g->scratch);
    return true;
}

/* ---- which columns ---- */

static bool can_be_key(const struct bf_guess *g, const struct bf_guess_field *f)
{
    bool type = f->type == BF_TEXT || f->type == BF_INT || f->type == BF_DATE ||
                f->type == BF_DATETIME || f->type == BF_BOOL;
    return type && !f->sql.n && g->columns[f->column].filled == g->rows && g->rows > 0;
}

/* The less, the better: a name that says so, then what is no date. */
static int rank(const struct bf_guess_field *f)
{
    if (bf_guess_name_says(f->name, " id identifiant gid uid uuid objectid numero num recordid "
                                    "station_id fid "))
        return 0;
    if (bf_guess_name_says(f->name, " code insee ref reference siret "))
        return 1;
    return f->type == BF_TEXT || f->type == BF_INT ? 2 : 3;
}

struct candidates {
    size_t field[CANDIDATES];
    size_t n;
};

static bool stands_before(const struct bf_guess *g, size_t a, size_t b)
{
    size_t x = g->columns[g->fields[a].column].distinct;
    size_t y = g->columns[g->fields[b].column].distinct;
    int p = rank(&g->fields[a]), q = rank(&g->fields[b]);
    if ((x == g->rows) != (y == g->rows))
        return x == g->rows;
    if (p != q)
        return p < q;
    return x == g->rows ? a < b : x > y;
}

/* Sorted by insertion; the last falls out. */
static void add_candidate(const struct bf_guess *g, struct candidates *c, size_t field)
{
    size_t at = c->n;
    while (at > 0 && stands_before(g, field, c->field[at - 1]))
        at--;
    if (at == CANDIDATES)
        return;
    size_t last = c->n < CANDIDATES ? c->n : CANDIDATES - 1;
    memmove(&c->field[at + 1], &c->field[at], (last - at) * sizeof c->field[0]);
    c->field[at] = field;
    c->n = last + 1;
}

/* ---- sets of them ---- */

struct search {
    struct bf_guess *g;
    struct candidates c;
    uint64_t *list;
};

static const struct bf_guess_column *column_of(const struct search *s, size_t candidate)
{
    return &s->g->columns[s->g->fields[s->c.field[candidate]].column];
}

static uint64_t mixed(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ (a >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) + b;
    x = (x ^ (x >> 32)) * UINT64_C(0x94d049bb133111eb);
    return x | 1; /* not 0 */
}

static bool tells_apart(struct search *s, const size_t *set, size_t n)
{
    double possible = 1;
    for (size_t i = 0; i < n; i++)
        possible *= (double)column_of(s, set[i])->distinct;
    if (possible < (double)s->g->rows)
        return false;
    for (size_t row = 0; row < s->g->rows; row++) {
        uint64_t hash = column_of(s, set[0])->hashes[row];
        for (size_t i = 1; i < n; i++)
            hash = mixed(hash, column_of(s, set[i])->hashes[row]);
        s->list[row] = hash;
    }
    return count_different(s->list, s->g->rows) == s->g->rows;
}

static bool try_sets(struct search *s, size_t *set, size_t have, size_t want, size_t from)
{
    if (have == want)
        return tells_apart(s, set, want);
    for (size_t i = from; i < s->c.n; i++) {
        set[have] = i;
        if (try_sets(s, set, have + 1, want, i + 1))
            return true;
    }
    return false;
}

static int by_place(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static void take(struct search *s, const size_t *set, size_t n)
{
    struct bf_guess *g = s->g;
    g->nkey = n;
    for (size_t i = 0; i < n; i++)
        g->key[i] = s->c.field[set[i]];
    qsort(g->key, n, sizeof g->key[0], by_place);
}

bool bf_guess_find_key(struct bf_guess *g)
{
    static const size_t all[MOST] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct search s = {.g = g};
    size_t set[BF_GUESS_KEY];
    s.list = bf_arena_zalloc(g->scratch, g->rows + 1, sizeof *s.list);
    if (!s.list)
        return false;
    for (size_t i = 0; i < g->nfields; i++)
        if (can_be_key(g, &g->fields[i]))
            add_candidate(g, &s.c, i);
    for (size_t want = 1; want <= BF_GUESS_KEY && !g->unique; want++) {
        g->unique = try_sets(&s, set, 0, want, 0);
        if (g->unique)
            take(&s, set, want);
    }
    if (!g->unique)
        take(&s, all, s.c.n < MOST ? s.c.n : MOST);
    bf_arena_reset(g->scratch);
    return true;
}
