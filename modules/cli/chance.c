#include "cli/chance.h"

/* Vigna's splitmix64 (public domain). */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t chance(uint64_t seed, uint64_t what, uint64_t which)
{
    return mix(mix(mix(seed) ^ what) ^ which);
}

int64_t bf_chance_below(uint64_t seed, uint64_t what, uint64_t which, int64_t below)
{
    return (int64_t)(chance(seed, what, which) % (uint64_t)below);
}

int64_t bf_wave(int64_t at, int64_t period, int64_t phase)
{
    int64_t place = (at + phase) % period * 4000 / period; /* 0 .. 3999 */
    if (place < 1000)
        return place;
    return place < 3000 ? 2000 - place : place - 4000;
}
