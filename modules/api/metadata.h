/*
 * api/metadata: the metadata of a dataset as JSON values, the same for every protocol.
 *
 * Purpose    what each key of catalog/templates says about a dataset: from its manifest, from the
 *            store, or null.
 * Order      keys come in the order of the templates.
 */
#ifndef BF_API_METADATA_H
#define BF_API_METADATA_H

#include "catalog/registry.h"
#include "catalog/templates.h"
#include "core/buf.h"
#include "value/zone.h"

struct bf_metadata {
    const struct bf_entry *entry;
    int64_t modified; /* instant of its newest commit */
    int64_t records;
    struct bf_str extent;         /* `west south east north`; empty: there is none */
    struct bf_str geometry_types; /* `LineString, Point`; empty: there is none */
    bool english;
    const struct bf_zone *zone;
};

void bf_metadata_print(struct bf_buf *b, const struct bf_metadata *of, const struct bf_template *t,
                       struct bf_str key);

/* `["analyze", "geo"]`. */
void bf_metadata_features(struct bf_buf *b, const struct bf_manifest *m);

/* `"id": …, "title": …, "mimetype": …` of a file, without the brackets: its address follows. */
void bf_metadata_file(struct bf_buf *b, const struct bf_file *f, enum bf_file_kind kind);

/* The text in the language asked for. */
struct bf_str bf_metadata_text(const struct bf_metadata *of, struct bf_text2 text);

#endif
