/*
 * cli/status_quota: what `beffroi status` shows of quotas: the accountant, what the node holds, and
 * the accounts that have used 80 % of their quota or more.
 */
#ifndef BF_CLI_STATUS_QUOTA_H
#define BF_CLI_STATUS_QUOTA_H

#include "core/buf.h"
#include "limits/quota.h"

/* `,"quotas":{…}` */
void bf_status_quota_json(struct bf_buf *b, const struct bf_quotas *q);
void bf_status_quota_text(struct bf_buf *b, const struct bf_quotas *q);

#endif
