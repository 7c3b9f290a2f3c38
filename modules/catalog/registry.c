#include "catalog/registry.h"

#include "core/log.h"

void bf_registry_init(struct bf_registry *r, struct bf_arena *a)
{
    *r = (struct bf_registry){.arena = a};
    bf_map_init(&r->names, a);
}

bool bf_registry_add(struct bf_registry *r, const struct bf_entry *entry)
{
    if (r->n == r->room) {
        struct bf_entry *more =
            bf_arena_grow(r->arena, r->entries, &r->room, r->n + 1, sizeof *more);
        if (!more)
            return false;
        r->entries = more;
    }
    r->entries[r->n] = *entry;
    r->entries[r->n].index = r->n;
    r->n++;
    return true;
}

/* A name that is taken stays with its first owner: the catalogue lets no two datasets share one. */
static bool put(struct bf_registry *r, struct bf_str name, struct bf_entry *entry)
{
    if (bf_map_put(&r->names, name, entry))
        return true;
    if (!bf_map_get(&r->names, name))
        return false;
    bf_log(BF_LOG_WARNING, "catalog.name", "dataset=%.*s name=%.*s is taken",
           BF_STR_ARG(entry->manifest->id), BF_STR_ARG(name));
    return true;
}

/* Ids before aliases, so that an alias can never hide a dataset. */
bool bf_registry_seal(struct bf_registry *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!put(r, r->entries[i].manifest->id, &r->entries[i]))
            return false;
    for (size_t i = 0; i < r->n; i++) {
        const struct bf_manifest *m = r->entries[i].manifest;
        for (size_t j = 0; j < m->naliases; j++)
            if (!put(r, m->aliases[j], &r->entries[i]))
                return false;
    }
    return true;
}

const struct bf_entry *bf_registry_find(const struct bf_registry *r, struct bf_str id)
{
    return bf_map_get(&r->names, id);
}
