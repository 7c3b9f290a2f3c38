/*
 * query/schema: what the query language may name.
 *
 * Purpose    a dataset (or the catalogue) as ODSQL sees it: its columns and where they lie in SQL.
 *            Made by catalog/ from a manifest; the only source of names in SQL text.
 * Ownership  borrowed by every query; lives as long as the generation that loaded the catalogue.
 */
#ifndef BF_QUERY_SCHEMA_H
#define BF_QUERY_SCHEMA_H

#include "core/map.h"
#include "value/type.h"

enum bf_column_flag {
    BF_COLUMN_FACET = 1,
    BF_COLUMN_SORTABLE = 2,
    BF_COLUMN_DISJUNCTIVE = 4,
    BF_COLUMN_HIDDEN = 8, /* technical (recordid): may be named, is not part of `*` */
    /* Filled by a handler or hook: may be selected, not filtered or sorted on. */
    BF_COLUMN_OUTPUT_ONLY = 16,
    BF_COLUMN_COMPUTED = 32,    /* an SQL expression of the manifest */
    BF_COLUMN_MULTIVALUED = 64, /* a text that holds several values: see `list` */
    BF_COLUMN_SEARCHED = 128,   /* its words are part of the schema's `words` */
    BF_COLUMN_UNLISTED = 256,   /* HIDDEN, and no facet unless it is asked for by name */
};

/* The order of a facet's values (contract 3.3): `count` and `-count`; by value: `alphanum` for
 * texts and dates, `num` for numbers, with a minus the other way round. */
enum bf_facet_order {
    BF_FACET_UNORDERED, /* the schema's choice */
    BF_FACET_COUNT,
    BF_FACET_COUNT_DOWN,
    BF_FACET_VALUE,
    BF_FACET_VALUE_DOWN
};

/* A stored value, and the word that stands for it in answers. */
struct bf_spelling {
    struct bf_str stored, word;
};

struct bf_column {
    struct bf_str name;
    enum bf_type type;
    unsigned flags; /* enum bf_column_flag */
    /* Expression over the row alias t: `t."nom"` or `(…)`; empty for OUTPUT_ONLY. */
    struct bf_str sql;
    struct bf_str list;      /* MULTIVALUED: SQL of its values, type text[] */
    struct bf_str separator; /* MULTIVALUED: what stands between them in the text; empty: a list */
    struct bf_str path;      /* of a hierarchical text: what stands between its levels; or empty */
    enum bf_facet_order facet_order;
    const struct bf_spelling *spellings; /* of a text that is shown in other words */
    size_t nspellings;
};

struct bf_schema {
    struct bf_str id;       /* dataset id, for messages */
    const int *number;      /* the dataset's in catalog.word; NULL: the catalogue */
    bool french;            /* its words have the endings of French */
    struct bf_str relation; /* SQL: `data."vlille-realtime"` */
    /* The same with all earlier versions, SQL in brackets; empty: only the present is kept. */
    struct bf_str history;
    struct bf_str during; /* with history: that a version was current at the commit `@` */
    struct bf_str order;  /* SQL of the total order that completes every order: `t._seq` */
    /* SQL of the record's id, type bytea (20 bytes): `t._id`; empty: none. */
    struct bf_str record_id;
    /* SQL of the words of all visible text, type tsvector, as the index of `beffroi apply` has it;
     * empty: no text. */
    struct bf_str words;
    bool selected; /* the relation is a part of what its state counts: a total is always counted */
    bool weighted; /* its words carry weights, by which rows that were found are ordered */
    const struct bf_column *columns;
    size_t n;
    enum bf_facet_order facet_order; /* of facets that do not choose one */
    struct bf_map names;             /* name or alias -> const struct bf_column * (cast) */
};

/* NULL: no such column. */
const struct bf_column *bf_schema_column(const struct bf_schema *schema, struct bf_str name);

/* What conditions look for when they name that value: a stored value that is never shown is its
 * word, so that the spelling of another time finds the same records. */
struct bf_str bf_column_word(const struct bf_column *column, struct bf_str value);

#endif
