/*
 * pull/puller: the process that fetches the sources of datasets when they are due.
 *
 * Purpose    one of a node. It sleeps until the next source is due or the catalogue changes, and
 *            lets each run be made by a process of its own (pull/run), so that what one source
 *            sends can cost that run alone: a child that crashes, grows or does not end is that
 *            run's failure and nothing else. When it was the script of the dataset that ended it,
 *            the run says so; after three times in a minute its runs fail without asking it, for a
 *            minute at first (plugin/quarantine, a table of the puller's own).
 * Wall       what strangers send is read, repaired and written in the process of its run alone:
 *            `confine`, or NULL, takes from that what it has no use for before it begins.
 * Nodes      every node may run one; who runs a source is decided in the database
 *            (store/upstreams).
 * Besides    publishes the runs as records of the dataset `ingestions` (store/ingestions).
 * End        *stop: children are ended; their runs count as interrupted.
 */
#ifndef BF_PULL_PULLER_H
#define BF_PULL_PULLER_H

#include "core/conf.h"

#include <signal.h>

void bf_puller(const struct bf_conf *conf, bool (*confine)(void),
               const volatile sig_atomic_t *stop);

#endif
