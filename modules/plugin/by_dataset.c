#include "plugin/by_dataset.h"

#include <string.h>

/* Of several processes that come with another version at once, the one that wins the exchange
 * forgets. */
static void take_version(const struct bf_by_dataset_table *table, struct bf_by_dataset *slot,
                         int64_t applied)
{
    int64_t seen = atomic_load(&slot->applied);
    while (seen < applied) {
        if (!atomic_compare_exchange_weak(&slot->applied, &seen, applied))
            continue;
        if (seen)
            table->forget(slot);
        return;
    }
}

int bf_by_dataset_find(const struct bf_by_dataset_table *table, struct bf_str dataset,
                       int64_t applied_us)
{
    uint64_t key = bf_str_hash(dataset);
    key = key ? key : 1;
    if (dataset.n == 0 || dataset.n >= BF_BY_DATASET_NAME)
        return -1;
    for (size_t probe = 0; probe < table->n; probe++) {
        size_t at = (key + probe) % table->n;
        struct bf_by_dataset *slot = (void *)((char *)table->slots + at * table->size);
        uint64_t seen = 0;
        if (!atomic_compare_exchange_strong(&slot->key, &seen, key) && seen != key)
            continue;
        /* Every process of this dataset writes the same bytes: no order to keep. */
        memcpy(slot->name, dataset.p, dataset.n);
        take_version(table, slot, applied_us);
        return (int)at;
    }
    return -1;
}

void bf_by_dataset_name(const struct bf_by_dataset *slot, char out[BF_BY_DATASET_NAME])
{
    memcpy(out, slot->name, BF_BY_DATASET_NAME);
    out[BF_BY_DATASET_NAME - 1] = '\0';
}
