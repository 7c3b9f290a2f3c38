/*
 * value/tzif: a compiled time zone file as one table.
 *
 * Purpose    reads the bytes of a TZif file (RFC 9636, versions 2 and later) into the list of its
 *            changes of offset; its footer's rule is written out for 400 years, after which the
 *            calendar, and so the table, repeats.
 * Ownership  bf_tzif_read allocates `changes`; bf_tzif_fini frees it.
 * Units      seconds since 1970 without leap seconds; a file that counts them is refused.
 * Errors     false: not such a file, or no memory.
 */
#ifndef BF_VALUE_TZIF_H
#define BF_VALUE_TZIF_H

#include "core/str.h"

struct bf_tzif_change {
    int64_t at;
    int32_t offset; /* seconds to add to UTC from `at` on */
};

struct bf_tzif {
    struct bf_tzif_change *changes; /* ascending; the first is at INT64_MIN */
    size_t n;
    bool cyclic; /* the last 400 years of the table go on for ever */
};

#define BF_TZIF_CYCLE ((int64_t)146097 * 86400) /* 400 Gregorian years: whole weeks */

bool bf_tzif_read(struct bf_str bytes, struct bf_tzif *out);
void bf_tzif_fini(struct bf_tzif *t);

#endif
