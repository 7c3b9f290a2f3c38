#include "api/explore/dataset_json.h"

#include "api/explore/links.h"
#include "catalog/files.h"
#include "catalog/generations.h"
#include "query/facet.h"

#include <string.h>

/* What the printing functions below share. */
struct print {
    struct bf_request *r;
    struct bf_buf *b;
    const struct explore_datasets *all;
    const struct bf_metadata *of;
    const struct bf_manifest *m;
};

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
    comma = separator(p, comma, "facetsort",
                      bf_str_of(bf_facet_order_name(f->column.facet_order, f->column.type)));
    if (f->timerange_filter) {
        bf_buf_printf(p->b, "%s\"timerangeFilter\": true", comma);
        comma = ", ";
    }
    comma = separator(p, comma, "multivalued", f->column.separator);
    comma = separator(p, comma, "hierarchical", f->column.path);
    comma = separator(p, comma, "unit", f->unit);
    if (f->in_key)
        bf_buf_printf(p->b, "%s\"id\": true", comma);
    bf_buf_char(p->b, '}');
}

static void field(const struct print *p, const struct bf_manifest_field *f, struct bf_str name)
{
    struct bf_str label = bf_metadata_text(p->of, f->label);
    struct bf_str description = bf_metadata_text(p->of, f->description);
    bf_buf_text(p->b, "{\"name\": ");
    bf_buf_json(p->b, name);
    bf_buf_text(p->b, ", \"description\": ");
    if (description.n)
        bf_buf_json(p->b, description);
    else
        bf_buf_text(p->b, "null");
    bf_buf_text(p->b, ", \"annotations\": ");
    annotations(p, f);
    bf_buf_text(p->b, ", \"label\": ");
    bf_buf_json(p->b, label.n ? label : f->column.name);
    bf_buf_printf(p->b, ", \"type\": \"%s\"}", bf_type_info(f->column.type)->name);
}

/* ---- members, one function each ---- */

static void visibility(const struct print *p)
{
    bf_buf_text(p->b, p->m->requires.n ? "\"restricted\"" : "\"domain\"");
}

/* Those that the name of the request shows; a list of datasets shows each under its id. */
static void fields(const struct print *p)
{
    struct bf_str id = p->r->dataset ? p->r->vars[0] : p->m->id;
    const struct bf_schema *schema =
        bf_generation_schema(p->m, id, bf_str_of(explore_version(p->r)->api));
    const char *comma = "";
    bf_buf_char(p->b, '[');
    for (size_t i = 0; i < schema->n; i++) {
        const struct bf_manifest_field *f = bf_manifest_field(p->m, schema->columns[i].name);
        if (!f || schema->columns[i].flags & BF_COLUMN_HIDDEN)
            continue;
        bf_buf_text(p->b, comma);
        field(p, f, schema->columns[i].name);
        comma = ", ";
    }
    bf_buf_char(p->b, ']');
}

static void dataset_id(const struct print *p)
{
    bf_buf_json(p->b, p->m->id);
}

static void dataset_uid(const struct print *p)
{
    bf_buf_json(p->b, p->of->entry->uid);
}

static void yes(const struct print *p)
{
    bf_buf_text(p->b, "true");
}

static void data_visible(const struct print *p)
{
    bf_buf_text(p->b, p->of->entry->records_hidden ? "false" : "true");
}

static void features(const struct print *p)
{
    bf_metadata_features(p->b, p->m);
}

static void files(const struct print *p, enum bf_file_kind kind)
{
    const struct bf_files *files = &p->m->files[kind];
    bf_buf_char(p->b, '[');
    for (size_t i = 0; i < files->n; i++) {
        bf_buf_text(p->b, i ? ", {" : "{");
        bf_metadata_file(p->b, &files->items[i], kind);
        bf_buf_text(p->b, ", \"url\": \"");
        explore_href(p->r, "/datasets/");
        bf_buf_printf(p->b, "%.*s/%s/%.*s\"}", BF_STR_ARG(p->m->id), bf_file_kinds[kind].member,
                      BF_STR_ARG(files->items[i].id));
    }
    bf_buf_char(p->b, ']');
}

static void attachments(const struct print *p)
{
    files(p, BF_FILE_ATTACHMENT);
}

static void alternative_exports(const struct print *p)
{
    files(p, BF_FILE_EXPORT);
}

static void template(const struct print *p, const struct bf_template *t, const char *comma)
{
    const struct bf_listing *l = p->all->listing;
    bool custom = strcmp(t->name, "custom") == 0;
    bf_buf_printf(p->b, "%s\"%s\": {", comma, t->name);
    comma = "";
    for (const struct bf_meta_key *k = t->keys; k->name; k++) {
        bf_buf_printf(p->b, "%s\"%s\": ", comma, k->name);
        bf_metadata_print(p->b, p->of, t, bf_str_of(k->name));
        comma = ", ";
    }
    for (size_t i = 0; custom && i < l->ncustom; i++) {
        bf_buf_printf(p->b, "%s\"%.*s\": ", comma, BF_STR_ARG(l->custom[i]));
        bf_metadata_print(p->b, p->of, t, l->custom[i]);
        comma = ", ";
    }
    bf_buf_char(p->b, '}');
}

