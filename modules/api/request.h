/*
 * api/request: one request on its way through the steps.
 *
 * Purpose    everything that one request is: what came (http), what it means (route, dataset,
 *            query), who asks (claims), what goes back (response), what went wrong (err).
 * Ownership  one per worker, reused; all memory of a request is in `arena` and ends with
 *            bf_request_reset.
 */
#ifndef BF_API_REQUEST_H
#define BF_API_REQUEST_H

#include "api/allowance.h"
#include "api/route.h"
#include "api/keys/keys.h"
#include "api/keys/narrowed.h"
#include "api/keys/signer.h"
#include "api/visibility.h"
#include "api/plans.h"
#include "api/shed.h"
#include "auth/key.h"
#include "catalog/registry.h"
#include "core/conf.h"
#include "core/digest.h"
#include "http/hot.h"
#include "http/response.h"
#include "plugin/binding.h"
#include "query/query.h"
#include "store/conn.h"
#include "store/live.h"

enum bf_step {
    BF_STEP_ACCEPT,
    BF_STEP_ROUTE,
    BF_STEP_IDENTIFY,
    BF_STEP_SEE,
    BF_STEP_LIMIT,
    BF_STEP_PARSE,
    BF_STEP_BUILD,
    BF_STEP_AUTHORISE,
    BF_STEP_CHECK,
    BF_STEP_CHARGE,
    BF_STEP_REWRITE,
    BF_STEP_CONDITIONAL,
    BF_STEP_EXECUTE,
    BF_STEP_FINISH,
    BF_STEPS
};

/* Who speaks for the addresses under a prefix before a route is known. */
struct bf_prefix {
    struct bf_str prefix;
    const struct bf_protocol *protocol;
};

/* What an answer knows of its age: from the statement that read the rows, or from shared memory for
 * a 304. */
struct bf_freshness {
    bool known;
    int64_t commit, instant, pushed; /* pushed 0: never */
};

struct bf_request {
    /* Of the worker: the same from request to request. */
    const struct bf_conf *conf;
    const char *build;               /* id of this build of the program: in every ETag */
    const struct bf_registry *whole; /* with what is private: for who may push to it */
    struct bf_visibility *visibility;
    const struct bf_router *router;
    const struct bf_prefix *prefixes; /* ends with a NULL protocol */
    struct bf_keys *keys;
    struct bf_conn *conn;
    struct bf_signer *signer; /* of the admin pool alone; NULL in all others */
    struct bf_live *live;
    struct bf_hot *hot; /* NULL: answers are not kept */
    struct bf_allowances allowances;
    struct bf_planbook *plans;
    struct bf_repairs *repairs;      /* api/push/repair: scripts of records that are pushed */
    const struct bf_crew_view *crew; /* NULL: of a pool that sheds nobody */
    struct bf_digest *digest;
    struct bf_buf *scratch; /* for the normal form, until the next request */
    void *owner;            /* of the routes that worker/ brought */

    /* Of this request. */
    struct bf_arena *arena;
    struct bf_http_request http;
    struct bf_response response;
    struct bf_err err;

    const struct bf_route *route;
    const struct bf_protocol *fallback; /* speaks of errors when no route was found */
    struct bf_str vars[BF_ROUTE_VARS];
    struct bf_view *view;               /* what it may see; before `see`, what everybody may */
    const struct bf_registry *registry; /* of it */
    const struct bf_entry *dataset;
    struct bf_binding *binding; /* of the dataset's handler; NULL: the plain table */
    struct bf_claims claims;
    bool has_key;
    struct bf_str reader; /* the site whose pages alone may read the answer; empty: all */
    struct bf_allowance allowance;
    const struct bf_plan *plan; /* of the key; NULL: none */
    struct bf_query *query;
    struct bf_source_rows *source;  /* the rows come from the handler (api/source); NULL: a table */
    const struct bf_schema *schema; /* that the query is checked against */
    unsigned allowed;               /* methods, after METHOD */
    const struct bf_sql *sql;       /* of the rows, once it was made */
    void *state;                    /* the protocol's own, made by parse */

    struct bf_freshness freshness;
    struct bf_freshness pinned; /* known: the answer is of that commit, whatever came later */
    struct bf_str normal; /* what the answer depends on beside the commit; empty: not cacheable */
    unsigned char tag[BF_DIGEST_BYTES]; /* of the answer, as a digest, when it has an ETag */
    char etag[24];                      /* the same as sent, without quotes; "": it has none */
    int max_age_s;   /* with an ETag: how long an answer may be kept unasked; 0: not at all */
    size_t own_head; /* bytes of the head that the route wrote, before what every answer gets */
    size_t end_head; /* bytes of the head when bf_answer_begin was done */
    bool wanted;     /* the answer is worth keeping: it was asked for before */
    bool from_memory;
    bool answered;      /* a step before execute has decided the answer (304, hot, OPTIONS) */
    int64_t started_us; /* monotonic */
    int64_t step_us[BF_STEPS];
    uint64_t rows;
};

const char *bf_step_name(enum bf_step step);

/* The dataset as the name that was asked for has it through that API (catalog/generations). */
const struct bf_schema *bf_request_schema(const struct bf_request *r, const char *api);

/* The catalogue as the query language sees it. NULL: no memory. */
const struct bf_listing *bf_request_listing(const struct bf_request *r, bool english);

/* false, with the error of a dataset that is not there, or not there for the caller. */
bool bf_request_no_dataset(struct bf_request *r);

/* Whether what is answered is not what everybody would be answered. */
bool bf_request_restricted(const struct bf_request *r);

/* What a hook of the dataset's handler may reach of this request. */
struct bf_hook_request bf_request_hook(struct bf_request *r);

/* Forgets everything of the request; its arena and its buffers stay for the next one. */
void bf_request_reset(struct bf_request *r);

#endif
