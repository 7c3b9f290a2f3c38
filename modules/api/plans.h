/*
 * api/plans: the plans that a worker knows.
 *
 * Purpose    a key names its plan; what the plan grants, and where its days end, is read from the
 *            database when the worker begins and again when access has changed (store/access),
 *            never for a request. While the database is away, what was known stays true.
 * Unknown    a key whose plan is not there has the plan BF_KEY_PLAN, which is logged once for each
 *            reading; without even that, what this header's table of presets says.
 * Ownership  bf_planbook_new to bf_planbook_free; the connection and the region are borrowed. A
 *            plan that was found lives until the next request.
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

const struct bf_plan *bf_planbook_find(struct bf_planbook *book, struct bf_str id);

/* In whose midnight days end; UTC when value/zone does not know it (PostgreSQL knows more). Good
 * for the request that asked. */
const struct bf_zone *bf_planbook_zone(struct bf_planbook *book);

#endif
