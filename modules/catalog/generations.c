#include "catalog/generations.h"

#include "catalog/searched.h"

enum { MOST = 20, MOST_NAMES = 500, MOST_WORDS = 100, WORD = 200 };

/* One generation while it is read. */
struct reading {
    struct bf_reader *r;
    const struct bf_manifest *m;
    struct bf_generation *g;
    struct bf_column *columns;
    size_t n;
    size_t *column_of; /* by index of the dataset's column: its own; SIZE_MAX: none yet */
};

/* ---- names ---- */

static bool check_dataset(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    if (bf_str_eq(name, m->id))
        return true;
    for (size_t i = 0; i < m->naliases; i++)
        if (bf_str_eq(name, m->aliases[i]))
            return true;
    bf_reader_wrong(r, "name the id, or one of \"aliases\"", "\"%.128s\" is no name of the dataset",
                    name.p);
    return false;
}

static bool check_api(struct bf_reader *r, const struct bf_manifest *m, struct bf_str api)
{
    (void)m;
    if (bf_str_eq(api, BF_STR("1.0")) || bf_str_eq(api, BF_STR("2.0")) ||
        bf_str_eq(api, BF_STR("2.1")))
        return true;
    bf_reader_wrong(r, "write \"1.0\", \"2.0\" or \"2.1\"", "\"%.64s\" is no version of the API",
                    api.p);
    return false;
}

static bool check_field(struct bf_reader *r, const struct bf_manifest *m, struct bf_str name)
{
    if (bf_manifest_field(m, name))
        return true;
    bf_reader_wrong(r, "name a field, or one of \"aliases\"", "there is no field \"%.64s\"",
                    name.p);
    return false;
}

/* ---- columns ---- */

static void add_column(struct reading *g, const struct bf_column *base, struct bf_str name,
                       unsigned flags)
{
    struct bf_column *c = &g->columns[g->n];
    size_t index = (size_t)(base - g->m->schema.columns);
    *c = *base;
    c->name = name;
    c->flags |= flags;
    if (g->column_of[index] == SIZE_MAX)
        g->column_of[index] = g->n;
    g->n++;
}

/* Those that are shown, then all others, so that each may still be named. */
static void fill_columns(struct reading *g, const struct bf_list *shown)
{
    const struct bf_schema *base = &g->m->schema;
    for (size_t i = 0; i < shown->n; i++)
        add_column(g, bf_schema_column(base, shown->items[i]), shown->items[i], 0);
    for (size_t i = 0; i < base->n; i++)
        if (g->column_of[i] == SIZE_MAX)
            add_column(g, &base->columns[i], base->columns[i].name,
                       shown->n ? BF_COLUMN_HIDDEN | BF_COLUMN_UNLISTED : 0);
}

static void put_name(struct reading *g, struct bf_str name)
{
    const struct bf_column *base = bf_schema_column(&g->m->schema, name);
    if (base && !bf_map_get(&g->g->schema.names, name))
        bf_map_put(&g->g->schema.names, name,
                   &g->columns[g->column_of[base - g->m->schema.columns]]);
}

static void fill_names(struct reading *g)
{
    const struct bf_manifest *m = g->m;
    bf_map_init(&g->g->schema.names, g->r->arena);
    for (size_t i = 0; i < g->n; i++)
        bf_map_put(&g->g->schema.names, g->columns[i].name, &g->columns[i]);
    for (size_t i = 0; i < m->schema.n; i++)
        put_name(g, m->schema.columns[i].name);
    for (size_t i = 0; i < m->nfield_aliases; i++)
        put_name(g, m->field_aliases[i]);
}

