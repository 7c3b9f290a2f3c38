#include "api/admin/admin.h"

#include "api/admin/describe.h"
#include "api/admin/events.h"
#include "api/admin/keys.h"
#include "api/admin/table.h"
#include "api/answer.h"

const struct bf_protocol bf_admin_protocol = {"admin", bf_answer_problem, NULL, admin_describe};

#define V1 "/api/admin/v1/"

enum { READ = BF_GET | BF_HEAD, ADMIN = BF_ROUTE_KEY | BF_ROUTE_ADMIN };

#define ROUTE(name_, methods_, pattern_, flags_, execute_, operation_)                     \
    {                                                                                      \
        .name = "admin." name_, .methods = methods_, .pattern = pattern_, .flags = flags_, \
        .protocol = &bf_admin_protocol, .execute = execute_, .operation = &operation_      \
    }

const struct bf_route bf_admin_routes[] = {
    ROUTE("list", READ, V1 "keys", ADMIN, admin_list, admin_list_operation),
    ROUTE("issue", BF_POST, V1 "keys", ADMIN, admin_issue, admin_issue_operation),
    ROUTE("show", READ, V1 "keys/{key}", ADMIN, admin_show, admin_show_operation),
    ROUTE("renew", BF_POST, V1 "keys/{key}/renew", ADMIN, admin_renew, admin_renew_operation),
    ROUTE("revoke", BF_POST, V1 "revocations", ADMIN, admin_revoke, admin_revoke_operation),
    ROUTE("signing", READ, V1 "signing-keys", ADMIN, admin_signing, admin_signing_operation),
    ROUTE("events", READ, V1 "events", ADMIN, admin_events, admin_events_operation),
    ROUTE("create", BF_POST, V1 "events", ADMIN, admin_create, admin_create_operation),
    ROUTE("event", READ, V1 "events/{event}", ADMIN, admin_event, admin_event_operation),
    ROUTE("places", BF_POST, V1 "events/{event}/places", ADMIN, admin_places,
          admin_places_operation),
    ROUTE("close", BF_POST, V1 "events/{event}/close", ADMIN, admin_close, admin_close_operation),
    ROUTE("audit", READ, V1 "audit", ADMIN, admin_audit, admin_audit_operation),
    ROUTE("swagger", READ, V1 "swagger.json", 0, bf_describe, admin_get_swagger),
    ROUTE("openapi", READ, V1 "openapi.json", 0, bf_describe, admin_get_openapi),
    ROUTE("narrow", BF_POST, "/api/keys/v1/narrow", BF_ROUTE_KEY, admin_narrow,
          admin_narrow_operation),
    ROUTE("claim", BF_POST, "/api/keys/v1/claim", BF_ROUTE_UNCHARGED, admin_claim,
          admin_claim_operation),
    ROUTE("page", READ, "/api/keys/v1/events/{event}", 0, admin_page, admin_page_operation),
    {.name = NULL},
};
