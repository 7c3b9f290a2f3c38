/*
 * core/map: names to pointers.
 *
 * Purpose    looking up datasets, fields, statements by name inside one process.
 * Ownership  the table lives in the arena given to bf_map_init; keys and values are borrowed and
 *            must live as long.
 * Errors     bf_map_put returns false when the arena is full or the name is there already.
 */
#ifndef BF_CORE_MAP_H
#define BF_CORE_MAP_H

#include "core/arena.h"

struct bf_map_entry;

struct bf_map {
    struct bf_arena *arena;
    struct bf_map_entry *entries;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

void bf_map_init(struct bf_map *map, struct bf_arena *arena);
bool bf_map_put(struct bf_map *map, struct bf_str name, void *value); /* value is not NULL */
void *bf_map_get(const struct bf_map *map, struct bf_str name);       /* NULL: not there */

#endif
