/*
 * http/request: one HTTP request as a worker sees it, whatever brought it.
 *
 * Purpose    method, path, parameters and the few header fields that matter, decoded once and
 *            checked.
 * Ownership  texts are borrowed from the FastCGI parameters or lie in the request's arena.
 * Errors     REQUEST: control characters or bad UTF-8 in the decoded path or a parameter, bad
 *            percent-encoding, more than 100 parameters, a header that stands twice,
 *            X-Beffroi-Dry-Run that is neither 0 nor 1.
 * Source     RFC 9110, RFC 3986; `+` in a query is a blank (contract 1).
 */
#ifndef BF_HTTP_REQUEST_H
#define BF_HTTP_REQUEST_H

#include "core/arena.h"
#include "core/err.h"

#include <sys/types.h>

/* How the bytes come and go; made by worker/ over FastCGI, by tests over memory. */
struct bf_http_io {
    void *self;
    /* Bytes of the body: > 0, 0 at its end, -1 when the peer went away or was too slow (then the
     * body is not whole). */
    ssize_t (*read)(void *self, void *to, size_t room);
    /* false: the client is gone; nothing more is worth writing. */
    bool (*write)(void *self, const void *p, size_t n);
    /* Whether the client went away: cheap, may be asked between rows. */
    bool (*gone)(void *self);
    int fd; /* of the connection, to wait on beside PostgreSQL's; -1: none */
};

enum bf_method {
    BF_GET = 1,
    BF_HEAD = 2,
    BF_POST = 4,
    BF_OPTIONS = 8,
    BF_OTHER_METHOD = 16,
};

struct bf_param {
    struct bf_str name, value; /* decoded */
};

struct bf_http_request {
    enum bf_method method;
    /* Decoded, doubled slashes collapsed, without trailing slash; "/" for the root. */
    struct bf_str path;
    struct bf_param *params;
    size_t nparams;
    int64_t content_length; /* -1: not told */
    struct bf_str content_type, content_encoding;
    struct bf_str accept, if_none_match, if_modified_since, authorization, idempotency_key;
    struct bf_str origin, referer;
    struct bf_str user_agent;  /* never kept: it becomes one of four words (usage/client) */
    struct bf_str id;          /* nginx's request id */
    struct bf_str remote_addr; /* never logged whole */
    bool dry_run;              /* X-Beffroi-Dry-Run: only the price is asked for */
    struct bf_http_io *io;
};

/* env: FastCGI parameters, NAME=VALUE, ended by NULL. */
bool bf_http_request_read(struct bf_http_request *r, struct bf_arena *a, const char *const *env,
                          struct bf_http_io *io, struct bf_err *err);

/* Parameters of a form behind those of the address; together they are at most 100, too. */
bool bf_http_request_add(struct bf_http_request *r, struct bf_arena *a, struct bf_str form,
                         struct bf_err *err);

/* The last value of a parameter; {NULL, 0} when it is absent. */
struct bf_str bf_http_param(const struct bf_http_request *r, const char *name);
/* Every value, in order; returns how many there are, which may be more than `most`. */
size_t bf_http_params(const struct bf_http_request *r, const char *name, struct bf_str *out,
                      size_t most);

#endif
