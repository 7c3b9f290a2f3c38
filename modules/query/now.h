/*
 * query/now: now() of ODSQL (contract 10.4).
 *
 * The instant is that of the query: every now() of one query begins at the same microsecond, on the
 * clock of UTC whatever the zone of the request. Arguments are applied from left to right; a name
 * that comes again counts once, with its last value, where it stands last.
 *   year month day hour minute second microsecond   set that part; a day beyond the end of its
 *                                                   month is the last one
 *   years months weeks days … microseconds          move by so many, months keeping the day if they
 *                                                   can
 *   weekday=0..6 (Monday first)                     moves to the next such day; a day that is one
 *                                                   stays (as with the vendor's dateutil)
 *   mondays … sundays=n                             the n-th such day from today on, before today
 *                                                   when n is negative; today counts
 * The result must lie in the years 1 to 9999.
 */
#ifndef BF_QUERY_NOW_H
#define BF_QUERY_NOW_H

#include "query/function.h"

bf_function_check bf_call_now;

#endif
