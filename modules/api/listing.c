#include "api/listing.h"

#include "catalog/metas.h"

#include <string.h>

enum { MEMORY = 8 << 20, MOST_CUSTOM = 1000 };

/* A constant has its type: PostgreSQL takes a bare one in ORDER BY for the number of a column. */

/* ---- members of a dataset object ---- */

enum { ONLY_SHOWN = BF_COLUMN_OUTPUT_ONLY };

static const struct member {
    struct bf_str name;
    enum bf_type type;
    unsigned flags;
    struct bf_str sql, list;
} members[] = {
    [BF_LISTED_VISIBILITY] = {BF_STR_INIT("visibility"), BF_TEXT, ONLY_SHOWN, {NULL, 0}, {NULL, 0}},
    [BF_LISTED_FIELDS] = {BF_STR_INIT("fields"), BF_JSON, ONLY_SHOWN, {NULL, 0}, {NULL, 0}},
    [BF_LISTED_ID] = {BF_STR_INIT("dataset_id"),
                      BF_TEXT,
                      BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED,
                      BF_STR_INIT("t.dataset_id"),
                      {NULL, 0}},
    [BF_LISTED_UID] =
        {BF_STR_INIT("dataset_uid"), BF_TEXT, 0, BF_STR_INIT("t.dataset_uid"), {NULL, 0}},
    [BF_LISTED_HAS_RECORDS] =
        {BF_STR_INIT("has_records"), BF_BOOL, 0, BF_STR_INIT("true::bool"), {NULL, 0}},
    [BF_LISTED_FEATURES] = {BF_STR_INIT("features"),
                            BF_TEXT,
                            BF_COLUMN_FACET | BF_COLUMN_MULTIVALUED,
                            {NULL, 0},
                            {NULL, 0}},
    [BF_LISTED_ATTACHMENTS] =
        {BF_STR_INIT("attachments"), BF_JSON, ONLY_SHOWN, {NULL, 0}, {NULL, 0}},
    [BF_LISTED_ALTERNATIVE_EXPORTS] =
        {BF_STR_INIT("alternative_exports"), BF_JSON, ONLY_SHOWN, {NULL, 0}, {NULL, 0}},
    [BF_LISTED_DATA_VISIBLE] = {BF_STR_INIT("data_visible"), BF_BOOL, 0, {NULL, 0}, {NULL, 0}},
    [BF_LISTED_METAS] = {BF_STR_INIT("metas"), BF_JSON, ONLY_SHOWN, {NULL, 0}, {NULL, 0}},
};

enum { MEMBERS = sizeof members / sizeof members[0] };

/* ---- metadata with a column of their own ---- */

static const struct kept {
    const char *group, *key, *sql, *list;
    unsigned flags;
} kepts[] = {
    {"dcat", "created", "t.created", NULL, 0},
    {"dcat", "issued", "t.created", NULL, 0},
    {"dcat", "creator", "t.publisher", NULL, 0},
    {"default", "title", "t.title", NULL, BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED},
    {"default", "description", "t.description", NULL, BF_COLUMN_SEARCHED},
    {"default", "theme", "array_to_string(t.theme, ', ')", "t.theme",
     BF_COLUMN_FACET | BF_COLUMN_SEARCHED},
    {"default", "keyword", "array_to_string(t.keyword, ', ')", "t.keyword",
     BF_COLUMN_FACET | BF_COLUMN_SEARCHED},
    {"default", "license", "t.license", NULL, BF_COLUMN_FACET},
    {"default", "license_url", "t.license_url", NULL, 0},
    {"default", "language", "t.language", NULL, BF_COLUMN_FACET},
    {"default", "metadata_languages", "'fr, en'::text", "'{fr,en}'::text[]", 0},
    {"default", "modified", "t.modified", NULL, BF_COLUMN_FACET | BF_COLUMN_SORTABLE},
    {"default", "modified_updates_on_metadata_change", "false::bool", NULL, 0},
    {"default", "modified_updates_on_data_change", "true::bool", NULL, 0},
    {"default", "data_processed", "t.data_processed", NULL, BF_COLUMN_SORTABLE},
    {"default", "metadata_processed", "t.metadata_processed", NULL, BF_COLUMN_SORTABLE},
    {"default", "geographic_reference_auto", "false::bool", NULL, 0},
    {"default", "publisher", "t.publisher", NULL,
     BF_COLUMN_FACET | BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED},
    {"default", "records_count", "t.records_count", NULL, BF_COLUMN_SORTABLE},
    {"default", "federated", "false::bool", NULL, 0},
    {"explore", "download_count", "NULL::bigint", NULL, 0},
    {"explore", "popularity_score", "NULL::bigint", NULL, 0},
    {"explore", "reuse_count", "NULL::bigint", NULL, 0},
    {"explore", "api_call_count", "NULL::bigint", NULL, 0},
};

