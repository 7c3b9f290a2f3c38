/*
 * pull/gbfs: one feed of a system of shared vehicles (GBFS 1.1 to 3.1), or the two about its
 * stations in one.
 *
 * Way        the discovery file says where the feeds are: by language before 3.0 (the wanted one,
 *            else the first), without since. Each is fetched by `get`. Their records become lines
 *            of JSON (pull/gbfs_record); of geofencing_zones properties and geometry of each
 *            feature.
 * Join       station_information and station_status by station_id: each station once, with the
 *            members of both; what both say is taken from `feed`. A station that only one of them
 *            has is a record all the same, those of the other feed at the end, and counted.
 * Ownership  lines go to `take`; texts of `get` are borrowed for as long as the call lasts.
 * Errors     BODY: names the feed, the element (from 1) and what is wrong; PARAMETER: an address
 *            that cannot be one; whatever get and take say. A feed that the system does not offer
 *            is `missing`, which is no good run, but no fault of the body either.
 */
#ifndef BF_PULL_GBFS_H
#define BF_PULL_GBFS_H

#include "core/arena.h"
#include "core/err.h"

enum { BF_GBFS_TTL_MOST = 86400 };

struct bf_gbfs {
    struct bf_str feed, join; /* join: or empty */
    struct bf_str language;
    struct bf_str geometry; /* the member for the geometry of a feature, or empty */
    struct bf_str url;      /* of the discovery file */
    bool (*get)(void *self, struct bf_str url, struct bf_str *text, struct bf_err *err);
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;

    /* Results. */
    bool missing;        /* a feed is not there; err says which */
    int64_t ttl_s;       /* the shortest of the feeds, at most BF_GBFS_TTL_MOST */
    int64_t renewed_us;  /* when the live feed was renewed last; 0: there is none, or it says not */
    uint64_t met, alone; /* stations that both have, and that only `feed` has */
    uint64_t strangers;  /* that only `join` has */
};

bool bf_pull_gbfs(struct bf_gbfs *g, struct bf_str discovery, struct bf_err *err);

#endif
