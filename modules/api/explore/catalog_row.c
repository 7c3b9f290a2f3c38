#include "api/explore/catalog_row.h"

#include <jansson.h>
#include <string.h>

enum { VALUE_MAX = 16 << 20 };

/* Where the value of a column comes from. */
struct source {
    const struct bf_template *group; /* a metadata; NULL: an output of the query, or the id */
    struct bf_str key;
    int output; /* -1: the id */
};

struct explore_catalog_row {
    const struct explore_datasets *all;
    struct bf_str between;
    struct bf_write_column *columns;
    struct source *sources;
    struct bf_cell *cells;
    size_t *ends; /* of each cell in `bytes`, which moves while it grows */
    size_t n;
    struct bf_buf json, bytes;
};

/* ---- columns ---- */

static enum bf_type type_of(enum bf_meta_kind kind)
{
    switch (kind) {
    case BF_META_BOOL:
        return BF_BOOL;
    case BF_META_INT:
        return BF_INT;
    case BF_META_TEXT:
    case BF_META_LIST:
    case BF_META_DATETIME:
    case BF_META_OBJECT:
        break;
    }
    return BF_TEXT;
}

static void add(struct explore_catalog_row *row, struct bf_str name, enum bf_type type,
                struct source source)
{
    row->columns[row->n] = (struct bf_write_column){.key = name, .type = type};
    row->sources[row->n++] = source;
}

static void add_meta(struct explore_catalog_row *row, struct bf_arena *a,
                     const struct bf_template *t, struct bf_str key, enum bf_meta_kind kind)
{
    struct bf_str name = bf_arena_printf(a, "%s.%.*s", t->name, BF_STR_ARG(key));
    add(row, name, type_of(kind), (struct source){t, key, -1});
}

static bool shown(const struct explore_catalog_row *row, const struct bf_template *t)
{
    return strcmp(t->type, "extra") != 0 &&
           (row->all->listing->inspire || strcmp(t->name, "inspire") != 0);
}

static void add_all(struct explore_catalog_row *row, struct bf_arena *a)
{
    const struct bf_listing *l = row->all->listing;
    for (const struct bf_template *t = bf_templates; t->name; t++) {
        if (!shown(row, t))
            continue;
        for (const struct bf_meta_key *k = t->keys; k->name; k++)
            add_meta(row, a, t, bf_str_of(k->name), k->kind);
        for (size_t i = 0; strcmp(t->name, "custom") == 0 && i < l->ncustom; i++)
            add_meta(row, a, t, l->custom[i], BF_META_TEXT);
    }
    add(row, BF_STR("datasetid"), BF_TEXT, (struct source){NULL, {NULL, 0}, -1});
}

static void add_outputs(struct explore_catalog_row *row)
{
    const struct bf_sql *sql = &row->all->sql;
    for (size_t i = 0; i < sql->noutputs; i++) {
        enum bf_type type = sql->outputs[i].type;
        bool plain = type == BF_BOOL || type == BF_INT || type == BF_DOUBLE;
        add(row, sql->outputs[i].key, plain ? type : BF_TEXT,
            (struct source){NULL, {NULL, 0}, (int)i});
    }
}

static size_t most_columns(const struct explore_datasets *all)
{
    size_t n = 1 + all->sql.noutputs + all->listing->ncustom;
    for (const struct bf_template *t = bf_templates; t->name; t++)
        for (const struct bf_meta_key *k = t->keys; k->name; k++)
            n++;
    return n;
}

static void release(void *self)
{
    struct explore_catalog_row *row = self;
    bf_buf_fini(&row->json);
    bf_buf_fini(&row->bytes);
}

static bool selects_all(const struct bf_request *r)
{
    struct bf_str select = bf_str_trim(bf_http_param(&r->http, "select"));
    if (bf_query_grouped(r->query))
        return false;
    return select.n == 0 || bf_str_eq(select, BF_STR("*"));
}