static const struct kept *kept_of(const char *group, struct bf_str key)
{
    for (size_t i = 0; i < sizeof kepts / sizeof kepts[0]; i++)
        if (strcmp(kepts[i].group, group) == 0 && bf_str_eq(key, bf_str_of(kepts[i].key)))
            return &kepts[i];
    return NULL;
}

static const enum bf_type types[] = {
    [BF_META_TEXT] = BF_TEXT, [BF_META_LIST] = BF_TEXT, [BF_META_DATETIME] = BF_DATETIME,
    [BF_META_BOOL] = BF_BOOL, [BF_META_INT] = BF_INT,   [BF_META_OBJECT] = BF_JSON,
};

/* ---- building ---- */

struct builder {
    struct bf_arena *arena;
    const struct bf_registry *registry;
    const struct bf_rights *rights;
    struct bf_str held; /* SQL of the rights, type text[] */
    struct bf_listing *listing;
    struct bf_schema *schema;
    struct bf_column *columns;
    struct bf_listed_column *listed;
    size_t n;
    bool english;
};

static void name_it(struct builder *b, struct bf_str name, const struct bf_column *column)
{
    bf_map_put(&b->schema->names, name, (void *)(uintptr_t)column);
}

static struct bf_column *add_column(struct builder *b, struct bf_listed_column listed,
                                    struct bf_column column)
{
    b->listed[b->n] = listed;
    b->columns[b->n] = column;
    name_it(b, column.name, &b->columns[b->n]);
    return &b->columns[b->n++];
}

/* What follows from the rights: whose fields count, and whose records can be read. */
static void take_seen(const struct builder *b, enum bf_listed what, struct bf_column *c)
{
    if (what == BF_LISTED_DATA_VISIBLE)
        c->sql = bf_arena_printf(b->arena,
                                 "(t.records_require IS NULL OR t.records_require = ANY (%.*s))",
                                 BF_STR_ARG(b->held));
    if (what != BF_LISTED_FEATURES)
        return;
    c->list = bf_arena_printf(b->arena,
                              "(CASE WHEN t.partial IS NULL THEN t.features "
                              "ELSE catalog.features(t.partial, %.*s) END)",
                              BF_STR_ARG(b->held));
    c->sql = bf_arena_printf(b->arena, "array_to_string(%.*s, ', ')", BF_STR_ARG(c->list));
}

static void add_members(struct builder *b)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct member *m = &members[i];
        struct bf_column c = {
            .name = m->name, .type = m->type, .flags = m->flags, .sql = m->sql, .list = m->list};
        take_seen(b, (enum bf_listed)i, &c);
        add_column(b, (struct bf_listed_column){(enum bf_listed)i, NULL, {NULL, 0}}, c);
    }
    name_it(b, BF_STR("datasetid"), &b->columns[BF_LISTED_ID]);
}

/* The column of a metadata that the manifest gives: its key is a plain name (catalog/metas). */
static void take_given(struct builder *b, struct bf_column *c, const char *group, struct bf_str key,
                       bool list)
{
    if (!list) {
        c->sql = bf_arena_printf(b->arena, "(t.metas #>> '{%s,%.*s}')", group, BF_STR_ARG(key));
        return;
    }
    struct bf_str at = bf_arena_printf(b->arena, "t.metas #> '{%s,%.*s}'", group, BF_STR_ARG(key));
    /* As catalog.texts() has it, which would be called for each row of the catalogue. */
    c->list = bf_arena_printf(b->arena,
                              "CASE jsonb_typeof(%.*s) WHEN 'array' THEN NULLIF(ARRAY(SELECT "
                              "jsonb_array_elements_text(%.*s)), '{}') WHEN 'string' THEN "
                              "ARRAY[%.*s #>> '{}'] END",
                              BF_STR_ARG(at), BF_STR_ARG(at), BF_STR_ARG(at));
    c->list = bf_arena_printf(b->arena, "(%.*s)", BF_STR_ARG(c->list));
    c->sql = bf_arena_printf(b->arena, "array_to_string(%.*s, ', ')", BF_STR_ARG(c->list));
    c->flags |= BF_COLUMN_MULTIVALUED;
}

static void take_kept(const struct builder *b, struct bf_column *c, const struct kept *kept)
{
    bool text =
        b->english && (strcmp(kept->key, "title") == 0 || strcmp(kept->key, "description") == 0);
    c->sql = bf_str_of(kept->sql);
    if (text)
        c->sql =
            strcmp(kept->key, "title") == 0 ? BF_STR("t.title_en") : BF_STR("t.description_en");
    c->list = bf_str_of(kept->list);
    c->flags |= kept->flags | (kept->list ? BF_COLUMN_MULTIVALUED : 0);
}

