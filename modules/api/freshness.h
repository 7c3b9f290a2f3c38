/*
 * api/freshness: every answer tells its age, a 304 too.
 *
 *     Beffroi-Commit: 4711                              number of the dataset's newest commit
 *     Beffroi-Commit-Time: 2026-11-23T08:15:00.123456Z  when its values last changed
 *     Beffroi-Age: 12                                   seconds since then, at the moment of the
 *                                                       answer
 *     Beffroi-Expected-Every: PT60S                     what the publisher promised, when it did
 *     Beffroi-State: live | late | frozen
 *     Beffroi-Source: failing | held                    only where the server fetches the data and
 *                                                       the newest run brought nothing that it took
 *
 * Rows from a source have no commit; where it told no instant, they have no age either.
 *
 * late      no push has arrived for more than twice the promised time.
 * frozen    pushes arrive, but no value has changed for longer than the manifest's frozen_after.
 * live      everything else, and every dataset that promises nothing.
 */
#ifndef BF_API_FRESHNESS_H
#define BF_API_FRESHNESS_H

#include "api/request.h"

/* The header fields above, with the dataset of the request when it has one. */
void bf_freshness_headers(struct bf_request *r);

#endif
