/*
 * value/moment: an instant as somebody writes it who means a day and an hour to come.
 *
 * Purpose    what people say to the command and to the admin API:
 *                2026-11-29T20:00+01:00, 2026-11-29 20:00   ISO 8601; without an offset on the
 *                                                           clock of `zone`
 *                today 20:00, tomorrow 8:30, sunday 20:00   the next such moment after `now`
 *                aujourd'hui 20h, demain à 8h30, dimanche 20h
 *            The name of today's day is today while the hour is to come, in a week when it is over.
 *            Letters of any case; `at` or `à` may stand between.
 * Refused    everything else, a day without an hour as well: whether it begins or ends the day is
 *            not said. Whether the instant is past is the caller's to judge.
 * Units      microseconds since 1970.
 */
#ifndef BF_VALUE_MOMENT_H
#define BF_VALUE_MOMENT_H

#include "value/zone.h"

/* What a refusal may say that it expects. */
#define BF_MOMENT_FORMS                                                                 \
    "2026-11-29T20:00, with or without an offset (+01:00), or a day and an hour as in " \
    "'sunday 20:00', 'tomorrow 18:00', 'dimanche 20h'"

bool bf_moment_read(struct bf_str text, int64_t now, const struct bf_zone *zone, int64_t *out);

#endif