static void add_meta(struct builder *b, const struct bf_template *t, struct bf_str key,
                     enum bf_meta_kind kind, bool given)
{
    struct bf_str dotted = bf_arena_printf(b->arena, "%s.%.*s", t->name, BF_STR_ARG(key));
    bool standard = strcmp(t->name, "default") == 0;
    struct bf_column c = {
        .name = standard ? key : dotted, .type = types[kind], .flags = BF_COLUMN_HIDDEN};
    const struct kept *kept = kept_of(t->name, key);
    bool territory = standard && bf_str_eq(key, BF_STR("territory"));
    if (kept)
        take_kept(b, &c, kept);
    else if (given)
        take_given(b, &c, t->name, key, kind == BF_META_LIST);
    else
        c.flags |= BF_COLUMN_OUTPUT_ONLY;
    if (territory || (strcmp(t->name, "custom") == 0 && kind == BF_META_LIST))
        c.flags |= BF_COLUMN_FACET;
    const struct bf_column *added =
        add_column(b, (struct bf_listed_column){BF_LISTED_META, t, key}, c);
    if (standard)
        name_it(b, dotted, added);
}

/* A key that some manifest gives a list for is a list everywhere. */
static bool is_list(const struct bf_registry *registry, struct bf_str key)
{
    for (size_t i = 0; i < registry->n; i++) {
        const struct bf_meta *m = bf_metas_find(registry->entries[i].manifest, "custom", key);
        if (m && m->list)
            return true;
    }
    return false;
}

static void add_metas(struct builder *b)
{
    for (const struct bf_template *t = bf_templates; t->name; t++)
        for (const struct bf_meta_key *k = t->keys; k->name; k++)
            add_meta(b, t, bf_str_of(k->name), k->kind, k->given);
    const struct bf_template *custom = bf_template_named(BF_STR("custom"));
    for (size_t i = 0; i < b->listing->ncustom; i++) {
        struct bf_str key = b->listing->custom[i];
        add_meta(b, custom, key, is_list(b->registry, key) ? BF_META_LIST : BF_META_TEXT, true);
    }
}

/* Columns for rows to carry when they show where their records are. */
static const struct bf_column *add_carried(struct builder *b, const char *name, const char *sql)
{
    b->listed[b->n].what = BF_LISTED_CARRIED;
    b->columns[b->n] = (struct bf_column){
        .name = bf_str_of(name), .type = BF_TEXT, .flags = BF_COLUMN_HIDDEN, .sql = bf_str_of(sql)};
    return &b->columns[b->n++];
}

static bool find_custom(struct builder *b)
{
    struct bf_str *keys = bf_arena_zalloc(b->arena, MOST_CUSTOM, sizeof *keys);
    b->listing->custom = keys;
    for (size_t i = 0; keys && i < b->registry->n; i++) {
        const struct bf_manifest *m = b->registry->entries[i].manifest;
        for (size_t j = 0; j < m->nmetas; j++) {
            b->listing->inspire |= strcmp(m->metas[j].group, "inspire") == 0;
            if (strcmp(m->metas[j].group, "custom") == 0 && b->listing->ncustom < MOST_CUSTOM &&
                !bf_str_in(m->metas[j].key, b->listing->custom, b->listing->ncustom))
                keys[b->listing->ncustom++] = m->metas[j].key;
        }
    }
    return keys != NULL;
}

static size_t count_metas(void)
{
    size_t n = 0;
    for (const struct bf_template *t = bf_templates; t->name; t++)
        for (const struct bf_meta_key *k = t->keys; k->name; k++)
            n++;
    return n;
}

/* `'{"read:crews"}'::text[]`: rights are names without signs that mean anything to SQL. */
static struct bf_str held_of(const struct builder *b)
{
    struct bf_buf sql;
    bf_buf_init(&sql, MEMORY);
    bf_buf_text(&sql, "'{");
    for (size_t i = 0; i < b->rights->n; i++)
        bf_buf_printf(&sql, "%s%.*s", i ? "," : "", BF_STR_ARG(b->rights->names[i]));
    bf_buf_text(&sql, "}'::text[]");
    struct bf_str kept =
        bf_buf_failed(&sql) ? (struct bf_str){NULL, 0} : bf_arena_dup(b->arena, bf_buf_view(&sql));
    bf_buf_fini(&sql);
    return kept;
}

/* Of nobody's rights without the array, so that PostgreSQL has one thing less to look at. */
static struct bf_str relation_of(const struct builder *b)
{
    if (b->rights->n == 0)
        return BF_STR("(SELECT * FROM catalog.listing WHERE requires IS NULL)");
    return bf_arena_printf(b->arena,
                           "(SELECT * FROM catalog.listing WHERE requires IS NULL OR requires = "
                           "ANY (%.*s))",
                           BF_STR_ARG(b->held));
}

