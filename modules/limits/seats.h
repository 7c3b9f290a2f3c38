/*
 * limits/seats: how many requests of a caller are at work at the same time, over all workers of a
 * node.
 *
 * Purpose    a worker has one request at a time, so it has one seat, and who sits there is one
 *            word: nobody keeps a counter that could be left too high. A worker that was killed
 *            leaves its seat taken until its slot is given to another worker, which empties it;
 *            nothing ever leaks.
 * Promise    of one caller never more than `most` sit at once, whoever takes a seat when: who comes
 *            draws a number (Lamport's bakery), and counts those of the same caller that drew a
 *            smaller one. Who was refused may count for a moment: never too many, sometimes one too
 *            few.
 * Retries    a request that was given to another worker does not count beside itself.
 * Ownership  zeroed memory that all workers share.
 */
#ifndef BF_LIMITS_SEATS_H
#define BF_LIMITS_SEATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { BF_SEATS = 2048 };

struct bf_seat {
    _Atomic uint64_t who;     /* 0: empty */
    _Atomic uint64_t number;  /* 0: is being drawn */
    _Atomic uint64_t request; /* a hash of its id; 0: it has none */
};

struct bf_seats {
    _Atomic uint64_t drawn;
    _Atomic uint32_t used; /* no seat at or after this was ever taken */
    struct bf_seat seats[BF_SEATS];
};

/* The calling worker's own seat, for a caller (not 0) of whom `most` may sit. */
bool bf_seats_take(struct bf_seats *s, uint32_t own, uint64_t who, uint64_t request, int64_t most);
void bf_seats_leave(struct bf_seats *s, uint32_t own);

/* How many of the caller sit now. */
int64_t bf_seats_taken(const struct bf_seats *s, uint64_t who);

#endif
