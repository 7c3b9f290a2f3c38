/*
 * catalog/gbfs_feeds: the feeds of a system of shared vehicles, as GBFS 1.1 to 3.1 name them.
 *
 * List       the member of a feed's `data` that has its records; empty: `data` is the only one.
 * Live       it tells the state of this moment, so that one that is not renewed is stale.
 */
#ifndef BF_CATALOG_GBFS_FEEDS_H
#define BF_CATALOG_GBFS_FEEDS_H

#include "core/str.h"

struct bf_gbfs_feed {
    const char *name, *list;
    bool live, features; /* features: the list is a FeatureCollection */
};

const struct bf_gbfs_feed *bf_gbfs_feed(struct bf_str name); /* or NULL */

#endif
