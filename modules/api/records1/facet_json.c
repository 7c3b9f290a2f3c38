#include "api/records1/facet_json.h"

enum { MOST_FACETS = 100 };

/* ---- what is asked ---- */

static bool is_disjunctive(const struct bf_request *r, struct bf_str name)
{
    struct bf_str field;
    struct bf_str value;
    size_t at = 0;
    while (records1_dotted(r, "disjunctive.", &at, &field, &value))
        if (bf_str_eq(field, name) && !bf_str_eq_nocase(value, BF_STR("false")))
            return true;
    return false;
}

static bool is_asked(const struct bf_request *r, struct bf_str name)
{
    for (size_t i = 0; i < r->http.nparams; i++)
        if (bf_str_eq(r->http.params[i].name, BF_STR("facet")) &&
            bf_str_eq(bf_str_trim(r->http.params[i].value), name))
            return true;
    return false;
}

bool records1_facets_asked(const struct bf_request *r)
{
    return bf_str_trim(bf_http_param(&r->http, "facet")).n > 0;
}

/* facet(name="…", disjunctive=true) */
static bool add(struct bf_request *r, struct bf_str *facets, size_t *n, struct bf_str name)
{
    struct bf_buf b;
    if (*n == MOST_FACETS)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "Invalid value for facet API parameter: there are more than %d.",
                            MOST_FACETS);
    bf_buf_init(&b, 1 << 16);
    bf_buf_text(&b, "facet(name=\"");
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"' || name.p[i] == '\\')
            bf_buf_char(&b, '\\');
        bf_buf_char(&b, name.p[i]);
    }
    bf_buf_text(&b, is_disjunctive(r, name) ? "\", disjunctive=true)" : "\")");
    facets[(*n)++] = bf_arena_dup(r->arena, bf_buf_view(&b));
    bf_buf_fini(&b);
    return !bf_arena_failed(r->arena) ||
           BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

/* Portals put disjunctive.F into their addresses for every field: what is no facet has nothing to
 * be disjunctive about. */
static bool is_facet(const struct bf_request *r, struct bf_str name)
{
    const struct bf_column *c = bf_schema_column(r->schema, name);
    return c && c->flags & BF_COLUMN_FACET;
}

/* Whether an earlier parameter of that name says the same: each facet is counted once. */
static bool is_again(const struct bf_request *r, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (bf_str_eq(r->http.params[j].name, r->http.params[i].name) &&
            bf_str_eq(r->http.params[j].value, r->http.params[i].value))
            return true;
    return false;
}

bool records1_facet_texts(struct bf_request *r, struct bf_query_text *text)
{
    struct bf_str *facets = bf_arena_zalloc(r->arena, MOST_FACETS, sizeof *facets);
    struct bf_str field;
    struct bf_str value;
    size_t n = 0;
    size_t at = 0;
    if (!facets)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    for (size_t i = 0; i < r->http.nparams; i++) {
        struct bf_str name = bf_str_trim(r->http.params[i].value);
        if (bf_str_eq(r->http.params[i].name, BF_STR("facet")) && name.n && !is_again(r, i) &&
            !add(r, facets, &n, name))
            return false;
    }
    while (records1_dotted(r, "disjunctive.", &at, &field, &value))
        if (is_disjunctive(r, field) && is_facet(r, field) && !is_asked(r, field) &&
            !is_again(r, at - 1) && !add(r, facets, &n, field))
            return false;
    text->facets = facets;
    text->nfacets = n;
    return true;
}

/* ---- what was counted ---- */

static void print_values(struct bf_buf *b, const struct bf_facet_value *const *values, size_t n)
{
    static const char *const states[] = {
        [BF_FACET_DISPLAYED] = "displayed",
        [BF_FACET_REFINED] = "refined",
        [BF_FACET_EXCLUDED] = "excluded",
    };
    bf_buf_text(b, "\"facets\": [");
    for (size_t i = 0; i < n; i++) {
        const struct bf_facet_value *v = values[i];
        bf_buf_text(b, i ? ", {\"name\": " : "{\"name\": ");
        bf_buf_json(b, v->name);
        bf_buf_text(b, ", \"path\": ");
        bf_buf_json(b, v->path);
        if (v->state != BF_FACET_EXCLUDED)
            bf_buf_printf(b, ", \"count\": %lld", (long long)v->count);
        bf_buf_printf(b, ", \"state\": \"%s\"", states[v->state]);
        if (v->n) {
            bf_buf_text(b, ", ");
            print_values(b, v->values, v->n);
        }
        bf_buf_char(b, '}');
    }
    bf_buf_char(b, ']');
}

void records1_facets_print(struct bf_request *r, const struct bf_facets *facets)
{
    struct bf_buf *b = &r->response.body;
    const char *comma = "";
    bf_buf_text(b, ", \"facet_groups\": [");
    for (size_t i = 0; i < facets->n; i++) {
        const struct bf_facet_tree *t = &facets->trees[i];
        if (!is_asked(r, t->facet->name))
            continue;
        bf_buf_printf(b, "%s{\"name\": ", comma);
        bf_buf_json(b, t->facet->name);
        bf_buf_printf(b, ", \"count\": %zu, ", t->n);
        print_values(b, t->values, t->n);
        bf_buf_char(b, '}');
        comma = ", ";
    }
    bf_buf_char(b, ']');
}
