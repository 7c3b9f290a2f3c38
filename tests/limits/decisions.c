/*
 * decisions: takes from one table of rates in many processes, and writes every decision down.
 *
 *     decisions FILE PROCESSES CALLERS DECISIONS KILLED SEED [COST]
 *
 * Each decision is about a cost of 1, or one at random up to COST.
 * Every process takes until DECISIONS were begun by all together; KILLED of them are killed at
 * random moments and are not replaced. FILE then holds one record per decision that was written, in
 * the form of struct record; a process that was killed between a decision and its record leaves a
 * gap of one. What the records have to prove is in tests/suites/test_rates.py.
 */
#include "core/clock.h"
#include "limits/rate.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 100, INTERVAL_US = 50, PROCESSES_MOST = 64 };

struct record {
    uint32_t caller, cost; /* cost: 0 until the record is whole */
    int64_t now_us, admitted;
    int64_t remaining, full_us, wait_us;
};

struct shared {
    _Atomic uint64_t begun;
    struct record records[];
};

static void *map(size_t bytes, int fd)
{
    int flags = fd < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return p;
}

static void decide(struct bf_rates *rates, struct shared *s, uint64_t decisions, unsigned callers,
                   unsigned cost_most, unsigned seed)
{
    const struct bf_rate rate = {.interval_us = INTERVAL_US, .burst = BURST};
    srandom(seed);
    for (uint64_t n; (n = atomic_fetch_add(&s->begun, 1)) < decisions;) {
        struct record *r = &s->records[n];
        struct bf_rate_verdict v;
        uint32_t cost = cost_most > 1 ? 1 + (uint32_t)random() % cost_most : 1;
        r->caller = (uint32_t)random() % callers;
        r->now_us = bf_clock_mono_us();
        uint64_t who = bf_rates_who(rates, &r->caller, sizeof r->caller);
        r->admitted = bf_rates_take(rates, who, &rate, cost, r->now_us, &v);
        r->remaining = v.remaining;
        r->full_us = v.full_us;
        r->wait_us = v.wait_us;
        atomic_thread_fence(memory_order_release);
        r->cost = cost;
    }
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc < 7 || argc > 8 || number(argv[2]) > PROCESSES_MOST) {
        fprintf(stderr, "usage: decisions FILE PROCESSES CALLERS DECISIONS KILLED SEED [COST]\n");
        return 2;
    }
    uint64_t processes = number(argv[2]), decisions = number(argv[4]), killed = number(argv[5]);
    unsigned seed = (unsigned)number(argv[6]);
    unsigned cost_most = argc > 7 ? (unsigned)number(argv[7]) : 1;
    size_t bytes = sizeof(struct shared) + decisions * sizeof(struct record);
    int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0) {
        perror(argv[1]);
        return 1;
    }
    struct shared *s = map(bytes, fd);
    struct bf_rates *rates = map(bf_rates_size(), -1);
    bf_rates_init(rates, (const unsigned char *)"decisions' seed.", bf_clock_mono_us());
    pid_t pids[PROCESSES_MOST];
    for (uint64_t i = 0; i < processes; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            decide(rates, s, decisions, (unsigned)number(argv[3]), cost_most,
                   seed * 64 + (unsigned)i);
            _exit(0);
        }
    }
    srandom(seed);
    for (uint64_t i = 0; i < killed; i++) {
        uint64_t until = (uint64_t)random() % (decisions / 2);
        while (atomic_load(&s->begun) < until)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        kill(pids[i], SIGKILL);
    }
    while (wait(NULL) > 0)
        continue;
    return 0;
}