static bool build(struct builder *b)
{
    b->held = held_of(b);
    if (!b->held.p || !find_custom(b))
        return false;
    size_t room = MEMBERS + count_metas() + b->listing->ncustom + 2;
    b->columns = bf_arena_zalloc(b->arena, room, sizeof *b->columns);
    b->listed = bf_arena_zalloc(b->arena, room, sizeof *b->listed);
    b->schema = bf_arena_zalloc(b->arena, 1, sizeof *b->schema);
    if (!b->columns || !b->listed || !b->schema)
        return false;
    *b->schema = (struct bf_schema){
        .id = BF_STR("catalog"),
        .relation = relation_of(b),
        .selected = true,
        .order = BF_STR("t._seq"),
        .words = BF_STR("t.words"),
        .weighted = true,
        .columns = b->columns,
        .facet_order = BF_FACET_VALUE,
    };
    bf_map_init(&b->schema->names, b->arena);
    add_members(b);
    add_metas(b);
    b->listing->extent = add_carried(b, "extent", "t.extent");
    b->listing->geometry_types = add_carried(b, "types", "array_to_string(t.geometry_types, ', ')");
    b->schema->n = b->n;
    b->listing->schema = b->schema;
    b->listing->columns = b->listed;
    return !bf_arena_failed(b->arena);
}

const struct bf_listing *bf_listing(struct bf_listings *all, const struct bf_registry *registry,
                                    const struct bf_rights *rights, bool english)
{
    struct bf_arena **arena = &all->in[english].arena;
    struct bf_listing *listing = &all->in[english].listing;
    if (*arena)
        return listing;
    *listing = (struct bf_listing){0};
    *arena = bf_arena_new(MEMORY);
    struct builder b = {.arena = *arena,
                        .registry = registry,
                        .rights = rights,
                        .listing = listing,
                        .english = english};
    if (*arena && build(&b))
        return listing;
    bf_arena_free(*arena);
    *arena = NULL;
    return NULL;
}

void bf_listings_fini(struct bf_listings *all)
{
    for (int english = 0; english < 2; english++) {
        bf_arena_free(all->in[english].arena);
        all->in[english].arena = NULL;
    }
}

/* ---- rows ---- */

const struct bf_listed_column *bf_listing_column(const struct bf_listing *l,
                                                 const struct bf_column *column)
{
    return column ? &l->columns[column - l->schema->columns] : NULL;
}

/* dataset_id, modified, records_count */
static const struct bf_str needed[] = {BF_STR_INIT("dataset_id"), BF_STR_INIT("modified"),
                                       BF_STR_INIT("records_count")};

static bool shows(const struct bf_listing *l, const struct bf_query *q, struct bf_str name)
{
    return bf_query_place(q, bf_schema_column(l->schema, name)) >= 0;
}

bool bf_listing_carry(const struct bf_listing *l, struct bf_query *q, bool metas,
                      struct bf_err *err)
{
    bool all = metas || shows(l, q, BF_STR("metas"));
    if ((all || shows(l, q, BF_STR("bbox"))) && !bf_query_carry(q, l->extent, err))
        return false;
    if ((all || shows(l, q, BF_STR("geometry_types"))) &&
        !bf_query_carry(q, l->geometry_types, err))
        return false;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!bf_query_carry(q, bf_schema_column(l->schema, needed[i]), err))
            return false;
    return true;
}

static struct bf_cell carried(const struct bf_listing *l, const struct bf_query *q,
                              const struct bf_cell *cells, size_t i)
{
    return cells[bf_query_place(q, bf_schema_column(l->schema, needed[i]))];
}

/* Empty when it is null, or not among the cells. */
static struct bf_str placed(const struct bf_query *q, const struct bf_column *column,
                            const struct bf_cell *cells)
{
    int at = bf_query_place(q, column);
    return at < 0 || cells[at].n < 0 ? BF_STR("") : bf_cell_text(cells[at]);
}

bool bf_listing_row(const struct bf_listing *l, const struct bf_registry *registry,
                    const struct bf_query *q, const struct bf_cell *cells, struct bf_metadata *out)
{
    out->entry = bf_registry_find(registry, bf_cell_text(carried(l, q, cells, 0)));
    out->modified = bf_cell_instant(carried(l, q, cells, 1));
    out->records = bf_cell_int(carried(l, q, cells, 2));
    if (!out->entry)
        return false;
    /* They are told by the records, and of a geometry. */
    bool told = !out->entry->records_hidden && out->entry->manifest->geometry >= 0;
    out->extent = told ? placed(q, l->extent, cells) : BF_STR("");
    out->geometry_types = told ? placed(q, l->geometry_types, cells) : BF_STR("");
    return true;
}
