/*
 * store/usage_publish: a day that is over becomes records of the dataset `usage-quotidien`.
 *
 * Purpose    the sum over all nodes, cell by cell, written through an ordinary commit.
 * Small cells (fewer than `least` requests) are never published: those of one route become one cell
 *            for every kind of client; when that is still small, one of the dataset; then one of
 *            everything. What is left is a record without numbers that says `masque`. Cells that
 *            are published never overlap and there are no totals, so nothing is found by
 *            subtracting. Datasets that are gone, or that need a right to be read, are never named:
 *            they belong to the cell of everything.
 * Once       what is published is decided in one statement (catalog.usage_day) and never changes:
 *            two editions of a day would tell by their difference what was hidden. So it does not
 *            matter who dies when, nor which node does it; what a node tells later is shown to the
 *            operator alone.
 * Errors     the store's; NOT_FOUND_RESOURCE: there is no dataset usage-quotidien; CONFLICT: the
 *            day is not over, or it has no requests; PARAMETER: the dataset lacks one of our
 *            fields.
 */
#ifndef BF_STORE_USAGE_PUBLISH_H
#define BF_STORE_USAGE_PUBLISH_H

#include "store/commit.h"

#define BF_USAGE_DATASET_ID "usage-quotidien"

/* Publishes the day; result->added is 0 when the dataset had it. date: days since 1970. */
bool bf_usage_publish(struct bf_conn *c, int32_t date, int64_t least,
                      struct bf_commit_result *result, struct bf_err *err);

/* The oldest day that is over and not yet published, and of which every node that counted has told
 * everything, or has been silent for so many hours since. INT32_MIN: none. */
bool bf_usage_due(struct bf_conn *c, int64_t wait_hours, int32_t *date, struct bf_err *err);

/* Deletes what is told of days that ended more than 92 days ago and were published. */
bool bf_usage_prune(struct bf_conn *c, struct bf_err *err);

#endif
