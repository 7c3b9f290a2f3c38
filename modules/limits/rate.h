/*
 * limits/rate: how fast a caller may ask, decided alike by every worker of a node.
 *
 * Purpose    GCRA (the generic cell rate algorithm, ITU-T I.371): a caller's state is one instant,
 *            its theoretical arrival time (TAT). One word of shared memory holds who it is and its
 *            TAT, and one compare-and-swap of that word is the whole decision: nothing is ever
 *            locked, so a process that is killed between any two instructions leaves nothing held.
 * Table      a caller has one place, told by a hash with a secret seed. A place is free again as
 *            soon as its TAT has passed: from then on its caller has its whole burst back, so that
 *            forgetting it changes nothing, and nobody can be made to forget anybody sooner. Who
 *            finds his place taken by a caller with a TAT to come shares the allowance of a word of
 *            a smaller second table with others to whom that happens; when his place becomes free
 *            he begins there anew, which is worth a burst at the most. To hold all places, a
 *            stranger would have to ask from as many addresses within one interval as there are.
 * Cost       what a request costs is taken at once or not at all. More than the burst is granted to
 *            whoever has his whole burst: then he waits until all of it has come back, so nothing
 *            is too dear for ever, and nobody gets more than his rate in the long run.
 * Retries    what a dying worker leaves is asked of another one: the ids of the requests that were
 *            charged last are remembered (bf_rates_charged), so that they are not charged again.
 * Identity   34 bits of the hash: two callers are taken for one with a chance of 2^-34 a pair.
 * Ownership  the caller allocates bf_rates_size() bytes, zeroed, that master and workers share
 *            (mmap MAP_SHARED, page-aligned), and begins them once with bf_rates_init.
 * Units      microseconds of CLOCK_MONOTONIC (bf_clock_mono_us): a change of the wall clock does
 *            not matter. TATs are kept in 48 bits since the start of the table: good for 8.9 years
 *            less the longest burst.
 * Ranges     interval >= 1, 1 <= burst, burst * interval < 2^46.
 *
 *     struct bf_rate rate = bf_rate_of(3000, 500);
 *     if (!bf_rates_take(rates, bf_rates_who(rates, bytes, n), &rate, 1, now, &verdict))
 *         refuse, come back in verdict.wait_us
 */
#ifndef BF_LIMITS_RATE_H
#define BF_LIMITS_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bf_rates;

struct bf_rate {
    int64_t interval_us; /* one request comes back after this; 0: no limit */
    int64_t burst;       /* as many may come at once */
};

struct bf_rate_verdict {
    bool admitted;
    int64_t remaining; /* that would be admitted at once now */
    int64_t full_us;   /* until the whole burst is back */
    int64_t wait_us;   /* refused: until this request would be admitted; else 0 */
};

/* The interval is rounded down to whole microseconds: never stricter than was said. */
struct bf_rate bf_rate_of(int64_t per_minute, int64_t burst);

size_t bf_rates_size(void);
/* seed: random, kept secret. now: the start of the table. */
void bf_rates_init(struct bf_rates *rates, const unsigned char seed[16], int64_t now_us);

/* The hash of a caller; never 0. */
uint64_t bf_rates_who(const struct bf_rates *rates, const void *bytes, size_t n);

/* Takes `cost` requests for the caller, all or none; 0 <= cost < 2^20. */
bool bf_rates_take(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate, int64_t cost,
                   int64_t now_us, struct bf_rate_verdict *verdict);

/* What bf_rates_take would say, with nothing taken. */
void bf_rates_look(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate, int64_t cost,
                   int64_t now_us, struct bf_rate_verdict *verdict);

/* Whether this request was charged already; and that it was. request: a hash of its id, which never
 * comes again; 0: it has none. One in 16384 that were charged since may hide an earlier one. */
bool bf_rates_was_charged(const struct bf_rates *rates, uint64_t request);
void bf_rates_charged(struct bf_rates *rates, uint64_t request);

/* Gives back what bf_rates_take took, when the answer cost nothing after all. Given back after the
 * TAT has passed it is worth nothing any more. */
void bf_rates_give_back(struct bf_rates *rates, uint64_t who, const struct bf_rate *rate,
                        int64_t cost, int64_t now_us);

#endif
