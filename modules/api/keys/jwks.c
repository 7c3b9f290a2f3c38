#include "api/keys/jwks.h"

#include "api/answer.h"
#include "api/request.h"
#include "auth/jwks.h"
#include "http/etag.h"

static bool answer(struct bf_request *r)
{
    struct bf_buf *b = &r->response.body;
    bf_jwks_print(b, bf_keys_ring(r->keys));
    if (bf_buf_failed(b))
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    bf_digest_of(bf_buf_view(b), r->tag);
    bf_etag_print(r->tag, r->etag);
    r->etag[BF_ETAG] = '\0';
    r->max_age_s = BF_JWKS_AGE_S;
    if (bf_etag_matches(r->http.if_none_match, bf_str_of(r->etag))) {
        bf_buf_clear(b);
        bf_answer_not_modified(r);
        return true;
    }
    bf_answer_begin(r, 200, "application/jwk-set+json");
    return true;
}

const struct bf_route bf_jwks_routes[] = {
    {.name = "jwks",
     .methods = BF_GET | BF_HEAD,
     .pattern = "/.well-known/jwks.json",
     .execute = answer,
     .undescribed = "no API of data: RFC 7517"},
    {.name = NULL},
};
