#include "api/explore/listing.h"

#define COLUMN(name_, type_, flags_)                                    \
    {                                                                   \
        .name = BF_STR_INIT(name_), .type = (type_), .flags = (flags_), \
        .sql = BF_STR_INIT("t.\"" name_ "\"")                           \
    }

static const struct bf_column columns[] = {
    COLUMN("dataset_id", BF_TEXT, BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED),
    COLUMN("dataset_uid", BF_TEXT, 0),
    COLUMN("title", BF_TEXT, BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED),
    COLUMN("description", BF_TEXT, BF_COLUMN_SEARCHED),
    COLUMN("publisher", BF_TEXT, BF_COLUMN_FACET | BF_COLUMN_SORTABLE | BF_COLUMN_SEARCHED),
    COLUMN("license", BF_TEXT, BF_COLUMN_FACET),
    COLUMN("language", BF_TEXT, BF_COLUMN_FACET),
    COLUMN("modified", BF_DATETIME, BF_COLUMN_FACET | BF_COLUMN_SORTABLE),
    COLUMN("data_processed", BF_DATETIME, BF_COLUMN_SORTABLE),
    COLUMN("metadata_processed", BF_DATETIME, BF_COLUMN_SORTABLE),
    COLUMN("records_count", BF_INT, BF_COLUMN_SORTABLE),
};

enum { COLUMNS = sizeof columns / sizeof columns[0], MEMORY = 1 << 16 };

static const struct {
    struct bf_str name, column;
} aliases[] = {
    {BF_STR_INIT("datasetid"), BF_STR_INIT("dataset_id")},
    {BF_STR_INIT("default.title"), BF_STR_INIT("title")},
    {BF_STR_INIT("default.description"), BF_STR_INIT("description")},
    {BF_STR_INIT("default.publisher"), BF_STR_INIT("publisher")},
    {BF_STR_INIT("default.license"), BF_STR_INIT("license")},
    {BF_STR_INIT("default.language"), BF_STR_INIT("language")},
    {BF_STR_INIT("default.modified"), BF_STR_INIT("modified")},
    {BF_STR_INIT("default.data_processed"), BF_STR_INIT("data_processed")},
    {BF_STR_INIT("default.metadata_processed"), BF_STR_INIT("metadata_processed")},
    {BF_STR_INIT("default.records_count"), BF_STR_INIT("records_count")},
};

static struct bf_schema listing = {
    .id = BF_STR_INIT("catalog"),
    .relation = BF_STR_INIT("catalog.listing"),
    .order = BF_STR_INIT("t._seq"),
    .words = BF_STR_INIT("t.words"),
    .columns = columns,
    .n = COLUMNS,
    .facet_order = BF_FACET_VALUE,
};

static bool fill_names(struct bf_arena *a)
{
    bf_map_init(&listing.names, a);
    bool ok = true;
    for (size_t i = 0; i < COLUMNS; i++)
        ok = ok && bf_map_put(&listing.names, columns[i].name, (void *)(uintptr_t)&columns[i]);
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        ok = ok && bf_map_put(&listing.names, aliases[i].name,
                              bf_map_get(&listing.names, aliases[i].column));
    return ok;
}

const struct bf_schema *explore_listing(void)
{
    static struct bf_arena *names; /* of the process */
    if (!names) {
        names = bf_arena_new(MEMORY);
        if (!names || !fill_names(names)) {
            bf_arena_free(names);
            names = NULL;
            return NULL;
        }
    }
    return &listing;
}

struct bf_str explore_listing_select(void)
{
    return BF_STR("dataset_id, modified, records_count");
}

bool explore_listing_row(const struct bf_registry *registry, const struct bf_cell *cells,
                         struct explore_dataset *out)
{
    out->entry = bf_registry_find(registry, bf_cell_text(cells[0]));
    out->modified = bf_cell_instant(cells[1]);
    out->records = bf_cell_int(cells[2]);
    return out->entry != NULL;
}
