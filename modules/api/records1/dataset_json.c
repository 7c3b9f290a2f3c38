#include "api/records1/dataset_json.h"

#include "catalog/files.h"
#include "catalog/generations.h"
#include "http/href.h"
#include "query/facet.h"

#include <string.h>

/* ---- metadata ---- */

/* Keys that have a value. */
static void template(struct bf_buf *b, const struct bf_metadata *of, const struct bf_template *t)
{
    const char *comma = "";
    bf_buf_char(b, '{');
    for (const struct bf_meta_key *k = t->keys; k->name; k++) {
        size_t before = b->n;
        bf_buf_printf(b, "%s\"%s\": ", comma, k->name);
        size_t start = b->n;
        bf_metadata_print(b, of, t, bf_str_of(k->name));
        if (b->n - start == 4 && memcmp(b->p + start, "null", 4) == 0)
            b->n = before;
        else
            comma = ", ";
    }
    bf_buf_char(b, '}');
}

static void interop(struct bf_buf *b, const struct bf_metadata *of)
{
    const char *comma = "";
    bf_buf_text(b, ", \"interop_metas\": {");
    for (const struct bf_template *t = bf_templates; t->name; t++) {
        if (strcmp(t->type, "interop") != 0)
            continue;
        bf_buf_printf(b, "%s\"%s\": ", comma, t->name);
        template(b, of, t);
        comma = ", ";
    }
    bf_buf_char(b, '}');
}

/* ---- fields ---- */

struct notes {
    struct bf_buf *b;
    const char *comma;
};

/* {"name": "facet"}, {"name": "unit", "args": ["m"]} */
static void note(struct notes *n, const char *name, struct bf_str argument)
{
    bf_buf_printf(n->b, "%s{\"name\": \"%s\"", n->comma, name);
    if (argument.n) {
        bf_buf_text(n->b, ", \"args\": [");
        bf_buf_json(n->b, argument);
        bf_buf_char(n->b, ']');
    }
    bf_buf_char(n->b, '}');
    n->comma = ", ";
}

static void note_text(struct notes *n, const char *name, struct bf_str argument)
{
    if (argument.n)
        note(n, name, argument);
}

static void annotations(struct bf_buf *b, const struct bf_manifest_field *f)
{
    static const struct {
        unsigned flag;
        const char *name;
    } flags[] = {{BF_COLUMN_FACET, "facet"},
                 {BF_COLUMN_SORTABLE, "sortable"},
                 {BF_COLUMN_DISJUNCTIVE, "disjunctive"}};
    struct notes n = {b, ""};
    bf_buf_text(b, ", \"annotations\": [");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (f->column.flags & flags[i].flag)
            note(&n, flags[i].name, (struct bf_str){NULL, 0});
    note_text(&n, "facetsort",
              bf_str_of(bf_facet_order_name(f->column.facet_order, f->column.type)));
    note_text(&n, "multivalued", f->column.separator);
    note_text(&n, "hierarchical", f->column.path);
    note_text(&n, "unit", f->unit);
    if (f->in_key)
        note(&n, "id", (struct bf_str){NULL, 0});
    bf_buf_char(b, ']');
}

static void field(struct bf_buf *b, const struct bf_metadata *of, const struct bf_manifest_field *f,
                  struct bf_str name)
{
    struct bf_str description = bf_metadata_text(of, f->description);
    bf_buf_text(b, "{\"name\": ");
    bf_buf_json(b, name);
    bf_buf_text(b, ", \"label\": ");
    bf_buf_json(b, bf_metadata_text(of, f->label));
    bf_buf_printf(b, ", \"type\": \"%s\"", bf_type_info(f->column.type)->name);
    if (description.n) {
        bf_buf_text(b, ", \"description\": ");
        bf_buf_json(b, description);
    }
    annotations(b, f);
    bf_buf_char(b, '}');
}

static void fields(struct bf_request *r, const struct bf_metadata *of)
{
    const struct bf_manifest *m = of->entry->manifest;
    struct bf_buf *b = &r->response.body;
    const struct bf_schema *schema =
        bf_generation_schema(m, r->dataset ? r->vars[0] : m->id, BF_STR("1.0"));
    const char *comma = "";
    bf_buf_text(b, ", \"fields\": [");
    for (size_t i = 0; i < schema->n; i++) {
        const struct bf_manifest_field *f = bf_manifest_field(m, schema->columns[i].name);
        if (!f || schema->columns[i].flags & BF_COLUMN_HIDDEN)
            continue;
        bf_buf_text(b, comma);
        field(b, of, f, schema->columns[i].name);
        comma = ", ";
    }
    bf_buf_char(b, ']');
}

/* ---- the dataset ---- */

static void files(struct bf_request *r, const struct bf_manifest *m, enum bf_file_kind kind)
{
    struct bf_buf *b = &r->response.body;
    const struct bf_files *files = &m->files[kind];
    bf_buf_printf(b, ", \"%s\": [", bf_file_kinds[kind].member);
    for (size_t i = 0; i < files->n; i++) {
        bf_buf_text(b, i ? ", {" : "{");
        bf_metadata_file(b, &files->items[i], kind);
        bf_buf_printf(b, ", \"url\": \"%s/api/datasets/1.0/%.*s/%s/", r->conf->base_url,
                      BF_STR_ARG(m->id), bf_file_kinds[kind].member);
        bf_href_part(b, files->items[i].id);
        bf_buf_text(b, "\"}");
    }
    bf_buf_char(b, ']');
}

void records1_dataset_print(struct bf_request *r, const struct bf_metadata *of)
{
    const struct bf_manifest *m = of->entry->manifest;
    struct bf_buf *b = &r->response.body;
    struct bf_str wanted = bf_http_param(&r->http, "interopmetas");
    bf_buf_text(b, "{\"datasetid\": ");
    bf_buf_json(b, m->id);
    bf_buf_text(b, ", \"metas\": ");
    template(b, of, bf_template_named(BF_STR("default")));
    if (bf_str_eq_nocase(wanted, BF_STR("true")) || bf_str_eq(wanted, BF_STR("1")))
        interop(b, of);
    bf_buf_printf(b, ", \"has_records\": true, \"data_visible\": %s, \"features\": ",
                  of->entry->records_hidden ? "false" : "true");
    bf_metadata_features(b, m);
    files(r, m, BF_FILE_ATTACHMENT);
    files(r, m, BF_FILE_EXPORT);
    fields(r, of);
    bf_buf_char(b, '}');
}
