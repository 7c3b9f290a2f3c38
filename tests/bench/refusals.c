/*
 * refusals: whether the time of a refusal tells how much of a signature is right.
 *
 *     refusals [SAMPLES]
 *
 * Keys whose signature is wrong in one bit of one byte, the others being right, are judged one
 * after the other in an order drawn by lot each time, so that whatever slows the machine down
 * strikes all alike. Of each kind the median and the quartiles, and Welch's t against the first
 * kind without the slowest quarter: beyond 4.5 either way the times would differ (the limit that
 * TVLA has). The first kind stands there twice: the second line shows what chance alone makes.
 */
#include "auth/base64url.h"
#include "auth/issue.h"
#include "auth/keyring.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIGNATURE = 64, TOKENS = 64, NOW = 1780000000, DAY = 86400 };

static struct kind {
    const char *name;
    int byte; /* of the signature: r is 0 to 31, s is 32 to 63; -1: all of them */
    struct bf_str tokens[TOKENS];
    double *ns;
} kinds[] = {
    {.name = "wrong in the first byte", .byte = 0},
    {.name = "the same once more", .byte = 0},
    {.name = "wrong in the last byte of r", .byte = 31},
    {.name = "wrong in the first byte of s", .byte = 32},
    {.name = "wrong in the last byte", .byte = 63},
    {.name = "wrong in every byte", .byte = -1},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static struct bf_arena *arena;
static struct bf_keyring *ring;
static struct bf_err err;

static void stop(const char *why)
{
    fprintf(stderr, "refusals: %s %s\n", why, err.message);
    exit(1);
}

/* ---- keys ---- */

static struct bf_str issue(struct bf_str private_pem, size_t number)
{
    struct bf_str token;
    struct bf_key_order o = {.kid = BF_STR("bench"),
                             .private_pem = private_pem,
                             .sub = bf_arena_printf(arena, "partner %zu", number),
                             .scope = BF_STR("read"),
                             .issued = NOW,
                             .expires = NOW + DAY,
                             .jti = bf_key_new_id(arena)};
    if (!bf_key_issue(arena, &o, &token, &err))
        stop("no key:");
    return token;
}

static struct bf_str spoil(struct bf_str token, int byte, size_t number)
{
    unsigned char signature[SIGNATURE];
    struct bf_buf b;
    size_t at = token.n;
    while (token.p[at - 1] != '.')
        at--;
    if (bf_base64url_decode((struct bf_str){token.p + at, token.n - at}, signature, SIGNATURE) !=
        SIGNATURE)
        stop("no signature");
    for (int i = 0; i < SIGNATURE; i++)
        if (byte < 0 || i == byte)
            signature[i] ^=
                (unsigned char)(1u << number % 7); /* not the bit that leaves the order */
    bf_buf_init(&b, BF_KEY_TOKEN);
    bf_buf_bytes(&b, token.p, at);
    bf_base64url_encode(&b, signature, SIGNATURE);
    struct bf_str spoilt = bf_arena_dup(arena, bf_buf_view(&b));
    bf_buf_fini(&b);
    return spoilt;
}

static void make_keys(void)
{
    struct bf_str private_pem, public_pem;
    ring = bf_keyring_new();
    if (!ring || !bf_key_generate(arena, &private_pem, &public_pem, &err) ||
        !bf_keyring_add(ring, &(struct bf_public_key){BF_STR("bench"), public_pem}, &err))
        stop("no ring:");
    for (size_t i = 0; i < TOKENS; i++) {
        struct bf_str token = issue(private_pem, i);
        for (size_t k = 0; k < KINDS; k++)
            kinds[k].tokens[i] = spoil(token, kinds[k].byte, i);
    }
}

/* ---- measuring ---- */

static double judge(struct bf_arena *a, struct bf_str token)
{
    struct timespec begun, ended;
    struct bf_claims claims;
    bf_err_clear(&err);
    bf_arena_reset(a);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    bool good = bf_key_verify(ring, a, token, NOW + 1, &claims, &err);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    if (good)
        stop("a spoilt key was accepted");
    return (double)(ended.tv_sec - begun.tv_sec) * 1e9 + (double)(ended.tv_nsec - begun.tv_nsec);
}

static void shuffle(size_t order[KINDS])
{
    for (size_t i = KINDS - 1; i > 0; i--) {
        size_t j = (size_t)(random() % (long)(i + 1)), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

static void measure(size_t samples)
{
    size_t order[KINDS];
    struct bf_arena *a = bf_arena_new(1 << 20);
    for (size_t k = 0; k < KINDS; k++)
        order[k] = k;
    for (size_t n = 0; n < samples; n++) {
        shuffle(order);
        for (size_t k = 0; k < KINDS; k++)
            kinds[order[k]].ns[n] = judge(a, kinds[order[k]].tokens[n % TOKENS]);
    }
    bf_arena_free(a);
}

/* ---- telling ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct moments {
    double mean, variance;
    size_t n;
};

/* Of a sorted list, but for its slowest quarter. */
static struct moments moments_of(const double *ns, size_t samples)
{
    struct moments m = {.n = samples - samples / 4};
    for (size_t i = 0; i < m.n; i++)
        m.mean += ns[i] / (double)m.n;
    for (size_t i = 0; i < m.n; i++)
        m.variance += (ns[i] - m.mean) * (ns[i] - m.mean) / (double)(m.n - 1);
    return m;
}

static void tell(size_t samples)
{
    struct moments first = {0};
    for (size_t k = 0; k < KINDS; k++) {
        double *ns = kinds[k].ns;
        qsort(ns, samples, sizeof *ns, by_size);
        struct moments m = moments_of(ns, samples);
        first = k == 0 ? m : first;
        double t = (m.mean - first.mean) /
                   sqrt(m.variance / (double)m.n + first.variance / (double)first.n);
        printf("a signature %-29s median %6.1f us  (%6.1f..%6.1f)  mean %6.2f us  t %5.2f\n",
               kinds[k].name, ns[samples / 2] / 1000, ns[samples / 4] / 1000,
               ns[samples * 3 / 4] / 1000, m.mean / 1000, t);
    }
}

int main(int argc, char **argv)
{
    size_t samples = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
    samples = samples < 200 ? 200 : samples;
    arena = bf_arena_new(64 << 20);
    bf_err_clear(&err);
    make_keys();
    for (size_t k = 0; k < KINDS; k++)
        if (!(kinds[k].ns = calloc(samples, sizeof *kinds[k].ns)))
            stop("no memory");
    measure(samples);
    tell(samples);
    return 0;
}
