/*
 * core/self: what this process is made of: its memory, and the descriptors it lives by.
 *
 * Purpose    code that is not ours (a handler) runs in the process between two requests of other
 *            people. A descriptor of the server that it closed would soon be somebody else's: the
 *            next client's connection under the number of the database's. So those who own one say
 *            where its number stands, and whoever lets such code run notes before and looks after.
 * Ownership  the owner releases before it ends. Process-wide, one thread.
 * Limits     16 descriptors; more are not looked after.
 *
 *     bf_self_hold(f, listening_of);              int listening_of(const void *f): -1: none now
 *     bf_self_note(NULL); … bf_self_whole() …     around what is not ours
 *     bf_self_note(c);                            when c has opened another one by itself
 */
#ifndef BF_CORE_SELF_H
#define BF_CORE_SELF_H

#include <stdbool.h>
#include <stddef.h>

void bf_self_hold(const void *owner, int (*fd)(const void *owner));
void bf_self_release(const void *owner); /* all that it holds */

/* owner NULL: of all. */
void bf_self_note(const void *owner);
/* Whether each descriptor is still the file or socket that was noted, unless its owner has another
 * number, or none, by now. */
bool bf_self_whole(void);

size_t bf_self_rss(void);  /* bytes of resident memory; 0: unknown */
size_t bf_self_size(void); /* bytes of address space; 0: unknown */
size_t bf_self_peak(void); /* most bytes that were ever resident; a cheap system call */

#endif
