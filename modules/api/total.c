#include "api/total.h"

#include "api/kept.h"
#include "query/demand.h"

#include <string.h>

enum { NUMBER_MAX = 64 };

static bool read_number(const struct bf_hot *hot, const unsigned char key[BF_DIGEST_BYTES],
                        int64_t *n)
{
    struct bf_buf head, number;
    uint64_t rows;
    bf_buf_init(&head, NUMBER_MAX);
    bf_buf_init(&number, NUMBER_MAX);
    bool known = bf_hot_get(hot, key, &head, &number, &rows) && number.n == sizeof *n;
    if (known)
        memcpy(n, number.p, sizeof *n);
    bf_buf_fini(&head);
    bf_buf_fini(&number);
    return known;
}

void bf_total_recall(struct bf_request *r, const struct bf_sql *sql, struct bf_total *out)
{
    struct bf_live_state state;
    *out = (struct bf_total){0};
    /* Without a condition the store knows; of groups the statement knows when it has made them. */
    bool groups = bf_query_demand(r->query).summed;
    if (!r->hot || !r->dataset || r->source || sql->unfiltered || groups ||
        bf_query_volatile(r->query) || !bf_live_get(r->live, r->dataset->manifest->id, &state))
        return;
    out->commit = state.commit;
    if (!bf_kept_key(r, "total", bf_query_print_conditions, state.commit, out->key))
        return;
    out->known = read_number(r->hot, out->key, &out->n);
    out->wanted = !out->known && bf_hot_wanted(r->hot, out->key);
}

void bf_total_keep(struct bf_request *r, const struct bf_total *total, const struct bf_read *read)
{
    if (total->wanted && read->total >= 0 && read->commit == total->commit)
        bf_hot_put(r->hot, total->key, (struct bf_str){NULL, 0},
                   (struct bf_str){(const char *)&read->total, sizeof read->total}, 0);
}
