/*
 * query/date_format: date_format() of ODSQL (contract 10.4): Joda's patterns as PostgreSQL's.
 *
 * yy yyyy YY YYYY year, xx xxxx year of the ISO week, w ww ISO week, e weekday 1 to 7 (Monday 1), E
 * EEEE name of the day, D DDD day of the year, M MM month, MMM MMMM its name, d dd day, H HH hour,
 * m mm minute, s ss second. '…' is text, '' a quote; what is no letter stands for itself. Names are
 * English or French; PostgreSQL's own language plays no part.
 * The pattern becomes a parameter; only the names of this file are SQL text.
 */
#ifndef BF_QUERY_DATE_FORMAT_H
#define BF_QUERY_DATE_FORMAT_H

#include "query/function.h"

bf_function_check bf_call_date_format;

#endif
