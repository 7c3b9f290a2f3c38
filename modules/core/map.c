#include "core/map.h"

struct bf_map_entry {
    struct bf_str name;
    void *value; /* NULL: free */
    uint64_t hash;
};

void bf_map_init(struct bf_map *map, struct bf_arena *arena)
{
    *map = (struct bf_map){.arena = arena};
}

/* Linear probing: the entry of that name, or the free one where it belongs. */
static struct bf_map_entry *find(const struct bf_map *map, struct bf_str name, uint64_t hash)
{
    size_t mask = map->room - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct bf_map_entry *e = &map->entries[i];
        if (!e->value || (e->hash == hash && bf_str_eq(e->name, name)))
            return e;
    }
}

static bool grow(struct bf_map *map)
{
    struct bf_map bigger = {.arena = map->arena, .room = map->room ? map->room * 2 : 16};
    bigger.entries = bf_arena_zalloc(map->arena, bigger.room, sizeof *bigger.entries);
    if (!bigger.entries)
        return false;
    for (size_t i = 0; i < map->room; i++)
        if (map->entries[i].value)
            *find(&bigger, map->entries[i].name, map->entries[i].hash) = map->entries[i];
    bigger.count = map->count;
    *map = bigger;
    return true;
}

bool bf_map_put(struct bf_map *map, struct bf_str name, void *value)
{
    if (map->count * 4 >= map->room * 3 && !grow(map))
        return false;
    uint64_t hash = bf_str_hash(name);
    struct bf_map_entry *e = find(map, name, hash);
    if (e->value)
        return false;
    *e = (struct bf_map_entry){name, value, hash};
    map->count++;
    return true;
}

void *bf_map_get(const struct bf_map *map, struct bf_str name)
{
    return map->room ? find(map, name, bf_str_hash(name))->value : NULL;
}