struct explore_catalog_row *explore_catalog_row_new(struct bf_request *r,
                                                    const struct explore_datasets *all,
                                                    struct bf_str list_separator)
{
    struct explore_catalog_row *row = bf_arena_zalloc(r->arena, 1, sizeof *row);
    size_t most = most_columns(all);
    if (!row || !bf_defer(r->arena, release, row))
        return NULL;
    row->all = all;
    row->between = list_separator;
    row->columns = bf_arena_zalloc(r->arena, most, sizeof *row->columns);
    row->sources = bf_arena_zalloc(r->arena, most, sizeof *row->sources);
    row->cells = bf_arena_zalloc(r->arena, most, sizeof *row->cells);
    row->ends = bf_arena_zalloc(r->arena, most, sizeof *row->ends);
    bf_buf_init(&row->json, VALUE_MAX);
    bf_buf_init(&row->bytes, VALUE_MAX);
    if (!row->columns || !row->sources || !row->cells || !row->ends)
        return NULL;
    if (selects_all(r))
        add_all(row, r->arena);
    else
        add_outputs(row);
    return bf_arena_failed(r->arena) ? NULL : row;
}

const struct bf_write_column *explore_catalog_row_columns(const struct explore_catalog_row *row,
                                                          size_t *n)
{
    *n = row->n;
    return row->columns;
}

/* ---- values ---- */

static struct bf_str string(const json_t *j)
{
    return (struct bf_str){json_string_value(j), json_string_length(j)};
}

static bool is_list(const json_t *j)
{
    for (size_t i = 0; i < json_array_size(j); i++)
        if (!json_is_string(json_array_get(j, i)))
            return false;
    return json_is_array(j);
}

static void put_list(struct explore_catalog_row *row, const json_t *j)
{
    for (size_t i = 0; i < json_array_size(j); i++) {
        if (i)
            bf_buf_str(&row->bytes, row->between);
        bf_buf_str(&row->bytes, string(json_array_get(j, i)));
    }
}

/* A value of the column's type, or a text. false: null. */
static bool put_json(struct explore_catalog_row *row, const json_t *j, enum bf_type type)
{
    struct bf_value v = {.type = BF_TEXT, .text = bf_buf_view(&row->json)};
    if (!j || json_is_null(j))
        return false;
    if (type == BF_BOOL && json_is_boolean(j))
        v = (struct bf_value){.type = BF_BOOL, .boolean = json_is_true(j)};
    else if (type == BF_INT && json_is_integer(j))
        v = (struct bf_value){.type = BF_INT, .integer = json_integer_value(j)};
    else if (type == BF_DOUBLE && json_is_number(j))
        v = (struct bf_value){.type = BF_DOUBLE, .real = json_number_value(j)};
    else if (json_is_string(j))
        v.text = string(j);
    if (is_list(j))
        put_list(row, j);
    else
        bf_cell_put(&row->bytes, &v);
    return true;
}

static void print_value(struct explore_catalog_row *row, const struct source *s,
                        const struct bf_metadata *of, const struct bf_cell *cells)
{
    if (s->group)
        bf_metadata_print(&row->json, of, s->group, s->key);
    else if (s->output < 0)
        bf_buf_json(&row->json, of->entry->manifest->id);
    else
        explore_datasets_value(row->all, of, (size_t)s->output, cells, &row->json);
}

static bool put_column(struct explore_catalog_row *row, size_t i, const struct bf_metadata *of,
                       const struct bf_cell *cells)
{
    bf_buf_clear(&row->json);
    print_value(row, &row->sources[i], of, cells);
    json_t *j = json_loadb(row->json.p, row->json.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    bool there = put_json(row, j, row->columns[i].type);
    json_decref(j);
    return there;
}

const struct bf_cell *explore_catalog_row_cells(struct explore_catalog_row *row,
                                                const struct bf_cell *cells)
{
    struct bf_metadata dataset;
    const struct bf_metadata *of = bf_query_grouped(row->all->query) ? NULL : &dataset;
    if (of && !explore_datasets_of(row->all, cells, &dataset))
        return NULL;
    bf_buf_clear(&row->bytes);
    for (size_t i = 0; i < row->n; i++) {
        row->cells[i].n = put_column(row, i, of, cells) ? 0 : -1;
        row->ends[i] = row->bytes.n;
    }
    size_t start = 0;
    for (size_t i = 0; i < row->n; i++) {
        row->cells[i].p = row->bytes.p ? row->bytes.p + start : "";
        if (row->cells[i].n == 0)
            row->cells[i].n = (int32_t)(row->ends[i] - start);
        start = row->ends[i];
    }
    return row->cells;
}
