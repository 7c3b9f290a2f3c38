/*
 * store/tables: data.<dataset> and past.<dataset>.
 *
 * Purpose    creates both, adds the columns of new fields, sets what suits the pace of the dataset.
 *            Columns are never dropped or changed.
 * Order      text is compared by bytes (COLLATE "C"), whatever the cluster's locale is: the order
 *            of answers is part of the contract.
 */
#ifndef BF_STORE_TABLES_H
#define BF_STORE_TABLES_H

#include "catalog/change.h"
#include "store/applying.h"

bool bf_tables_create(struct bf_applying *a);
bool bf_tables_migrate(struct bf_applying *a);

/* Reports the merges that would lose a value. */
bool bf_tables_check_merges(struct bf_applying *a, const struct bf_merge *merges, size_t n);

#endif
