/*
 * cli/served: waiting until the server of this run_dir serves what a command has changed.
 *
 * Purpose    when `beffroi apply` has ended, every worker knows the datasets: the next request may
 *            come to any of them.
 * Errors     without a running server there is nothing to wait for; a server that keeps its old
 *            catalogue is told on stderr with its reason.
 */
#ifndef BF_CLI_SERVED_H
#define BF_CLI_SERVED_H

#include "worker/shared.h"

enum { BF_NOT_SERVED = 4 }; /* exit status: done, but the server has refused to serve it */

struct bf_served {
    bool running;
    struct bf_shared shared;
    uint64_t catalog; /* changes heard so far */
    uint64_t begun;   /* the newest generation so far */
};

/* Before the first change. */
void bf_served_begin(struct bf_served *s, const struct bf_conf *conf);

/* After `changes` datasets were changed; at most 20 s, and while a generation is being tried.
 * Closes it. false: the server has refused them. */
bool bf_served_wait(struct bf_served *s, size_t changes);

#endif
