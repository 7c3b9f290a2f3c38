#include "api/explore/dataset_json.h"

#include "api/explore/links.h"
#include "catalog/generations.h"
#include "query/facet.h"
#include "value/instant.h"

/* What the printing functions below share. */
struct print {
    struct bf_request *r;
    struct bf_buf *b;
    const struct explore *x;
    const struct explore_dataset *d;
    const struct bf_manifest *m;
};

static struct bf_str in_language(const struct print *p, struct bf_text2 text)
{
    return p->x->english ? text.en : text.fr;
}

static void json_or_null(const struct print *p, struct bf_str text)
{
    if (text.n)
        bf_buf_json(p->b, text);
    else
        bf_buf_str(p->b, BF_STR("null"));
}

static void list(const struct print *p, const struct bf_str *texts, size_t n)
{
    bf_buf_char(p->b, '[');
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(p->b, i ? ", " : "");
        bf_buf_json(p->b, texts[i]);
    }
    bf_buf_char(p->b, ']');
}

static void instant(const struct print *p, int64_t at)
{
    bf_buf_char(p->b, '"');
    bf_instant_print(p->b, at, p->x->zone);
    bf_buf_char(p->b, '"');
}

/* ---- fields ---- */

static const char *separator(const struct print *p, const char *comma, const char *name,
                             struct bf_str text)
{
    if (text.n == 0)
        return comma;
    bf_buf_printf(p->b, "%s\"%s\": ", comma, name);
    bf_buf_json(p->b, text);
    return ", ";
}

static void annotations(const struct print *p, const struct bf_manifest_field *f)
{
    static const struct {
        unsigned flag;
        const char *name;
    } flags[] = {{BF_COLUMN_FACET, "facet"},
                 {BF_COLUMN_SORTABLE, "sortable"},
                 {BF_COLUMN_DISJUNCTIVE, "disjunctive"}};
    const char *comma = "";
    bf_buf_char(p->b, '{');
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (!(f->column.flags & flags[i].flag))
            continue;
        bf_buf_printf(p->b, "%s\"%s\": true", comma, flags[i].name);
        comma = ", ";
    }
    const char *order = bf_facet_order_name(f->column.facet_order, f->column.type);
    if (order) {
        bf_buf_printf(p->b, "%s\"facetsort\": \"%s\"", comma, order);
        comma = ", ";
    }
    if (f->timerange_filter) {
        bf_buf_printf(p->b, "%s\"timerangeFilter\": true", comma);
        comma = ", ";
    }
    comma = separator(p, comma, "multivalued", f->column.separator);
    comma = separator(p, comma, "hierarchical", f->column.path);
    if (f->unit.n) {
        bf_buf_printf(p->b, "%s\"unit\": ", comma);
        bf_buf_json(p->b, f->unit);
        comma = ", ";
    }
    if (f->in_key)
        bf_buf_printf(p->b, "%s\"id\": true", comma);
    bf_buf_char(p->b, '}');
}

static void field(const struct print *p, const struct bf_manifest_field *f, struct bf_str name)
{
    struct bf_str label = in_language(p, f->label);
    bf_buf_text(p->b, "{\"name\": ");
    bf_buf_json(p->b, name);
    bf_buf_text(p->b, ", \"description\": ");
    json_or_null(p, in_language(p, f->description));
    bf_buf_text(p->b, ", \"annotations\": ");
    annotations(p, f);
    bf_buf_text(p->b, ", \"label\": ");
    bf_buf_json(p->b, label.n ? label : f->column.name);
    bf_buf_printf(p->b, ", \"type\": \"%s\"}", bf_type_info(f->column.type)->name);
}

/* Those that the name of the request shows; a list of datasets shows each under its id. */
static void fields(const struct print *p)
{
    struct bf_str id = p->r->dataset ? p->r->vars[0] : p->m->id;
    const struct bf_schema *schema =
        bf_generation_schema(p->m, id, bf_str_of(explore_version(p->r)->api));
    const char *comma = "";
    for (size_t i = 0; i < schema->n; i++) {
        const struct bf_manifest_field *f = bf_manifest_field(p->m, schema->columns[i].name);
        if (!f || schema->columns[i].flags & BF_COLUMN_HIDDEN)
            continue;
        bf_buf_text(p->b, comma);
        field(p, f, schema->columns[i].name);
        comma = ", ";
    }
}

static void features(const struct print *p)
{
    bool analyze = false;
    bool geo = false;
    bool timeserie = false;
    for (size_t i = 0; i < p->m->nfields; i++) {
        const struct bf_column *c = &p->m->fields[i].column;
        analyze |= c->type == BF_INT || c->type == BF_DOUBLE || c->flags & BF_COLUMN_FACET;
        geo |= c->type == BF_GEO_POINT || c->type == BF_GEO_SHAPE;
        timeserie |= c->type == BF_DATE || c->type == BF_DATETIME;
    }
    struct bf_str names[3];
    size_t n = 0;
    if (analyze)
        names[n++] = BF_STR("analyze");
    if (geo)
        names[n++] = BF_STR("geo");
    if (timeserie)
        names[n++] = BF_STR("timeserie");
    list(p, names, n);
}

/* ---- metadata: one row per key, in the contract's order ---- */

struct meta {
    const char *key;
    void (*value)(const struct print *p); /* NULL: null */
};

static void title(const struct print *p)
{
    bf_buf_json(p->b, in_language(p, p->m->title));
}

/* `&`, `<` and `>` of a text that goes into HTML. */
static void html(struct bf_buf *out, struct bf_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            bf_buf_text(out, "&amp;");
            break;
        case '<':
            bf_buf_text(out, "&lt;");
            break;
        case '>':
            bf_buf_text(out, "&gt;");
            break;
        default:
            bf_buf_char(out, text.p[i]);
        }
    }
}

