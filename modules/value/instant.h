/*
 * value/instant: dates and instants to and from text.
 *
 * Source     ISO 8601 / RFC 3339 as the Explore contract uses them (explore-v2.1, sections 5 and 10.1).
 * Range      years 0001 to 9999, proleptic Gregorian.
 *
 * Printing: `2026-09-30` and `2026-09-30T08:15:00+00:00`: always a numeric offset, six decimals only when they are not zero.
 */
#ifndef BF_VALUE_INSTANT_H
#define BF_VALUE_INSTANT_H

#include "core/buf.h"
#include "value/zone.h"

/* How much of an instant a text gave. */
enum bf_precision { BF_YEAR, BF_MONTH, BF_DAY, BF_HOUR, BF_MINUTE, BF_SECOND };

/* What stood behind the time. */
enum bf_offset_mark { BF_OFFSET_NONE, BF_OFFSET_Z, BF_OFFSET_NUMERIC };

struct bf_instant {
    int64_t wall;            /* microseconds since 1970 on the clock that the text was written by */
    int32_t offset;          /* seconds, with BF_OFFSET_NUMERIC */
    enum bf_offset_mark mark;
    enum bf_precision precision;
};

/* Reads `2017`, `2017-01`, `2017-01-31`, `2017/01/31`, then `T` or a blank and `08:02[:03[.ffffff]]`, then `Z` or `±hh[:]mm`.
 * Missing parts are the first instant. false: not a date (also 2026-02-30, 24:01, a decimal beyond microseconds is cut). */
bool bf_instant_read(struct bf_str text, struct bf_instant *out);

/* The instant in microseconds: the offset of the text, or that of `zone` where it has none. */
int64_t bf_instant_resolve(const struct bf_instant *read, const struct bf_zone *zone);

bool bf_date_read(struct bf_str text, int32_t *days); /* `2026-09-30` or `2026/09/30` alone */

/* Days since 1970 of a civil date and back; month 1..12. */
int32_t bf_date_days(int year, int month, int day);
void bf_date_civil(int32_t days, int *year, int *month, int *day);
int bf_date_month_length(int year, int month);

void bf_instant_print(struct bf_buf *out, int64_t instant, const struct bf_zone *zone);
void bf_instant_print_utc_z(struct bf_buf *out, int64_t instant); /* `2026-09-30T08:15:00.123456Z`, for our own headers */
void bf_instant_print_http(struct bf_buf *out, int64_t instant);  /* IMF-fixdate, RFC 9110 section 5.6.7 */
bool bf_instant_read_http(struct bf_str text, int64_t *instant);  /* IMF-fixdate, RFC 850 and asctime forms */
void bf_date_print(struct bf_buf *out, int32_t days);

#endif
