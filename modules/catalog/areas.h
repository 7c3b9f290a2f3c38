/*
 * catalog/areas: which datasets of contours the script of a dataset may look places up in.
 *
 *     "areas": {"communes": {"dataset": "communes", "fields": ["insee", "nom"]}}
 *
 * Purpose    geo.area("communes", lon, lat) in on_ingest then gives insee and nom of the record of
 *            that dataset whose main geometry holds the point. Reading is not done here.
 * Ownership  everything lies in the manifest's arena.
 * Limits     BF_AREA_LAYERS layers of BF_AREA_FIELDS fields.
 * Errors     go to the report. Whether the other dataset is there, and has these fields, shows when
 *            a batch comes: it may be applied later, and is not this manifest's.
 */
#ifndef BF_CATALOG_AREAS_H
#define BF_CATALOG_AREAS_H

#include "catalog/reader.h"

enum { BF_AREA_LAYERS = 4, BF_AREA_FIELDS = 8 };

struct bf_area_source {
    struct bf_str name, dataset;
    const struct bf_str *fields;
    size_t nfields;
};

/* The member `areas` of a manifest, into m->areas. */
void bf_area_sources_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);

#endif
