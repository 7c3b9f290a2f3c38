/*
 * pull/run: one run of a source, from its claim to what is said of it.
 *
 * Way        claim, fetch, find the records, compare, write through the same way in as a push
 *            (api/push/intake), tell. A body that is not newer, or whose records are the same to
 *            the byte, is a sign of life and nothing more.
 * Held       records that were there and are not trusted: none, fewer than half of what the dataset
 *            has (of sources that give the whole set), other names than in the last good run, or
 *            such that the dataset refuses them. They are kept beside the dataset; nothing of it
 *            changes until a later run is good or somebody accepts them.
 * Failed     no records could be had, or not be written.
 * Errors     false only when no run could be made or told of: the store's, NOT_FOUND_RESOURCE (no
 *            such dataset, nothing held), PARAMETER (it has no source).
 */
#ifndef BF_PULL_RUN_H
#define BF_PULL_RUN_H

#include "core/conf.h"
#include "plugin/quarantine.h"
#include "pull/convert.h"
#include "store/upstreams.h"

struct bf_pull_order {
    const struct bf_conf *conf;
    const char *dataset;
    bool forced;                 /* also when it is not due */
    bool accept;                 /* write what is held instead of fetching */
    struct bf_quarantine *falls; /* where a script that ends this process is put down; or NULL */
};

struct bf_pull_report {
    bool made; /* false: it was not due */
    bool busy; /* true: somebody else is at it */
    struct bf_upstream_outcome outcome;
    struct bf_commit_result commit;
    int64_t run;
    char reason[BF_ERR_MESSAGE], detail[512]; /* detail: for the log */
    char note[BF_PULL_NOTE];                  /* how the body was read (pull/convert), or empty */
};

bool bf_pull_run(const struct bf_pull_order *order, struct bf_pull_report *report,
                 struct bf_err *err);

#endif
