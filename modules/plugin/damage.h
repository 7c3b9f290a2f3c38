/*
 * plugin/damage: what a handler left behind that the next request must not meet.
 *
 * Purpose    a hook that came back may have closed a descriptor of the server, changed the working
 *            directory, a signal handler or the locale, left a timer running, or taken memory
 *            without end. Other people's requests would pay for that. So the process is looked at
 *            after each request in which a hook ran; a damaged one ends there and then, as if the
 *            hook had crashed.
 * Not at once  a client whose connection was closed sees that before the process is looked at: one
 *            request more may come in until it counts.
 * Cost       some thirty small system calls a request, none a row.
 * Allowed    what open does to signal handlers: plugin/fall puts its own in front of them.
 *
 * State      process-wide, as what it looks at is.
 *
 *     bf_damage_learn();       the process is sound; again after open, when nothing was found
 *     bf_damage_begin();       before the first hook of a request
 *     if (bf_damage_find() != BF_FALL_UNKNOWN) …
 */
#ifndef BF_PLUGIN_DAMAGE_H
#define BF_PLUGIN_DAMAGE_H

#include "plugin/quarantine.h"

/* How many bytes of resident memory one request may add, its own share included. */
void bf_damage_allow(size_t bytes);

void bf_damage_learn(void);
void bf_damage_begin(void);

/* BF_FALL_UNKNOWN: all is well. */
enum bf_fall_cause bf_damage_find(void);
enum bf_fall_cause bf_damage_find_in_open(void); /* without a look at signal handlers */

#endif