static void metas(const struct print *p)
{
    const struct explore *x = p->r->state;
    const char *comma = "";
    bf_buf_char(p->b, '{');
    for (const struct bf_template *t = bf_templates; t->name; t++) {
        bool extra = strcmp(t->type, "extra") == 0;
        bool inspire = strcmp(t->name, "inspire") == 0;
        if ((extra && !x->app_metas) || (inspire && !p->all->listing->inspire))
            continue;
        template(p, t, comma);
        comma = ", ";
    }
    bf_buf_char(p->b, '}');
}

static void print_listed(const struct print *p, const struct bf_listed_column *c)
{
    static void (*const printers[])(const struct print *) = {
        [BF_LISTED_VISIBILITY] = visibility,
        [BF_LISTED_FIELDS] = fields,
        [BF_LISTED_ID] = dataset_id,
        [BF_LISTED_UID] = dataset_uid,
        [BF_LISTED_HAS_RECORDS] = yes,
        [BF_LISTED_FEATURES] = features,
        [BF_LISTED_ATTACHMENTS] = attachments,
        [BF_LISTED_ALTERNATIVE_EXPORTS] = alternative_exports,
        [BF_LISTED_DATA_VISIBLE] = data_visible,
        [BF_LISTED_METAS] = metas,
    };
    if (c->what == BF_LISTED_META)
        bf_metadata_print(p->b, p->of, c->group, c->key);
    else
        printers[c->what](p);
}

/* ---- rows ---- */

bool explore_datasets_open(struct bf_request *r, struct bf_query *q, struct explore_datasets *out)
{
    const struct explore *x = r->state;
    *out = (struct explore_datasets){.r = r, .query = q, .between = BF_STR(", ")};
    out->listing = bf_request_listing(r, x->english);
    if (!out->listing || !bf_listing_carry(out->listing, q, false, &r->err) ||
        !bf_query_sql(q, &out->sql, &r->err))
        return false;
    struct bf_write_column *columns = bf_rows_columns(r, &out->sql);
    if (columns)
        out->row = bf_json_row_new(r->arena, columns, out->sql.noutputs, x->zone);
    return out->row || BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
}

bool explore_datasets_of(const struct explore_datasets *all, const struct bf_cell *cells,
                         struct bf_metadata *of)
{
    const struct explore *x = all->r->state;
    *of = (struct bf_metadata){.english = x->english, .zone = x->zone};
    return bf_listing_row(all->listing, all->r->registry, all->query, cells, of);
}

void explore_datasets_value(const struct explore_datasets *all, const struct bf_metadata *of,
                            size_t output, const struct bf_cell *cells, struct bf_buf *out)
{
    const struct bf_listed_column *listed =
        of ? bf_listing_column(all->listing, all->sql.outputs[output].column) : NULL;
    if (listed)
        print_listed(&(struct print){all->r, out, all, of, of->entry->manifest}, listed);
    else
        bf_json_row_value(all->row, out, output, cells[output]);
}

static void print_object(const struct print *p, const struct bf_cell *cells)
{
    bool linked = explore_links_wanted(p->r) && !explore_version(p->r)->wrapped && !p->all->bare;
    if (linked) {
        bf_buf_text(p->b, "{\"_links\": ");
        explore_links_dataset(p->r, p->m->id);
        bf_buf_text(p->b, p->all->sql.noutputs ? "," : "");
    }
    size_t start = p->b->n;
    for (size_t i = 0; i < p->all->sql.noutputs; i++) {
        bf_json_row_lead(p->all->row, p->b, i);
        explore_datasets_value(p->all, p->of, i, cells, p->b);
    }
    if (linked && p->b->n > start)
        p->b->p[start] = ' '; /* the bracket of the first member */
    if (linked)
        bf_buf_char(p->b, '}');
    else
        bf_json_row_close(p->all->row, p->b);
}

/* Groups of datasets are rows like any others. */
static void print_group(struct explore_datasets *all, const struct bf_cell *cells)
{
    if (all->more)
        bf_buf_str(&all->r->response.body, all->between);
    bf_json_row_print(all->row, &all->r->response.body, cells);
}

void explore_datasets_single(void *self, const struct bf_cell *cells)
{
    struct explore_datasets *all = self;
    struct bf_request *r = all->r;
    struct bf_metadata of;
    if (bf_query_grouped(all->query)) {
        print_group(all, cells);
        return;
    }
    if (!explore_datasets_of(all, cells, &of))
        return;
    struct print p = {r, &r->response.body, all, &of, of.entry->manifest};
    if (all->more)
        bf_buf_str(p.b, all->between);
    if (!explore_version(r)->wrapped || all->bare) {
        print_object(&p, cells);
        return;
    }
    bf_buf_text(p.b, "{\"links\": ");
    explore_links_dataset(r, p.m->id);
    bf_buf_text(p.b, ", \"dataset\": ");
    print_object(&p, cells);
    bf_buf_char(p.b, '}');
}

void explore_datasets_element(void *self, const struct bf_cell *cells)
{
    struct explore_datasets *all = self;
    size_t before = all->r->response.body.n;
    explore_datasets_single(self, cells);
    all->more |= all->r->response.body.n > before;
}
