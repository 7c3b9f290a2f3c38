/*
 * api/admin/table: the one table of the parameters of the admin API, and the operations that have
 * them.
 */
#ifndef BF_API_ADMIN_TABLE_H
#define BF_API_ADMIN_TABLE_H

#include "api/openapi/operation.h"

enum admin_parameter {
    ADMIN_KEY,
    ADMIN_PARTNER,
    ADMIN_ALL,
    ADMIN_AFTER,
    ADMIN_LIMIT,
    ADMIN_ABOUT,
    ADMIN_BEFORE,
    ADMIN_EVENT,
    ADMIN_IDEMPOTENCY_KEY,
    ADMIN_LANG,
    ADMIN_PARAMETERS
};

extern const struct bf_parameter admin_parameters[ADMIN_PARAMETERS];

extern const struct bf_operation admin_list_operation, admin_issue_operation, admin_show_operation,
    admin_renew_operation, admin_revoke_operation, admin_signing_operation, admin_audit_operation,
    admin_narrow_operation, admin_events_operation, admin_create_operation, admin_event_operation,
    admin_places_operation, admin_close_operation, admin_claim_operation, admin_page_operation,
    admin_get_swagger, admin_get_openapi;

#endif