static void description(const struct print *p)
{
    struct bf_buf text;
    bf_buf_init(&text, 1 << 20);
    bf_buf_text(&text, "<p>");
    html(&text, in_language(p, p->m->description));
    bf_buf_text(&text, "</p>");
    bf_buf_json(p->b, bf_buf_view(&text));
    bf_buf_fini(&text);
}

static void theme(const struct print *p)
{
    list(p, p->m->themes, p->m->nthemes);
}

static void keyword(const struct print *p)
{
    list(p, p->m->keywords, p->m->nkeywords);
}

static void license(const struct print *p)
{
    json_or_null(p, p->m->licence);
}

static void license_url(const struct print *p)
{
    json_or_null(p, p->m->licence_url);
}

static void language(const struct print *p)
{
    json_or_null(p, p->m->language);
}

static void languages(const struct print *p)
{
    bf_buf_text(p->b, "[\"fr\", \"en\"]");
}

static void modified(const struct print *p)
{
    instant(p, p->d->modified);
}

static void metadata_processed(const struct print *p)
{
    instant(p, p->d->entry->applied_us);
}

static void created(const struct print *p)
{
    instant(p, p->d->entry->created_us);
}

static void yes(const struct print *p)
{
    bf_buf_text(p->b, "true");
}

static void no(const struct print *p)
{
    bf_buf_text(p->b, "false");
}

static void geometry_types(const struct print *p)
{
    bool point = p->m->geometry >= 0 && p->m->fields[p->m->geometry].column.type == BF_GEO_POINT;
    bf_buf_text(p->b, point ? "[\"Point\"]" : "null");
}

static void publisher(const struct print *p)
{
    json_or_null(p, p->m->publisher);
}

static void records_count(const struct print *p)
{
    bf_buf_i64(p->b, p->d->records);
}

static void synthetic(const struct print *p)
{
    if (p->m->synthetic)
        bf_buf_text(p->b, "[\"Données synthétiques, produites par un générateur / Synthetic data, "
                          "made by a generator\"]");
    else
        bf_buf_text(p->b, "null");
}

static void update_frequency(const struct print *p)
{
    if (p->m->expected_every_us)
        bf_buf_printf(p->b, "\"PT%lldS\"", (long long)(p->m->expected_every_us / 1000000));
    else
        bf_buf_text(p->b, "null");
}

static const struct meta dcat[] = {
    {"created", created},
    {"issued", created},
    {"creator", publisher},
    {"contributor", NULL},
    {"contact_name", NULL},
    {"contact_email", NULL},
    {"accrualperiodicity", update_frequency},
    {"spatial", NULL},
    {"temporal", NULL},
    {"granularity", NULL},
    {"dataquality", NULL},
    {"publisher_type", NULL},
    {"conforms_to", NULL},
    {"temporal_coverage_start", NULL},
    {"temporal_coverage_end", NULL},
    {"accessRights", NULL},
    {"relation", NULL},
    {NULL, NULL},
};

static const struct meta basic[] = {
    {"title", title},
    {"description", description},
    {"theme", theme},
    {"keyword", keyword},
    {"license", license},
    {"license_url", license_url},
    {"language", language},
    {"metadata_languages", languages},
    {"timezone", NULL},
    {"modified", modified},
    {"modified_updates_on_metadata_change", no},
    {"modified_updates_on_data_change", yes},
    {"data_processed", modified},
    {"metadata_processed", metadata_processed},
    {"geographic_reference", NULL},
    {"geographic_reference_auto", no},
    {"territory", NULL},
    {"geometry_types", geometry_types},
    {"bbox", NULL},
    {"publisher", publisher},
    {"references", NULL},
    {"records_count", records_count},
    {"attributions", synthetic},
    {"source_domain", NULL},
    {"source_domain_title", NULL},
    {"source_domain_address", NULL},
    {"source_dataset", NULL},
    {"shared_catalog", NULL},
    {"federated", no},
    {"parent_domain", NULL},
    {"update_frequency", update_frequency},
    {NULL, NULL},
};

static void template(const struct print *p, const char *name, const struct meta *metas)
{
    bf_buf_printf(p->b, "\"%s\": {", name);
    for (const struct meta *m = metas; m->key; m++) {
        bf_buf_printf(p->b, "%s\"%s\": ", m == metas ? "" : ", ", m->key);
        if (m->value)
            m->value(p);
        else
            bf_buf_text(p->b, "null");
    }
    bf_buf_char(p->b, '}');
}

void explore_dataset_print(struct bf_request *r, const struct explore_dataset *d)
{
    struct print p = {r, &r->response.body, r->state, d, d->entry->manifest};
    bf_buf_char(p.b, '{');
    if (explore_links_wanted(r) && !explore_version(r)->wrapped) {
        bf_buf_text(p.b, "\"_links\": ");
        explore_links_dataset(r, p.m->id);
        bf_buf_text(p.b, ", ");
    }
    bf_buf_text(p.b, "\"visibility\": \"domain\", \"fields\": [");
    fields(&p);
    bf_buf_text(p.b, "], \"dataset_id\": ");
    bf_buf_json(p.b, p.m->id);
    bf_buf_text(p.b, ", \"dataset_uid\": ");
    bf_buf_json(p.b, d->entry->uid);
    bf_buf_text(p.b, ", \"has_records\": true, \"features\": ");
    features(&p);
    bf_buf_text(p.b, ", \"attachments\": [], \"alternative_exports\": [], \"data_visible\": true, "
                     "\"metas\": {");
    template(&p, "dcat", dcat);
    bf_buf_text(p.b, ", ");
    template(&p, "default", basic);
    bf_buf_text(p.b, ", \"custom\": {}}}");
}
