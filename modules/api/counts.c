#include "api/counts.h"

#include "api/kept.h"
#include "api/rows.h"

static bool read_all(struct bf_request *r, struct bf_buf *kept, struct bf_facets *out)
{
    struct bf_str id = r->dataset ? r->dataset->manifest->id : (struct bf_str){NULL, 0};
    return bf_facets_read(r->conn, r->arena, id, r->query, kept, out, &r->err);
}

/* false without an error: nothing is kept, or of another commit than the database tells. */
static bool recall(struct bf_request *r, const unsigned char key[BF_DIGEST_BYTES], int64_t commit,
                   struct bf_buf *bytes, struct bf_facets *out)
{
    struct bf_buf head;
    uint64_t rows;
    bf_buf_init(&head, BF_HOT_MOST);
    bool known = bf_hot_get(r->hot, key, &head, bytes, &rows);
    bf_buf_fini(&head);
    if (!known)
        return false;
    struct bf_read *state = bf_read_state(r->conn, r->arena, r->dataset->manifest->id, &r->err);
    if (!state || state->commit != commit ||
        !bf_facets_known(r->arena, r->query, bf_buf_view(bytes), out, &r->err))
        return false;
    out->read = state;
    return true;
}

static bool read_and_keep(struct bf_request *r, const unsigned char key[BF_DIGEST_BYTES],
                          int64_t commit, struct bf_buf *bytes, struct bf_facets *out)
{
    bool wanted = bf_hot_wanted(r->hot, key);
    bf_buf_clear(bytes);
    if (!read_all(r, wanted ? bytes : NULL, out))
        return false;
    if (wanted && !bf_buf_failed(bytes) && out->read->commit == commit)
        bf_hot_put(r->hot, key, (struct bf_str){NULL, 0}, bf_buf_view(bytes), 0);
    return true;
}

bool bf_counts_read(struct bf_request *r, struct bf_facets *out)
{
    struct bf_live_state state;
    unsigned char key[BF_DIGEST_BYTES];
    if (!r->source) /* its rows have no tally */
        bf_rows_expect_many(r);
    if (!r->hot || !r->dataset || r->source || bf_query_volatile(r->query) ||
        !bf_live_get(r->live, r->dataset->manifest->id, &state) ||
        !bf_kept_key(r, "counts", bf_query_print_counts, state.commit, key))
        return read_all(r, NULL, out);
    struct bf_buf bytes;
    bf_buf_init(&bytes, BF_HOT_MOST);
    bool ok = recall(r, key, state.commit, &bytes, out) ||
              (!bf_err_is_set(&r->err) && read_and_keep(r, key, state.commit, &bytes, out));
    bf_buf_fini(&bytes);
    return ok;
}
