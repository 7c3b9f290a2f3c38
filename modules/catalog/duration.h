/*
 * catalog/duration: ISO 8601 durations of manifests, `PT1M`, `P1D`, `P2Y`, `P1Y6M`, `P2W`.
 *
 * Units      microseconds. A year is 365.25 days and a month a twelfth of it: retention and
 *            freshness need no calendar.
 * Limits     whole numbers only, longer than nothing, at most 1,000 years.
 */
#ifndef BF_CATALOG_DURATION_H
#define BF_CATALOG_DURATION_H

#include "core/str.h"

bool bf_duration_read(struct bf_str text, int64_t *us);

#endif
