/*
 * api/listing: the catalogue as the query language sees it (explore-v2.1, 4.3 and 10.9).
 *
 * Names      the members of a dataset object (dataset_id, features, metas, …), which are what `*`
 *            stands for; `datasetid`; and every metadata as `template.key`. Those of the template
 *            default go without their prefix, too, and that is their name as facets.
 * SQL        over the view catalog.listing. Members and metadata that only an answer can show
 *            (fields, metas, bbox, …) can be selected, not filtered on.
 * Language   title and description are those of the language asked for: a schema for each.
 * Private    the relation holds the datasets that the rights show and no others, even of those that
 *            were applied a moment ago; so do the counts of the catalogue, which are made of it.
 * Ownership  made once for each view of the catalogue (api/visibility), and lives as long.
 */
#ifndef BF_API_LISTING_H
#define BF_API_LISTING_H

#include "api/metadata.h"
#include "catalog/rights.h"
#include "query/query.h"
#include "value/cell.h"

/* What an output of the catalogue shows. */
enum bf_listed {
    BF_LISTED_VISIBILITY,
    BF_LISTED_FIELDS,
    BF_LISTED_ID,
    BF_LISTED_UID,
    BF_LISTED_HAS_RECORDS,
    BF_LISTED_FEATURES,
    BF_LISTED_ATTACHMENTS,
    BF_LISTED_ALTERNATIVE_EXPORTS,
    BF_LISTED_DATA_VISIBLE,
    BF_LISTED_METAS,
    BF_LISTED_META,   /* one of a template */
    BF_LISTED_CARRIED /* never named */
};

struct bf_listed_column {
    enum bf_listed what;
    const struct bf_template *group; /* META */
    struct bf_str key;
};

struct bf_listing {
    const struct bf_schema *schema;
    const struct bf_listed_column *columns; /* beside schema->columns */
    const struct bf_str *custom;            /* keys of the portal's own metadata */
    size_t ncustom;
    const struct bf_column *extent; /* the box around a dataset; shown as default.bbox */
    const struct bf_column *geometry_types;
    bool inspire; /* some dataset has such metadata */
};

/* Zeroed: none is made yet. */
struct bf_listings {
    struct {
        struct bf_arena *arena; /* NULL: not made */
        struct bf_listing listing;
    } in[2]; /* French, English */
};

/* registry: what somebody with these rights sees. NULL: no memory. */
const struct bf_listing *bf_listing(struct bf_listings *all, const struct bf_registry *registry,
                                    const struct bf_rights *rights, bool english);
void bf_listings_fini(struct bf_listings *all);

/* What a column of the schema shows. */
const struct bf_listed_column *bf_listing_column(const struct bf_listing *l,
                                                 const struct bf_column *column);

/* Makes rows carry what a dataset needs to be shown, before the SQL is made; and reads it. `metas`:
 * all metadata are shown, whatever the query selects. */
bool bf_listing_carry(const struct bf_listing *l, struct bf_query *q, bool metas,
                      struct bf_err *err);
/* false: applied a moment ago, the next generation of workers knows it. */
bool bf_listing_row(const struct bf_listing *l, const struct bf_registry *registry,
                    const struct bf_query *q, const struct bf_cell *cells, struct bf_metadata *out);

#endif
