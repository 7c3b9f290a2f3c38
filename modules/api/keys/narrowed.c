#include "api/keys/narrowed.h"

#include "api/request.h"

enum { CONDITION = 512 };

/* All zero without a key. */
static const struct bf_narrowing *narrowing(const struct bf_request *r)
{
    return &r->claims.narrow;
}

/* ---- who asks ---- */

/* `https://host:port` of an address; empty: it has none. */
static struct bf_str origin_of(struct bf_str address)
{
    struct bf_str rest;
    struct bf_str scheme = bf_str_cut(address, ':', &rest);
    if (!bf_str_starts(rest, BF_STR("//")))
        return (struct bf_str){NULL, 0};
    size_t n = scheme.n + 3;
    while (n < address.n && address.p[n] != '/' && address.p[n] != '?' && address.p[n] != '#')
        n++;
    return (struct bf_str){address.p, n};
}

static bool check_origin(struct bf_request *r)
{
    if (narrowing(r)->norigins == 0)
        return true;
    struct bf_str origin = r->http.origin.n ? r->http.origin : origin_of(r->http.referer);
    if (origin.n == 0)
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                            "This key is for the pages of certain sites: the header field Origin "
                            "or Referer is expected, and must name one of them.");
    if (!bf_narrowing_has_origin(narrowing(r), origin))
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                            "This key is for the pages of certain sites, and the one that the "
                            "request names (Origin, or Referer) is none of them.");
    r->reader = bf_arena_dup(r->arena, origin);
    return true;
}

bool bf_narrowed_settle(struct bf_request *r)
{
    if (!check_origin(r))
        return false;
    return !r->dataset || bf_narrowing_has_dataset(narrowing(r), r->dataset->manifest->id) ||
           bf_request_no_dataset(r);
}

/* ---- what is written ---- */

bool bf_narrowed_push(struct bf_request *r)
{
    const struct bf_manifest *m = r->dataset->manifest;
    if (!narrowing(r)->has_box)
        return true;
    if (m->geometry < 0 || !bf_manifest_stored(&m->fields[m->geometry]))
        return BF_FAIL_WITH(&r->err, BF_E_FORBIDDEN,
                            "This key is for records inside a box, and those of this dataset are "
                            "not pushed with a place.");
    return true;
}

/* ---- what is read ---- */

static bool only_datasets(struct bf_request *r)
{
    const struct bf_narrowing *n = narrowing(r);
    char text[CONDITION] = "dataset_id in (?";
    size_t at = sizeof "dataset_id in (?" - 1;
    for (size_t i = 1; i < n->ndatasets; i++) {
        text[at++] = ',';
        text[at++] = '?';
    }
    text[at++] = ')';
    return bf_query_and(r->query, (struct bf_str){text, at}, n->datasets, n->ndatasets, &r->err);
}

/* The main geometry by the name that the query's schema has for it; NULL: none can be asked for. */
static const struct bf_column *place_of(const struct bf_request *r)
{
    const struct bf_manifest *m = r->dataset->manifest;
    if (m->geometry < 0)
        return NULL;
    struct bf_str sql = m->fields[m->geometry].column.sql;
    for (size_t i = 0; sql.n && i < r->schema->n; i++)
        if (bf_str_eq(r->schema->columns[i].sql, sql))
            return &r->schema->columns[i];
    return NULL;
}

static bool nothing(struct bf_request *r)
{
    struct bf_str none = BF_STR_INIT("0000000000000000000000000000000000000000");
    return bf_query_and(r->query, BF_STR("recordid = ?"), &none, 1, &r->err);
}

static bool only_inside(struct bf_request *r)
{
    const struct bf_key_box *box = &narrowing(r)->box;
    const struct bf_column *place = place_of(r);
    struct bf_buf text;
    if (!place)
        return nothing(r);
    bf_buf_init(&text, CONDITION);
    bf_buf_printf(&text, "in_bbox(`%.*s`,%.15f,%.15f,%.15f,%.15f)", BF_STR_ARG(place->name),
                  box->south, box->west, box->north, box->east);
    bool ok = !bf_buf_failed(&text) && bf_query_and(r->query, bf_buf_view(&text), NULL, 0, &r->err);
    bf_buf_fini(&text);
    return ok;
}

bool bf_narrowed_rewrite(struct bf_request *r)
{
    if (!r->query || !bf_narrowed_differs(r))
        return true;
    bool records = r->dataset && r->schema->record_id.n;
    bool ok = true;
    if (records && narrowing(r)->has_box)
        ok = only_inside(r);
    else if (!r->dataset && narrowing(r)->ndatasets)
        ok = only_datasets(r);
    return ok && bf_query_check(r->query, r->schema, &r->err);
}

/* ---- what is kept ---- */

bool bf_narrowed_differs(const struct bf_request *r)
{
    return narrowing(r)->ndatasets || narrowing(r)->has_box;
}

void bf_narrowed_print(const struct bf_request *r, struct bf_buf *out)
{
    const struct bf_narrowing *n = narrowing(r);
    if (!bf_narrowed_differs(r))
        return;
    bf_buf_text(out, "\nnarrowed");
    for (size_t i = 0; i < n->ndatasets; i++) {
        bf_buf_char(out, ' ');
        bf_buf_str(out, n->datasets[i]);
    }
    if (n->has_box)
        bf_buf_bytes(out, &n->box, sizeof n->box);
}
