#include "core/siphash.h"

enum { WORD = 8, ROUNDS = 2, FINAL_ROUNDS = 4 };

struct state {
    uint64_t v0, v1, v2, v3;
};

/* n bytes, at most WORD, the least significant first. */
static uint64_t read_word(const unsigned char *p, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static uint64_t turn(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void rounds(struct state *s, int n)
{
    for (; n; n--) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = turn(s->v1, 13) ^ s->v0;
        s->v3 = turn(s->v3, 16) ^ s->v2;
        s->v0 = turn(s->v0, 32) + s->v3;
        s->v2 += s->v1;
        s->v3 = turn(s->v3, 21) ^ s->v0;
        s->v1 = turn(s->v1, 17) ^ s->v2;
        s->v2 = turn(s->v2, 32);
    }
}

static void take(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, ROUNDS);
    s->v0 ^= word;
}

uint64_t bf_siphash(const unsigned char key[BF_SIPHASH_KEY], const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t k0 = read_word(key, WORD), k1 = read_word(key + WORD, WORD);
    struct state s = {k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                      k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)};
    size_t left = n;
    for (; left >= WORD; left -= WORD, p += WORD)
        take(&s, read_word(p, WORD));
    take(&s, read_word(p, left) | (uint64_t)n << 56); /* what is left, under the length */
    s.v2 ^= 0xff;
    rounds(&s, FINAL_ROUNDS);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
