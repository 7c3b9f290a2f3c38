/*
 * catalog/manifest: dataset.json, checked.
 *
 * Purpose    one dataset as its administrator describes it, and as the query language sees it.
 *            handlers/README.md documents the members.
 * Ownership  everything lies in the arena given to the reader.
 * Errors     bf_manifest_read reports every mistake it finds, not only the first, and gives NULL
 *            when there was one.
 * Limits     256 KiB of JSON, 16 levels, no duplicate keys, 500 fields.
 */
#ifndef BF_CATALOG_MANIFEST_H
#define BF_CATALOG_MANIFEST_H

#include "catalog/report.h"
#include "query/schema.h"

/* A text in French with English beside it; en is fr where the manifest has no English. */
struct bf_text2 {
    struct bf_str fr, en;
};

struct bf_manifest_field {
    struct bf_column column;            /* name, type, flags, SQL */
    struct bf_text2 label, description; /* label: the name where there is none */
    struct bf_str unit;                 /* UCUM code, or empty */
    struct bf_str computed;             /* the manifest's SQL expression, or empty */
    /* Instants of this field that end in Z are wall clock of that zone (its IANA name, which exists
     * here); empty: Z is UTC. A name, because a zone is good for one request only
     * (value/zone.h). */
    struct bf_str z_is_local;
    struct bf_str requires; /* the right without which there is no such field, or empty */
    bool in_key;
    bool timerange_filter; /* an annotation for interfaces */
    bool added_by_handler; /* `"handler": true`: output only, filled by the row hook */
};

/* A metadata that no other member says: see catalog/metas. */
struct bf_meta {
    const char *group; /* "custom": the name of a template */
    struct bf_str key;
    const struct bf_str *values;
    size_t n;
    bool list; /* written as a list */
};

struct bf_upstream;
struct bf_area_source;

/* A file beside the manifest: see catalog/files. */
struct bf_file {
    struct bf_str id, file, title, description, mimetype;
};

struct bf_files {
    const struct bf_file *items;
    size_t n;
};

enum bf_file_kind { BF_FILE_ATTACHMENT, BF_FILE_EXPORT, BF_FILE_KINDS };

enum { BF_MANIFEST_COST = 1000 };

struct bf_manifest {
    struct bf_str id; /* [a-z][a-z0-9_-]{0,62} */
    int number;       /* catalog.dataset.number, once it has one (store/catalog); else 0 */
    /* Rights (catalog/rights) without which there is no such dataset, or its records cannot be
     * read; or empty. */
    struct bf_str requires, records_require;
    bool partial;       /* some fields require a right */
    struct bf_str json; /* of a partial one: to read it as others see it */
    struct bf_text2 title, description;
    struct bf_str publisher;
    struct bf_str licence, licence_url;
    const struct bf_str *themes, *keywords;
    size_t nthemes, nkeywords;
    struct bf_str language;    /* "fr" */
    bool synthetic;            /* made by a generator: says so in the metadata */
    int64_t expected_every_us; /* 0: no promise */
    int64_t frozen_after_us;   /* unchanged for longer while pushes arrive: frozen. 0: never */
    int64_t keep_history_us;   /* versions older than this may be pruned; 0: for ever */
    const struct bf_manifest_field *fields;
    size_t nfields;
    const size_t *key; /* indices of the key fields, in manifest order */
    size_t nkey;
    int geometry;                 /* index of the main geometry field, -1: none */
    const struct bf_str *aliases; /* other ids of the dataset */
    size_t naliases;
    const struct bf_str *field_aliases; /* other names of fields; schema.names knows whose */
    size_t nfield_aliases;
    struct bf_map pushed; /* to column: what a push calls a field, beside its names */
    const struct bf_str *pushed_names;
    size_t npushed;
    const struct bf_str *ignored; /* names that a push may carry and that are dropped */
    size_t nignored;
    struct bf_str handler; /* name of the handler, or empty: table */
    bool given;            /* "rows": "handler": its source gives the rows at each request */
    int64_t cost;          /* units that this costs (api/price), 0 to BF_MANIFEST_COST */
    const struct bf_str *option_keys, *option_values;
    size_t noptions;
    const struct bf_meta *metas;
    size_t nmetas;
    struct bf_files files[BF_FILE_KINDS];
    unsigned char digest[32]; /* SHA-256 of the manifest's canonical JSON */
    struct bf_schema schema;  /* columns, aliases, hidden columns; relation data."<id>" */
    const struct bf_generation *generations; /* catalog/generations */
    size_t ngenerations;
    const struct bf_upstream *upstream; /* catalog/upstream: where it is fetched from; or NULL */
    const struct bf_area_source *areas; /* catalog/areas: what its script may look places up in */
    size_t nareas;
};

/* path names the file in the report. */
struct bf_manifest *bf_manifest_read(struct bf_arena *a, struct bf_str json, const char *path,
                                     struct bf_report *report);

/* The same as somebody with these rights sees it; `whole` was read with everything and outlives it.
 * NULL: no memory. */
struct bf_rights;
struct bf_manifest *bf_manifest_visible(struct bf_arena *a, const struct bf_manifest *whole,
                                        const struct bf_rights *rights);

/* Field of this name or alias, or NULL. */
const struct bf_manifest_field *bf_manifest_field(const struct bf_manifest *m, struct bf_str name);
/* Field that a push means by this name: also what "push" lists under "names"; or NULL. */
const struct bf_manifest_field *bf_manifest_pushed(const struct bf_manifest *m, struct bf_str name);

/* How many files go with it, of all kinds. */
size_t bf_manifest_files(const struct bf_manifest *m);

/* Whether the field has a column of its own in data.<id> and past.<id>. */
bool bf_manifest_stored(const struct bf_manifest_field *f);
/* The main geometry, by its field's name, when whoever writes records may give it; or empty. */
struct bf_str bf_manifest_given_geometry(const struct bf_manifest *m);

#endif