static void make_schema(struct reading *g, const struct bf_list *shown)
{
    const struct bf_schema *base = &g->m->schema;
    g->columns = bf_arena_zalloc(g->r->arena, shown->n + base->n, sizeof *g->columns);
    g->column_of = bf_arena_zalloc(g->r->arena, base->n, sizeof *g->column_of);
    if (!g->columns || !g->column_of)
        return;
    for (size_t i = 0; i < base->n; i++)
        g->column_of[i] = SIZE_MAX;
    fill_columns(g, shown);
    g->g->schema = *base;
    g->g->schema.columns = g->columns;
    g->g->schema.n = g->n;
    fill_names(g);
}

/* ---- values ---- */

/* A constant of the manifest as SQL; control characters were refused when it was read. */
static void constant(struct bf_buf *sql, struct bf_str text)
{
    bf_buf_char(sql, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            bf_buf_char(sql, '\'');
        bf_buf_char(sql, text.p[i]);
    }
    bf_buf_char(sql, '\'');
}

static void keep_spellings(struct bf_reader *r, json_t *words, struct bf_column *column)
{
    const char *stored;
    json_t *value;
    struct bf_spelling *list =
        bf_arena_alloc(r->arena, json_object_size(words) * sizeof *column->spellings);
    if (!list)
        return;
    column->spellings = list;
    json_object_foreach(words, stored, value)
    {
        struct bf_spelling s = {bf_arena_dup(r->arena, bf_str_of(stored)),
                                bf_arena_dup(r->arena, bf_json_text(value))};
        if (s.stored.p && s.word.p)
            list[column->nspellings++] = s;
    }
}

/* `(CASE t."etat" WHEN 'a' THEN 'b' ELSE t."etat" END)` */
static void translate(struct bf_reader *r, json_t *words, struct bf_column *column)
{
    const char *stored;
    json_t *value;
    struct bf_buf sql;
    if (json_object_size(words) == 0 || json_object_size(words) > MOST_WORDS) {
        bf_reader_wrong(r, "write 1 to 100 pairs of values", "there are %zu",
                        json_object_size(words));
        return;
    }
    bf_buf_init(&sql, 1 << 17);
    bf_buf_text(&sql, "(CASE ");
    bf_buf_str(&sql, column->sql);
    json_object_foreach(words, stored, value)
    {
        struct bf_str word = bf_reader_text(r, words, stored, WORD, BF_REQUIRED);
        bf_buf_text(&sql, " WHEN ");
        constant(&sql, bf_str_of(stored));
        bf_buf_text(&sql, " THEN ");
        constant(&sql, word);
    }
    bf_buf_text(&sql, " ELSE ");
    bf_buf_str(&sql, column->sql);
    bf_buf_text(&sql, " END)");
    if (!bf_buf_failed(&sql))
        column->sql = bf_arena_dup(r->arena, bf_buf_view(&sql));
    column->flags |= BF_COLUMN_COMPUTED;
    bf_buf_fini(&sql);
    keep_spellings(r, words, column);
}

