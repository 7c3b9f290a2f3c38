#include "api/explore/steps.h"

#include "api/answer.h"
#include "api/counts.h"
#include "api/explore/version.h"
#include "api/listing.h"
#include "api/rows.h"
#include "http/href.h"

enum { MOST_FACETS = 100 };

/* ---- build */

static bool build(struct bf_request *r)
{
    struct bf_query_text text;
    struct bf_str *facets = bf_arena_alloc(r->arena, MOST_FACETS * sizeof *facets);
    if (!facets)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    if (!explore_query_text(r, &text))
        return false;
    size_t n = bf_http_params(&r->http, "facet", facets, MOST_FACETS);
    text.select = text.order_by = (struct bf_str){NULL, 0};
    text.facets = facets;
    text.nfacets = n < MOST_FACETS ? n : MOST_FACETS; /* more parameters no request has */
    text.every_facet = n == 0;
    r->query = bf_query_parse(r->arena, &text, &r->err);
    return r->query != NULL;
}

bool explore_build_facets(struct bf_request *r)
{
    r->schema = bf_request_schema(r, explore_version(r)->api);
    return build(r);
}

bool explore_build_catalog_facets(struct bf_request *r)
{
    const struct explore *x = r->state;
    const struct bf_listing *listing = bf_request_listing(r, x->english);
    if (!listing)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    r->schema = listing->schema;
    return build(r);
}

/* ---- answer */

static void print_values(struct bf_buf *b, const struct bf_facet_value *const *values, size_t n)
{
    static const char *const states[] = {
        [BF_FACET_DISPLAYED] = "displayed",
        [BF_FACET_REFINED] = "refined",
        [BF_FACET_EXCLUDED] = "excluded",
    };
    bf_buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        const struct bf_facet_value *v = values[i];
        bf_buf_text(b, i ? ", {\"name\": " : "{\"name\": ");
        bf_buf_json(b, v->name);
        if (v->state != BF_FACET_EXCLUDED)
            bf_buf_printf(b, ", \"count\": %lld", (long long)v->count);
        bf_buf_printf(b, ", \"state\": \"%s\", \"value\": ", states[v->state]);
        bf_buf_json(b, v->path);
        if (v->n) {
            bf_buf_text(b, ", \"facets\": ");
            print_values(b, v->values, v->n);
        }
        bf_buf_char(b, '}');
    }
    bf_buf_char(b, ']');
}

static void print_link(struct bf_request *r, const char *rel, struct bf_str path)
{
    struct bf_buf *b = &r->response.body;
    bf_buf_printf(b, "{\"rel\": \"%s\", \"href\": \"%s", rel, r->conf->base_url);
    bf_href_path(b, path);
    bf_buf_text(b, "\"}");
}

/* The self link is the address of this call without its query; the other one is what it is of. */
static void print_answer(struct bf_request *r, const char *rel, const struct bf_facets *facets)
{
    struct bf_buf *b = &r->response.body;
    struct bf_str of = r->http.path;
    of.n -= sizeof "/facets" - 1;
    bf_buf_text(b, "{\"links\": [");
    print_link(r, "self", r->http.path);
    bf_buf_text(b, ", ");
    print_link(r, rel, of);
    bf_buf_text(b, "], \"facets\": [");
    for (size_t i = 0; i < facets->n; i++) {
        const struct bf_facet_tree *t = &facets->trees[i];
        bf_buf_text(b, i ? ", {\"name\": " : "{\"name\": ");
        bf_buf_json(b, t->facet->name);
        bf_buf_text(b, ", \"facets\": ");
        print_values(b, t->values, t->n);
        bf_buf_char(b, '}');
    }
    bf_buf_text(b, "]}");
}

bool explore_facets(struct bf_request *r)
{
    struct bf_facets facets;
    if (!bf_conn_ready(r->conn, &r->err) || !bf_conn_plans(r->conn, bf_rows_plans(r), &r->err) ||
        !bf_counts_read(r, &facets))
        return false;
    if (bf_answer_dated(r, facets.read))
        return true;
    bf_answer_begin(r, 200, "application/json; charset=utf-8");
    print_answer(r, r->dataset ? "dataset" : "source", &facets);
    return true;
}
