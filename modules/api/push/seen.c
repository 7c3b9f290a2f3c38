#include "api/push/seen.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 12, FIRST_ROOM = 1024 };

struct slot {
    unsigned char id[KEPT];
    uint32_t number; /* 0: free */
};

struct bf_seen {
    struct slot *slots;
    size_t room; /* a power of two */
    size_t n;
};

struct bf_seen *bf_seen_new(void)
{
    struct bf_seen *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->room = FIRST_ROOM;
    s->slots = calloc(s->room, sizeof *s->slots);
    if (s->slots)
        return s;
    free(s);
    return NULL;
}

void bf_seen_free(void *seen)
{
    struct bf_seen *s = seen;
    if (!s)
        return;
    free(s->slots);
    free(s);
}

/* The id is a digest: its first bytes are as good a hash as any. */
static struct slot *find(struct slot *slots, size_t room, const unsigned char *id)
{
    uint64_t hash;
    memcpy(&hash, id, sizeof hash);
    for (size_t i = hash & (room - 1);; i = (i + 1) & (room - 1))
        if (!slots[i].number || memcmp(slots[i].id, id, KEPT) == 0)
            return &slots[i];
}

static bool grow(struct bf_seen *s)
{
    size_t room = s->room * 2;
    struct slot *slots = calloc(room, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < s->room; i++)
        if (s->slots[i].number)
            *find(slots, room, s->slots[i].id) = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->room = room;
    return true;
}

int64_t bf_seen_add(struct bf_seen *s, const unsigned char id[BF_RECORD_ID], uint32_t number)
{
    if (s->n * 4 >= s->room * 3 && !grow(s))
        return BF_SEEN_FULL;
    struct slot *slot = find(s->slots, s->room, id);
    if (slot->number)
        return slot->number;
    memcpy(slot->id, id, KEPT);
    slot->number = number;
    s->n++;
    return BF_SEEN_NEW;
}
