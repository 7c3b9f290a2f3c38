#include "limits/seats.h"

enum { PATIENCE = 10000 }; /* looks at somebody who draws: he may have been killed */

static void use(struct bf_seats *s, uint32_t own)
{
    uint32_t used = atomic_load(&s->used);
    while (used <= own && !atomic_compare_exchange_weak(&s->used, &used, own + 1))
        ;
}

static uint64_t number_of(const struct bf_seat *seat, uint64_t who)
{
    uint64_t number = 0;
    for (int i = 0; i < PATIENCE && number == 0 && atomic_load(&seat->who) == who; i++)
        number = atomic_load(&seat->number);
    return number;
}

static bool sits_before(const struct bf_seat *seat, uint64_t who, uint64_t request, uint64_t mine)
{
    return atomic_load(&seat->who) == who && number_of(seat, who) < mine &&
           atomic_load(&seat->who) == who &&
           (request == 0 || atomic_load(&seat->request) != request);
}

bool bf_seats_take(struct bf_seats *s, uint32_t own, uint64_t who, uint64_t request, int64_t most)
{
    int64_t before = 0;
    struct bf_seat *seat = &s->seats[own];
    use(s, own);
    atomic_store(&seat->number, 0);
    atomic_store(&seat->request, request);
    atomic_store(&seat->who, who);
    uint64_t mine = atomic_fetch_add(&s->drawn, 1) + 1;
    atomic_store(&seat->number, mine);
    uint32_t used = atomic_load(&s->used);
    for (uint32_t i = 0; i < used && i < BF_SEATS; i++)
        before += i != own && sits_before(&s->seats[i], who, request, mine);
    if (before < most)
        return true;
    bf_seats_leave(s, own);
    return false;
}

void bf_seats_leave(struct bf_seats *s, uint32_t own)
{
    atomic_store(&s->seats[own].who, 0);
}

int64_t bf_seats_taken(const struct bf_seats *s, uint64_t who)
{
    int64_t n = 0;
    uint32_t used = atomic_load(&s->used);
    for (uint32_t i = 0; i < used && i < BF_SEATS; i++)
        n += atomic_load(&s->seats[i].who) == who;
    return n;
}
