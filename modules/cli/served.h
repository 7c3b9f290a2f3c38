/*
 * cli/served: waiting until the server of this run_dir serves what a command has changed.
 *
 * Purpose    when `beffroi apply` has ended, every worker knows the datasets: the next request may
 *            come to any of them.
 * Errors     none: without a running server there is nothing to wait for; a server that keeps its
 *            old catalogue is told on stderr with its reason.
 */
#ifndef BF_CLI_SERVED_H
#define BF_CLI_SERVED_H

#include "worker/shared.h"

struct bf_served {
    bool running;
    struct bf_shared shared;
    uint64_t catalog; /* changes heard so far */
    uint64_t failed;  /* reloads that failed so far */
};

/* Before the first change. */
void bf_served_begin(struct bf_served *s, const struct bf_conf *conf);

/* After `changes` datasets were changed; at most 20 s. Closes it. */
void bf_served_wait(struct bf_served *s, size_t changes);

#endif
