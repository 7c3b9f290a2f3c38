#include "api/metadata.h"

#include "catalog/metas.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

/* What the printing functions below share. */
struct print {
    struct bf_buf *b;
    const struct bf_metadata *of;
    const struct bf_manifest *m;
};

struct bf_str bf_metadata_text(const struct bf_metadata *of, struct bf_text2 text)
{
    return of->english ? text.en : text.fr;
}

static void json_or_null(struct bf_buf *b, struct bf_str text)
{
    if (text.n)
        bf_buf_json(b, text);
    else
        bf_buf_text(b, "null");
}

static void print_list(struct bf_buf *b, const struct bf_str *texts, size_t n)
{
    bf_buf_char(b, '[');
    for (size_t i = 0; i < n; i++) {
        bf_buf_text(b, i ? ", " : "");
        bf_buf_json(b, texts[i]);
    }
    bf_buf_char(b, ']');
}

static void list_or_null(struct bf_buf *b, const struct bf_str *texts, size_t n)
{
    if (n)
        print_list(b, texts, n);
    else
        bf_buf_text(b, "null");
}

void bf_metadata_features(struct bf_buf *b, const struct bf_manifest *m)
{
    bool analyze = false;
    bool geo = false;
    bool timeserie = false;
    for (size_t i = 0; i < m->nfields; i++) {
        const struct bf_column *c = &m->fields[i].column;
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
    print_list(b, names, n);
}

void bf_metadata_file(struct bf_buf *b, const struct bf_file *f, enum bf_file_kind kind)
{
    bf_buf_text(b, "\"id\": ");
    bf_buf_json(b, f->id);
    bf_buf_text(b, ", \"title\": ");
    bf_buf_json(b, f->title);
    if (kind == BF_FILE_EXPORT) {
        bf_buf_text(b, ", \"description\": ");
        json_or_null(b, f->description);
    }
    bf_buf_text(b, ", \"mimetype\": ");
    bf_buf_json(b, f->mimetype);
}

/* ---- what follows from other members, one function per key ---- */

static void title(const struct print *p)
{
    bf_buf_json(p->b, bf_metadata_text(p->of, p->m->title));
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
    html(&text, bf_metadata_text(p->of, p->m->description));
    bf_buf_text(&text, "</p>");
    bf_buf_json(p->b, bf_buf_view(&text));
    bf_buf_fini(&text);
}

static void theme(const struct print *p)
{
    list_or_null(p->b, p->m->themes, p->m->nthemes);
}

static void keyword(const struct print *p)
{
    list_or_null(p->b, p->m->keywords, p->m->nkeywords);
}

static void license(const struct print *p)
{
    json_or_null(p->b, p->m->licence);
}

static void license_url(const struct print *p)
{
    json_or_null(p->b, p->m->licence_url);
}

static void language(const struct print *p)
{
    json_or_null(p->b, p->m->language);
}

static void languages(const struct print *p)
{
    bf_buf_text(p->b, "[\"fr\", \"en\"]");
}

static void instant(const struct print *p, int64_t at)
{
    bf_buf_char(p->b, '"');
    bf_instant_print(p->b, at, p->of->zone);
    bf_buf_char(p->b, '"');
}

/* Of rows that a source gives at each request nothing is known between two requests. */
static void modified(const struct print *p)
{
    if (p->m->given)
        bf_buf_text(p->b, "null");
    else
        instant(p, p->of->modified);
}

static void metadata_processed(const struct print *p)
{
    instant(p, p->of->entry->applied_us);
}

static void created(const struct print *p)
{
    instant(p, p->of->entry->created_us);
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
    struct bf_str rest = p->of->geometry_types;
    bf_buf_text(p->b, rest.n ? "[" : "null");
    while (rest.n) {
        struct bf_str type = bf_str_trim(bf_str_cut(rest, ',', &rest));
        bf_buf_json(p->b, type);
        bf_buf_text(p->b, rest.n ? ", " : "]");
    }
}

/* A Feature with the ring NE, NW, SW, SE, NE (contract 4.3). */
static void bbox(const struct print *p)
{
    enum { WEST, SOUTH, EAST, NORTH, EDGES };
    static const int ring[][2] = {
        {EAST, NORTH}, {WEST, NORTH}, {WEST, SOUTH}, {EAST, SOUTH}, {EAST, NORTH}};
    double edge[EDGES];
    struct bf_str rest = p->of->extent;
    size_t n = 0;
    while (n < EDGES && bf_number_real(bf_str_cut(rest, ' ', &rest), &edge[n]))
        n++;
    if (n < EDGES) {
        bf_buf_text(p->b, "null");
        return;
    }
    bf_buf_text(p->b, "{\"type\": \"Feature\", \"geometry\": {\"coordinates\": [[");
    for (size_t i = 0; i < sizeof ring / sizeof ring[0]; i++) {
        bf_buf_text(p->b, i ? ", [" : "[");
        bf_number_print(p->b, edge[ring[i][0]]);
        bf_buf_text(p->b, ", ");
        bf_number_print(p->b, edge[ring[i][1]]);
        bf_buf_char(p->b, ']');
    }
    bf_buf_text(p->b, "]], \"type\": \"Polygon\"}, \"properties\": {}}");
}

static void publisher(const struct print *p)
{
    json_or_null(p->b, p->m->publisher);
}

static void records_count(const struct print *p)
{
    if (p->m->given)
        bf_buf_text(p->b, "null");
    else
        bf_buf_i64(p->b, p->of->records);
}

static void given(const struct print *p, const char *group, struct bf_str key, bool list)
{
    const struct bf_meta *meta = bf_metas_find(p->m, group, key);
    if (!meta || meta->n == 0)
        bf_buf_text(p->b, "null");
    else if (list || meta->list)
        print_list(p->b, meta->values, meta->n);
    else
        bf_buf_json(p->b, meta->values[0]);
}

static void attributions(const struct print *p)
{
    if (p->m->synthetic)
        bf_buf_text(p->b, "[\"Données synthétiques, produites par un générateur / Synthetic data, "
                          "made by a generator\"]");
    else
        given(p, "default", BF_STR("attributions"), true);
}

static void update_frequency(const struct print *p)
{
    if (p->m->expected_every_us)
        bf_buf_printf(p->b, "\"PT%lldS\"", (long long)(p->m->expected_every_us / 1000000));
    else
        bf_buf_text(p->b, "null");
}

static const struct known {
    const char *group, *key;
    void (*print)(const struct print *p);
} knowns[] = {
    {"dcat", "created", created},
    {"dcat", "issued", created},
    {"dcat", "creator", publisher},
    {"dcat", "accrualperiodicity", update_frequency},
    {"default", "title", title},
    {"default", "description", description},
    {"default", "theme", theme},
    {"default", "keyword", keyword},
    {"default", "license", license},
    {"default", "license_url", license_url},
    {"default", "language", language},
    {"default", "metadata_languages", languages},
    {"default", "modified", modified},
    {"default", "modified_updates_on_metadata_change", no},
    {"default", "modified_updates_on_data_change", yes},
    {"default", "data_processed", modified},
    {"default", "metadata_processed", metadata_processed},
    {"default", "geographic_reference_auto", no},
    {"default", "geometry_types", geometry_types},
    {"default", "bbox", bbox},
    {"default", "publisher", publisher},
    {"default", "records_count", records_count},
    {"default", "attributions", attributions},
    {"default", "federated", no},
    {"default", "update_frequency", update_frequency},
};

static const struct known *known_of(const char *group, struct bf_str key)
{
    for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; i++)
        if (strcmp(knowns[i].group, group) == 0 && bf_str_eq(key, bf_str_of(knowns[i].key)))
            return &knowns[i];
    return NULL;
}

void bf_metadata_print(struct bf_buf *b, const struct bf_metadata *of, const struct bf_template *t,
                       struct bf_str key)
{
    struct print p = {b, of, of->entry->manifest};
    const struct known *known = known_of(t->name, key);
    const struct bf_meta_key *meta = bf_template_key(t, key);
    if (known)
        known->print(&p);
    else
        given(&p, t->name, key, meta && meta->kind == BF_META_LIST);
}
