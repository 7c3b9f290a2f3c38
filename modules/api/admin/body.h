/*
 * api/admin/body: the JSON object that is sent to the admin API.
 *
 * Purpose    reads the body whole, refuses what is no JSON object, members that are not known and
 *            values of another type, each with its name. A claim may be a form as well.
 * Ownership  texts lie in the request's arena.
 * Errors     MEDIA_TYPE, TOO_LARGE, BODY, PARAMETER.
 * Limits     16 KiB, 8 levels.
 */
#ifndef BF_API_ADMIN_BODY_H
#define BF_API_ADMIN_BODY_H

#include "api/keys/narrowing.h"
#include "api/request.h"

struct admin_body {
    struct bf_str partner, plan, scope, key, signing_key, reason;
    struct bf_str title, title_en, until, code, device;
    int64_t days;    /* 0: not said */
    int64_t devices; /* 0: not said */
    int64_t overlap; /* days; -1: not said */
    struct bf_narrowing narrow;
};

/* known: names of members with blanks around each. An empty body is an empty object. */
bool admin_body_read(struct bf_request *r, const char *known, struct admin_body *out);

/* code and device, as JSON or as a form. */
bool admin_body_read_claim(struct bf_request *r, struct admin_body *out);

#endif
