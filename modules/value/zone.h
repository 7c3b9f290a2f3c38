/*
 * value/zone: time zones by their IANA name.
 *
 * Purpose    the offset of a zone at an instant, and the instant of a wall clock time.
 * Ownership  zones live for the process; at most 64 are kept, the least recently asked is replaced:
 *            a zone is good for the request that asked for it.
 * Source     the system's tz database (Debian's tzdata), read by value/tzif; the TZ variable and
 *            the C library's zone play no part. `UTC` needs no file.
 * Errors     bf_zone_find gives NULL for a name that the database does not have (names are checked:
 *            letters, digits, `_+-/`, no `..`; the trees `posix/` and `right/` and the machine's
 *            own `localtime` are not names).
 *
 * A wall clock time that happens twice (end of summer time) means the first of the two; one that
 * does not exist (start of summer time) is read with the offset before the change (RFC 5545 section
 * 3.3.5).
 */
#ifndef BF_VALUE_ZONE_H
#define BF_VALUE_ZONE_H

#include "core/str.h"

struct bf_zone;

const struct bf_zone *bf_zone_utc(void);
const struct bf_zone *bf_zone_find(struct bf_str name);
struct bf_str bf_zone_name(const struct bf_zone *zone);
/* The name by which PostgreSQL knows it: where four names of zones are abbreviations without summer
 * time to PostgreSQL, that of a zone with the same clock. */
struct bf_str bf_zone_sql(const struct bf_zone *zone);

/* Seconds to add to UTC. instant: microseconds since 1970. */
int32_t bf_zone_offset(const struct bf_zone *zone, int64_t instant);

/* wall: microseconds since 1970-01-01T00:00:00 on the zone's own clock. */
int64_t bf_zone_instant(const struct bf_zone *zone, int64_t wall);

/* Whether that time happens twice. */
bool bf_zone_repeats(const struct bf_zone *zone, int64_t wall);

#endif