static void read_values(struct reading *g, json_t *object)
{
    struct bf_reader *r = g->r;
    const char *name;
    json_t *value;
    json_t *values = bf_reader_member(r, object, "values", JSON_OBJECT, BF_OPTIONAL);
    if (!values || !g->columns || !g->column_of)
        return;
    size_t back = bf_reader_into(r, "values");
    json_object_foreach(values, name, value)
    {
        const struct bf_column *found = bf_map_get(&g->g->schema.names, bf_str_of(name));
        size_t item = bf_reader_into(r, name);
        if (!found || found->flags & BF_COLUMN_HIDDEN)
            bf_reader_wrong(r, "name one that is", "this field is not shown");
        else if (found->type != BF_TEXT ||
                 found->flags & (BF_COLUMN_OUTPUT_ONLY | BF_COLUMN_MULTIVALUED))
            bf_reader_wrong(r, "only stored or computed texts of one value can have other words",
                            "this is no such field");
        else if (!json_is_object(value))
            bf_reader_wrong(r, "write {\"stored value\": \"word\"}", "this is %s",
                            bf_json_kind(value));
        else
            translate(r, value, &g->columns[found - g->columns]);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
}

/* Full text looks into the words that are shown; no index knows those. */
static void translate_text(struct reading *g)
{
    struct bf_buf sql;
    bool translated = false;
    bf_buf_init(&sql, 1 << 20);
    bf_buf_text(&sql, "catalog.words(");
    for (size_t i = 0; g->columns && g->column_of && i < g->m->nfields; i++) {
        const struct bf_column *c = &g->columns[g->column_of[i]];
        if (!bf_searched_is(&g->m->fields[i]))
            continue;
        bf_buf_text(&sql, sql.p[sql.n - 1] == '(' ? "coalesce(" : " || ' ' || coalesce(");
        bf_buf_str(&sql, c->sql);
        bf_buf_text(&sql, ", '')");
        translated |= c->nspellings > 0;
    }
    bf_buf_char(&sql, ')');
    if (translated && !bf_buf_failed(&sql))
        g->g->schema.words = bf_arena_dup(g->r->arena, bf_buf_view(&sql));
    bf_buf_fini(&sql);
}

/* ---- all ---- */

static void read_one(struct bf_reader *r, json_t *object, const struct bf_manifest *m,
                     struct bf_generation *g)
{
    static const char *const known[] = {"dataset", "api", "fields", "values"};
    struct bf_list_rule datasets = {
        .most = MOST, .most_bytes = WORD, .check = check_dataset, .m = m};
    struct bf_list_rule apis = {.most = MOST, .most_bytes = WORD, .check = check_api, .m = m};
    struct bf_list_rule fields = {
        .most = MOST_NAMES, .most_bytes = WORD, .check = check_field, .m = m};
    if (!json_is_object(object)) {
        bf_reader_wrong(r, "an object is expected", "this is %s", bf_json_kind(object));
        return;
    }
    bf_reader_known(r, object, known, sizeof known / sizeof known[0]);
    struct bf_list list = bf_reader_list(r, object, "dataset", &datasets);
    g->datasets = list.items;
    g->ndatasets = list.n;
    list = bf_reader_list(r, object, "api", &apis);
    g->apis = list.items;
    g->napis = list.n;
    list = bf_reader_list(r, object, "fields", &fields);
    struct reading reading = {.r = r, .m = m, .g = g};
    make_schema(&reading, &list);
    read_values(&reading, object);
    translate_text(&reading);
}

void bf_generations_read(struct bf_reader *r, json_t *root, struct bf_manifest *m)
{
    json_t *array = bf_reader_member(r, root, "generations", JSON_ARRAY, BF_OPTIONAL);
    size_t n = json_array_size(array);
    if (n == 0 || !m->nfields)
        return;
    if (n > MOST || m->handler.n) {
        bf_reader_wrong_at(r, "generations", n > MOST ? "at most 20 are kept" : "leave it out",
                           n > MOST ? "there are too many"
                                    : "a dataset with a handler has one vocabulary");
        return;
    }
    struct bf_generation *generations = bf_arena_zalloc(r->arena, n, sizeof *generations);
    if (!generations)
        return;
    size_t back = bf_reader_into(r, "generations");
    for (size_t i = 0; i < n; i++) {
        size_t item = bf_reader_into_index(r, i);
        read_one(r, json_array_get(array, i), m, &generations[i]);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
    m->generations = generations;
    m->ngenerations = n;
}

static bool has(const struct bf_str *names, size_t n, struct bf_str name)
{
    return n == 0 || bf_str_in(name, names, n);
}

const struct bf_schema *bf_generation_schema(const struct bf_manifest *m, struct bf_str dataset,
                                             struct bf_str api)
{
    struct bf_str name = dataset.n ? dataset : m->id;
    for (size_t i = 0; i < m->ngenerations; i++) {
        const struct bf_generation *g = &m->generations[i];
        if (has(g->datasets, g->ndatasets, name) && has(g->apis, g->napis, api))
            return &g->schema;
    }
    return &m->schema;
}
