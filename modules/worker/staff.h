/*
 * worker/staff: forking and burying worker processes, on behalf of the master.
 *
 * Purpose    a process gets a slot of the scoreboard before its fork and gives it back when it is
 *            gone. Processes that a dead master left (orphans) are found in the scoreboard; they
 *            are the guardian's children by then, and are watched by their identity.
 * Back-off   per pool: a process that ends unasked costs one of 40 tokens, of which 10 come back in
 *            a second. Without a token the next fork waits 100 ms, then twice as long each time, up
 *            to 5 s; so it does after a process that did not live to its first look for a request.
 * Log        at most 20 deaths of a pool in 10 s are told one by one, the rest as a number.
 */
#ifndef BF_WORKER_STAFF_H
#define BF_WORKER_STAFF_H

#include "worker/worker.h"

struct bf_crew {
    int64_t tokens_us; /* a token is 100 ms */
    int64_t refilled_us, not_before_us, pause_us, bad_us;
    int64_t told_since_us;
    unsigned told, untold;
};

/* The call into a handler that a worker was seen in. */
struct bf_hook_seen {
    int seat;
    uint32_t call;
    int64_t since_us; /* 0: it was in none */
};

struct bf_staff {
    const struct bf_privileges *privileges;
    const struct bf_shared *shared;
    const int *sockets;
    pid_t guardian;
    struct bf_crew crews[BF_CREWS];
    struct bf_hook_seen hooks[BF_BOARD_SLOTS];
    bool orphan[BF_BOARD_SLOTS];
    bool overdue[BF_BOARD_SLOTS]; /* killed by us for being too slow */
    unsigned early_deaths;        /* since the master last set it to 0 */
};

/* Finds what a dead master left. */
void bf_staff_init(struct bf_staff *s);
/* One process more, if the back-off allows it now. */
bool bf_staff_fork(struct bf_staff *s, const struct bf_conf *conf, unsigned pool,
                   uint64_t generation);
/* Asks it to finish what it holds and to end. */
void bf_staff_drain(struct bf_staff *s, struct bf_slot *slot);
void bf_staff_kill(struct bf_staff *s, struct bf_slot *slot, bool overdue);
/* Collects everything that has ended. */
void bf_staff_bury(struct bf_staff *s);

/* Loops over the slots in use. */
struct bf_slot *bf_staff_next(const struct bf_staff *s, uint32_t *at);

#endif
