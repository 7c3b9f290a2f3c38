#include "http/cors.h"

static const char lines[] =
    "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n"
    "Access-Control-Max-Age: 1000\r\n"
    "Access-Control-Allow-Headers: Authorization, X-Requested-With, Origin, "
    "ODS-API-Analytics-App, ODS-API-Analytics-Embed-Type, ODS-API-Analytics-Embed-Referrer, "
    "ODS-Widgets-Version, Accept, If-None-Match, If-Modified-Since, Content-Type, "
    "Idempotency-Key, X-Beffroi-Dry-Run\r\n"
    "Access-Control-Expose-Headers: ODS-Explore-API-Deprecation, Link, X-RateLimit-Remaining, "
    "X-RateLimit-Limit, X-RateLimit-Reset, X-RateLimit-dataset-Remaining, "
    "X-RateLimit-dataset-Limit, X-RateLimit-dataset-Reset, ETag, Last-Modified, Retry-After, "
    "RateLimit, RateLimit-Policy, X-Beffroi-Cost, "
    "X-Request-Id, Beffroi-Commit, Beffroi-Commit-Time, Beffroi-Age, Beffroi-Expected-Every, "
    "Beffroi-State, Beffroi-Hook, Beffroi-Source, Idempotency-Replayed\r\n";

void bf_cors_headers(struct bf_response *r)
{
    bf_cors_again(r);
    bf_buf_bytes(&r->head, lines, sizeof lines - 1);
}

void bf_cors_again(struct bf_response *r)
{
    if (r->reader.n == 0) {
        bf_buf_str(&r->head, BF_STR("Access-Control-Allow-Origin: *\r\n"));
        return;
    }
    bf_response_header(r, "Access-Control-Allow-Origin", r->reader);
    bf_response_header(r, "Vary", BF_STR("Origin"));
}
