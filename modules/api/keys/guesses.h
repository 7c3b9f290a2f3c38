/*
 * api/keys/guesses: keys that are none, and codes of events that are none, by address.
 *
 * Purpose    a key that nobody has seen costs a check of its signature (some 50 us) before it is
 *            refused. Of those that are refused an address has BF_GUESSES at once and
 *            BF_GUESSES_MINUTE a minute (a node spends half a percent of a processor on each); then
 *            429 with Retry-After, before anything is checked. Keys that this worker knows go on,
 *            whoever guesses behind their address.
 * Codes      of an event are short, so trying them out is worth more: an address has
 *            BF_GUESSES_CODES wrong ones at once and BF_GUESSES_CODES_MINUTE a minute; then 429 for
 *            every code but one that was right there in the last hour. So when one device behind an
 *            address has its key, those beside it get theirs, whoever else guesses there.
 * Free       requests from this machine (limits/caller).
 * Errors     RATE.
 */
#ifndef BF_API_KEYS_GUESSES_H
#define BF_API_KEYS_GUESSES_H

#include "core/str.h"

enum {
    BF_GUESSES = 1000,
    BF_GUESSES_MINUTE = 6000,
    BF_GUESSES_CODES = 100,
    BF_GUESSES_CODES_MINUTE = 60
};

struct bf_request;

/* Before a key is judged. */
bool bf_guesses_allow(struct bf_request *r, struct bf_str token);
/* It was none. */
void bf_guesses_count(struct bf_request *r);

/* Before a code is judged; one that cannot be read is empty. */
bool bf_guesses_allow_code(struct bf_request *r, struct bf_str code);
/* What became of it. */
void bf_guesses_count_code(struct bf_request *r, struct bf_str code, bool right);

#endif
