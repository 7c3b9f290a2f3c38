/*
 * pull/records: from the body that a source sent to records that a push could have sent.
 *
 * Purpose    finds the list of records in the body, in place, and the names that its records have;
 *            what is no list of records is refused here, so that the page of an error is never
 *            taken for a record.
 *            A FeatureCollection has been turned into lines before (pull/geojson), a table of a
 *            timetable into CSV or lines (pull/gtfs).
 * Ownership  text borrows from the body; names lie in the arena.
 * Limits     2,000 different names.
 * Errors     BODY: the body is not what the manifest says, and where it stops being it.
 */
#ifndef BF_PULL_RECORDS_H
#define BF_PULL_RECORDS_H

#include "api/push/decode.h"
#include "catalog/upstream.h"

enum { BF_PULL_NAMES = 2000 };

struct bf_pull_names {
    const struct bf_str *list; /* in order */
    size_t n;
};

struct bf_pull_records {
    struct bf_str text;
    enum bf_push_format format;
    struct bf_pull_names names;
};

bool bf_pull_records_find(struct bf_arena *a, const struct bf_upstream *s, struct bf_str body,
                          struct bf_pull_records *out, struct bf_err *err);

/* As a JSON list, and back. */
struct bf_str bf_pull_names_print(struct bf_arena *a, const struct bf_pull_names *names);
bool bf_pull_names_read(struct bf_arena *a, struct bf_str json, struct bf_pull_names *out);

/* false: names came or went that the source does not call optional; *why says which. */
bool bf_pull_names_same(struct bf_arena *a, const struct bf_upstream *s,
                        const struct bf_pull_names *before, const struct bf_pull_names *now,
                        struct bf_str *why);

#endif
