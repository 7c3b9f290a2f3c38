/* api/admin/keys: what each address of the admin API does that is about keys
 * (api/admin/admin.h). */
#ifndef BF_API_ADMIN_KEYS_H
#define BF_API_ADMIN_KEYS_H

#include "api/keys/life.h"
#include "api/request.h"

/* What every address begins with: NOT_FOUND_URI in a pool that does not sign. */
bool admin_begin_life(struct bf_request *r, struct bf_life *out);

bool admin_list(struct bf_request *r);
bool admin_issue(struct bf_request *r);
bool admin_show(struct bf_request *r);
bool admin_renew(struct bf_request *r);
bool admin_revoke(struct bf_request *r);
bool admin_signing(struct bf_request *r);
bool admin_audit(struct bf_request *r);
bool admin_narrow(struct bf_request *r);

#endif
