/*
 * value/instant: dates and instants to and from text.
 *
 * Source     ISO 8601 / RFC 3339 as the Explore contract uses them (explore-v2.1, 5 and 10.1).
 * Range      years 0001 to 9999, proleptic Gregorian.
 *
 * Printing: `2026-09-30` and `2026-09-30T08:15:00+00:00`: always a numeric offset, six decimals
 * only when they are not zero. RFC 3339 has no seconds in offsets, zones before about 1911 do:
 * those are shown with the offset in whole minutes, and the time that belongs to it, so that the
 * text always names the right instant (Paris in 1900: `1900-01-01T00:09:00+00:09`).
 */
#ifndef BF_VALUE_INSTANT_H
#define BF_VALUE_INSTANT_H

#include "core/buf.h"
#include "value/zone.h"

/* The first and the last instant and day of the range. */
#define BF_INSTANT_MIN INT64_C(-62135596800000000)
#define BF_INSTANT_MAX INT64_C(253402300799999999)
#define BF_DATE_MIN (-719162)
#define BF_DATE_MAX 2932896

/* How much of an instant a text gave. */
enum bf_precision { BF_YEAR, BF_MONTH, BF_DAY, BF_HOUR, BF_MINUTE, BF_SECOND };

/* What stood behind the time. */
enum bf_offset_mark { BF_OFFSET_NONE, BF_OFFSET_Z, BF_OFFSET_NUMERIC };

struct bf_instant {
    int64_t wall;   /* microseconds since 1970 on the clock that the text was written by */
    int32_t offset; /* seconds, with BF_OFFSET_NUMERIC */
    enum bf_offset_mark mark;
    enum bf_precision precision;
};

/* Reads `2017`, `2017-01`, `2017-01-31`, the same with `/`, then `T` or a blank and
 * `08[:02[:03[.ffffff]]]`, then `Z` or `±hh[[:]mm]`. Missing parts are the first instant; `24:00`
 * is the end of the day; decimals beyond microseconds are cut. false: not a date (also 2026-02-30,
 * 24:01, second 60), or an instant beyond the range. */
bool bf_instant_read(struct bf_str text, struct bf_instant *out);

/* The instant in microseconds: the offset of the text, or that of `zone` where it has none. Up to
 * a day beyond the range when the zone moves it. */
int64_t bf_instant_resolve(const struct bf_instant *read, const struct bf_zone *zone);

bool bf_date_read(struct bf_str text, int32_t *days); /* `2026-09-30` or `2026/09/30` alone */

/* Days since 1970 of a civil date and back; month 1..12. */
int32_t bf_date_days(int year, int month, int day);
void bf_date_civil(int32_t days, int *year, int *month, int *day);
int bf_date_month_length(int year, int month);

/* Into memory, giving the length; the longest of all the texts here needs BF_INSTANT_TEXT bytes. */
enum { BF_INSTANT_TEXT = 48 };
size_t bf_instant_format(char out[BF_INSTANT_TEXT], int64_t instant, const struct bf_zone *zone);
size_t bf_date_format(char out[BF_INSTANT_TEXT], int32_t days);

void bf_instant_print(struct bf_buf *out, int64_t instant, const struct bf_zone *zone);
void bf_instant_print_utc_z(struct bf_buf *out, int64_t instant); /* `2026-09-30T08:15:00.123456Z`,
                                                                     for our own headers */
void bf_instant_print_http(struct bf_buf *out, int64_t instant);  /* IMF-fixdate, RFC 9110 5.6.7 */
bool bf_instant_read_http(struct bf_str text, int64_t *instant); /* IMF-fixdate, RFC 850, asctime */
void bf_date_print(struct bf_buf *out, int32_t days);

#endif
