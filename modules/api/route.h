/*
 * api/route: one row per address: the table that routes, names log records and metrics, and makes
 * the OpenAPI description.
 *
 * pattern    `/api/explore/v2.1/catalog/datasets/{dataset_id}/records/{record_id}`: a part in
 *            braces matches one path segment and lands in bf_request.vars in order.
 * steps      parse, build and execute are the protocol's own; the steps between them are the same
 *            for all (api/pipeline.c). A NULL function is a step that has nothing to do.
 */
#ifndef BF_API_ROUTE_H
#define BF_API_ROUTE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "http/request.h"

enum bf_pool { BF_POOL_READ, BF_POOL_EXPORT, BF_POOL_PUSH, BF_POOL_ADMIN, BF_POOLS };

/* Those before it serve the public: whether a generation of workers is whole is told by them. */
enum { BF_POOLS_PUBLIC = BF_POOL_ADMIN };

struct bf_description;
struct bf_operation;
struct bf_request;

/* How a protocol speaks of errors and what every answer of it carries. */
struct bf_protocol {
    const char *name;                    /* "explore" */
    void (*error)(struct bf_request *r); /* writes the answer for r->err */
    /* Header fields of every answer (CORS, language); may be NULL. */
    void (*headers)(struct bf_request *r);
    /* What its own description (api/openapi/describe) is of; NULL: it has none. */
    bool (*describe)(struct bf_request *r, struct bf_description *out);
};

enum bf_route_flag {
    /* vars[0] is a dataset: looked up before parse, 404 when it is not there. */
    BF_ROUTE_DATASET = 1,
    BF_ROUTE_QUERY = 2, /* build makes r->query, which goes through rewrite and check */
    /* Gets ETag, Last-Modified and 304 by the commit of the dataset (or of all). */
    BF_ROUTE_CACHEABLE = 4,
    BF_ROUTE_PUSH = 8,   /* needs a key with the scope push:<dataset> */
    BF_ROUTE_QUIET = 16, /* no access record (health checks) */
    /* The parameter `dataset` names the dataset; it becomes vars[0]. */
    BF_ROUTE_DATASET_PARAM = 32,
    BF_ROUTE_FORM = 64,        /* a POST whose body is a form: more parameters */
    BF_ROUTE_KEY = 128,        /* needs a valid key */
    BF_ROUTE_ADMIN = 256,      /* needs a key with the scope admin */
    BF_ROUTE_EXPORT = 1024,    /* all rows there are: priced by them */
    BF_ROUTE_UNCHARGED = 2048, /* nobody pays for it: what limits it is its own */
    /* Answers also when the records of the dataset cannot be read: without any. All other queries
     * of a dataset are 403 then. */
    BF_ROUTE_WITHOUT_RECORDS = 512,
};

struct bf_route {
    const char *name; /* "explore.records": stable, in logs and metrics */
    unsigned methods; /* enum bf_method; OPTIONS is answered for all */
    const char *pattern;
    unsigned flags; /* enum bf_route_flag */
    const struct bf_protocol *protocol;
    bool (*parse)(struct bf_request *r);   /* parameters */
    bool (*build)(struct bf_request *r);   /* texts to r->query */
    bool (*execute)(struct bf_request *r); /* answers */
    /* The protocol's own: which of its versions the address belongs to; may be NULL. */
    const void *version;
    /* Appends what the answer depends on beside dataset, query and path variables; NULL:
     * nothing. */
    void (*normal)(const struct bf_request *r, struct bf_buf *out);
    /* How the OpenAPI description has it (api/openapi/operation); NULL: it has not, and
     * `undescribed` says why. */
    const struct bf_operation *operation;
    const char *undescribed;
};

enum { BF_ROUTE_VARS = 4 };

/* The route of a path among tables (each ends with a NULL name), its variables, or NULL. *allowed
 * is the union of the methods of the routes whose pattern fits, 0 when none does. */
struct bf_router;
struct bf_router *bf_router_new(struct bf_arena *a, const struct bf_route *const *tables, size_t n);
const struct bf_route *bf_router_find(const struct bf_router *router, enum bf_method method,
                                      struct bf_str path, struct bf_str vars[BF_ROUTE_VARS],
                                      unsigned *allowed);

#endif
