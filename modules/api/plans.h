/*
 * api/plans: the plans that a worker knows.
 *
 * Purpose    a key names its plan; what the plan grants, and where its days end, is read from the
 *            database when the worker begins and again when access has changed (store/access),
 *            never for a request. While the database is away, what was known stays true.
 * Unknown    a plan that is not known may be newer than what was heard: all are read again, at most
 *            20 times a second. A key whose plan is not there has the plan BF_KEY_PLAN, which is
 *            logged once for each change of access; without even that, a preset.
 * Ownership  bf_planbook_new to bf_planbook_free; the connection and the region are borrowed.
 */
#ifndef BF_API_PLANS_H
#define BF_API_PLANS_H

#include "store/access.h"
#include "store/plans.h"
#include "value/zone.h"

struct bf_planbook;

/* access NULL: plans are read once. */
struct bf_planbook *bf_planbook_new(struct bf_conn *c, const struct bf_access *access,
                                    struct bf_err *err);
void bf_planbook_free(struct bf_planbook *book); /* NULL is allowed */

/* A copy in `a`, so that a later reading changes nothing of it; never NULL. */
const struct bf_plan *bf_planbook_find(struct bf_planbook *book, struct bf_arena *a,
                                       struct bf_str id);

/* In whose midnight days end; UTC when value/zone does not know it (PostgreSQL knows more). Good
 * for the request that asked. */
const struct bf_zone *bf_planbook_zone(struct bf_planbook *book);

#endif
