/*
 * api/admin: the life of keys over HTTP (README, "Keys").
 *
 *   GET  /api/admin/v1/keys                    partner=, all=true, after=, limit=
 *   POST /api/admin/v1/keys                    issues one: {"partner", "scope", "plan", "days",
 *                                              "datasets", "bbox", "origins", "rate"}
 *   GET  /api/admin/v1/keys/{key}
 *   POST /api/admin/v1/keys/{key}/renew        {"overlap_days", "days"}
 *   POST /api/admin/v1/revocations             {"key"|"partner"|"signing_key", "reason"}
 *   GET  /api/admin/v1/signing-keys
 *   GET  /api/admin/v1/events
 *   POST /api/admin/v1/events                  makes one: {"title", "title_en", "devices", "until",
 *                                              "plan", "scope", "datasets", …}
 *   GET  /api/admin/v1/events/{event}
 *   POST /api/admin/v1/events/{event}/places   {"devices"}
 *   POST /api/admin/v1/events/{event}/close    {"reason"}
 *   GET  /api/admin/v1/audit                   about=, before=, limit=
 *   GET  /api/admin/v1/swagger.json, …/openapi.json
 *   POST /api/keys/v1/narrow                   of the key that asks: {"scope", "days", "datasets",
 *                                              "bbox", "origins", "rate"}
 *   POST /api/keys/v1/claim                    of nobody: {"code", "device"} gives a device its key
 *   GET  /api/keys/v1/events/{event}           an event in numbers
 *
 * Who        those under /api/admin need a key with the scope admin, and nginx lets only this
 *            machine reach them (setting admin_allow for more). To narrow is for any valid key and
 *            for everybody, as whoever holds a key may give away less of it; to claim for whoever
 *            has the code of an event. The numbers of an event are nobody's secret.
 * Pool       only the workers of the pool `admin` answer these addresses: they alone are the
 *            database's owner and hold the private halves of signing keys. In others these
 *            addresses do not exist, but for the numbers of an event, which any worker reads.
 * Answer     JSON; a new key is in it once and nowhere else: Cache-Control: no-store.
 * Errors     application/problem+json.
 */
#ifndef BF_API_ADMIN_ADMIN_H
#define BF_API_ADMIN_ADMIN_H

#include "api/route.h"

extern const struct bf_route bf_admin_routes[];
extern const struct bf_protocol bf_admin_protocol; /* for errors before a route is known */

#endif
