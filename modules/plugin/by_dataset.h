/*
 * plugin/by_dataset: the slot of a dataset in a table of memory that processes share.
 *
 * Purpose    what the quarantine of handlers and the fuses of scripts have in common: a slot is
 *            found by the hash of the dataset's id, belongs to one applied version at a time, and
 *            is never given back.
 * State      the table lies zeroed; each slot begins with a struct bf_by_dataset. A process may be
 *            killed between any two instructions here.
 */
#ifndef BF_PLUGIN_BY_DATASET_H
#define BF_PLUGIN_BY_DATASET_H

#include "core/str.h"

#include <stdatomic.h>

enum { BF_BY_DATASET_NAME = 64 };

struct bf_by_dataset {
    _Alignas(64) _Atomic uint64_t key; /* 0: free */
    _Atomic int64_t applied;
    char name[BF_BY_DATASET_NAME];
};

struct bf_by_dataset_table {
    void *slots;
    size_t n, size;             /* how many, and bytes of each */
    void (*forget)(void *slot); /* what was counted of an earlier version */
};

/* Its number; -1: no room, or no id of a dataset. A later version than the slot's forgets what was
 * counted; an earlier one, of an old generation that opens the dataset late, changes nothing. */
int bf_by_dataset_find(const struct bf_by_dataset_table *table, struct bf_str dataset,
                       int64_t applied_us);

/* NUL-terminated, whatever was written into it. */
void bf_by_dataset_name(const struct bf_by_dataset *slot, char out[BF_BY_DATASET_NAME]);

#endif
