/*
 * value/tzrule: the rule that continues a zone into the future.
 *
 * Purpose    reads the POSIX TZ text in the footer of a TZif file (`CET-1CEST,M3.5.0,M10.5.0/3`)
 *            and gives the two changes of a year.
 * Source     POSIX.1 section 8.3 with the extensions of RFC 9636 section 3.3.1 (hours -167..167).
 * Errors     bf_tzrule_read: false when the text is anything else. A rule without change dates but
 *            with summer time is refused: a TZif footer always has them.
 */
#ifndef BF_VALUE_TZRULE_H
#define BF_VALUE_TZRULE_H

#include "core/str.h"

enum bf_tzday_kind { BF_TZDAY_JULIAN, BF_TZDAY_ZERO, BF_TZDAY_WEEK }; /* Jn, n, Mm.w.d */

struct bf_tzday {
    enum bf_tzday_kind kind;
    int month, week, day; /* day: of the year, or of the week from Sunday 0 */
    int32_t time;         /* seconds after 00:00 on the clock before the change */
};

struct bf_tzrule {
    int32_t standard, summer; /* seconds to add to UTC */
    bool changes;             /* false: standard all the year */
    struct bf_tzday start, end;
};

bool bf_tzrule_read(struct bf_str text, struct bf_tzrule *out);

/* Seconds since 1970 of a change in that year; before: the offset that it ends. */
int64_t bf_tzrule_change(const struct bf_tzday *day, int year, int32_t before);

#endif
