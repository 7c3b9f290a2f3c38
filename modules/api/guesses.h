/*
 * api/guesses: keys that are none, by address.
 *
 * Purpose    a key that nobody has seen costs a check of its signature (some 50 us) before it is
 *            refused. Of those that are refused an address has BF_GUESSES at once and
 *            BF_GUESSES_MINUTE a minute (a node spends half a percent of a processor on each); then
 *            429 with Retry-After, before anything is checked. Keys that this worker knows go on,
 *            whoever guesses behind their address.
 * Free       requests from this machine (limits/caller).
 * Errors     RATE.
 */
#ifndef BF_API_GUESSES_H
#define BF_API_GUESSES_H

#include "core/str.h"

enum { BF_GUESSES = 1000, BF_GUESSES_MINUTE = 6000 };

struct bf_request;

/* Before a key is judged. */
bool bf_guesses_allow(struct bf_request *r, struct bf_str token);
/* It was none. */
void bf_guesses_count(struct bf_request *r);

#endif
