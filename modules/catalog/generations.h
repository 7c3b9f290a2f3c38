/*
 * catalog/generations: a dataset as earlier (or later) APIs show it.
 *
 * Purpose    one stored dataset, several vocabularies: which names its fields have, in which order,
 *            and which words stand for stored values, under which name of the dataset and through
 *            which API. Made from the member "generations" of the manifest:
 *
 *                {"dataset": ["old-id"], "api": ["1.0"],
 *                 "fields": ["nb_velos"], "values": {"etat": {"ON": "EN SERVICE"}}}
 *
 *            dataset   names of the dataset; absent: every name
 *            api       "1.0", "2.0", "2.1"; absent: every API
 *            fields    names or aliases of fields, all that is shown; absent: every field
 *            values    of shown text fields: the stored value, and the word that stands for it, in
 *                      answers and in conditions
 *
 *            The first one that fits is taken; where none fits, the dataset is as it is stored.
 *            Every other name of a field may still be asked for by name.
 * Ownership  everything lies in the reader's arena.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_GENERATIONS_H
#define BF_CATALOG_GENERATIONS_H

#include "catalog/reader.h"

struct bf_generation {
    const struct bf_str *datasets, *apis;
    size_t ndatasets, napis;
    struct bf_schema schema; /* columns that are not shown are hidden ones */
};

/* After everything else of the manifest. */
void bf_generations_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* The schema under that name of the dataset ({NULL, 0}: its id) through that API ("2.1"). */
const struct bf_schema *bf_generation_schema(const struct bf_manifest *m, struct bf_str dataset,
                                             struct bf_str api);

#endif
