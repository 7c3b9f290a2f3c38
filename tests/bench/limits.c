/*
 * limits: what the limiter costs per request, as ratios against one compare-and-swap in the same
 * run.
 *
 *     limits [MILLIONS]
 *
 * A request without a key: the hash of its address, a look and a taking in both of its rules, and
 * whether it was charged before. One of a partner: the hash of his name, a look and a taking. Then
 * the parts alone. The least of five rounds.
 */
#include "core/clock.h"
#include "limits/rate.h"
#include "limits/seats.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ROUNDS = 5, CALLERS = 4096 };

static struct bf_rates *rates;
static struct bf_seats *seats;
static const struct bf_rate rate = {.interval_us = 1, .burst = 1 << 30};
static _Atomic uint64_t word;
static uint64_t who_all;
static int64_t now;

static void *map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return p;
}

static void swap(uint64_t n)
{
    uint64_t seen = atomic_load(&word);
    atomic_compare_exchange_strong(&word, &seen, n);
}

static uint64_t who(uint64_t n)
{
    unsigned char address[9] = {4, (unsigned char)(n >> 8 & 15), (unsigned char)n};
    return bf_rates_who(rates, address, sizeof address);
}

static void hash(uint64_t n)
{
    atomic_store_explicit(&word, who(n), memory_order_relaxed);
}

static void look(uint64_t n)
{
    struct bf_rate_verdict v;
    bf_rates_look(rates, n % CALLERS, &rate, 1, now, &v);
}

static void take(uint64_t n)
{
    struct bf_rate_verdict v;
    bf_rates_take(rates, n % CALLERS, &rate, 1, now, &v);
}

static void without_key(uint64_t n)
{
    struct bf_rate_verdict v;
    uint64_t caller = who(n);
    bf_rates_look(rates, caller, &rate, 1, now, &v);
    bf_rates_look(rates, who_all, &rate, 1, now, &v);
    bf_rates_was_charged(rates, n | 1);
    bf_rates_take(rates, caller, &rate, 1, now, &v);
    bf_rates_take(rates, who_all, &rate, 1, now, &v);
    bf_rates_charged(rates, n | 1);
}

static void partner(uint64_t n)
{
    struct bf_rate_verdict v;
    uint64_t caller = who(n);
    bf_rates_look(rates, caller, &rate, 1, now, &v);
    bf_rates_was_charged(rates, n | 1);
    bf_rates_take(rates, caller, &rate, 1, now, &v);
    bf_rates_charged(rates, n | 1);
}

static void seat(uint64_t n)
{
    if (bf_seats_take(seats, 1, n | 1, 0, 2))
        bf_seats_leave(seats, 1);
}

static const struct {
    const char *name;
    void (*run)(uint64_t n);
} cases[] = {
    {"one compare-and-swap (reference)", swap},
    {"a request without a key", without_key},
    {"a request of a partner", partner},
    {"hash of a caller", hash},
    {"look", look},
    {"take", take},
    {"a seat taken and left", seat},
};

static double least_ns(void (*run)(uint64_t n), uint64_t times)
{
    double least = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begun = bf_clock_mono_us();
        now = begun;
        for (uint64_t n = 0; n < times; n++)
            run(n);
        double ns = (double)(bf_clock_mono_us() - begun) * 1000 / (double)times;
        least = round == 0 || ns < least ? ns : least;
    }
    return least;
}

int main(int argc, char **argv)
{
    uint64_t times = (argc > 1 ? strtoull(argv[1], NULL, 10) : 1) * 1000000;
    rates = map(bf_rates_size());
    seats = map(sizeof *seats);
    bf_rates_init(rates, (const unsigned char *)"the bench's seed", bf_clock_mono_us());
    who_all = bf_rates_who(rates, "anonymous", sizeof "anonymous");
    double reference = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double ns = least_ns(cases[i].run, times);
        reference = i == 0 ? ns : reference;
        printf("%-34s %7.1f ns  ratio %6.1f\n", cases[i].name, ns, ns / reference);
    }
    return 0;
}
