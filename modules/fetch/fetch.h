/*
 * fetch/fetch: one GET over HTTP, of an address that others may have chosen.
 *
 * Purpose    a body into the caller's hands and what makes the next GET cheap (ETag,
 *            Last-Modified); knows nothing of datasets. The only room with libcurl.
 * Limits     bytes as they come, time in all, 64 KiB of headers, three redirections, and a tenth of
 *            a kilobyte a second at least. HTTP and HTTPS alone, HTTP as the caller allows it and
 *            never after HTTPS; no proxy, whatever the environment says, no netrc, no cookies.
 * Addresses  each one is judged (fetch/address) when the connection is made, so that a name which
 *            leads elsewhere a moment later gains nothing; redirections as well.
 * Secrets    go to the origin (scheme, host, port) of the caller's address alone, never along a
 *            redirection that leaves it.
 * Errors     UNAVAILABLE, TIMEOUT, TOO_LARGE, BODY (it did not come whole), PARAMETER (the
 *            address); messages name no address, no host and nothing that the other side said. What
 *            libcurl knows beyond that is err->detail.
 *
 *     struct bf_fetch f = {.url = BF_STR("https://…"), .bytes_most = …, .take = keep};
 *     if (bf_fetch(&f, err)) … f.status is 200, or 304
 */
#ifndef BF_FETCH_FETCH_H
#define BF_FETCH_FETCH_H

#include "fetch/secret.h"

enum { BF_FETCH_VALIDATOR = 256, BF_FETCH_REDIRECTS = 3 };

struct bf_fetch {
    struct bf_str url;              /* NUL-terminated */
    const struct bf_secret *secret; /* or NULL */
    struct bf_str secret_origin;    /* an address whose origin the secret is for; empty: url */
    struct bf_str etag, modified;   /* of the body that the caller has; NUL-terminated or empty */
    struct bf_str agent;            /* NUL-terminated */
    struct bf_str private_networks; /* that may be reached although they are not everybody's */
    struct bf_str authorities;      /* file of certificates; empty: the system's */
    bool http;                      /* without TLS is allowed */
    int64_t bytes_most, time_ms;
    /* Of a 200 alone; `gzip` is known by then. false: give up, err may be set. */
    bool (*take)(void *self, const char *p, size_t n, struct bf_err *err);
    void *self;

    /* Results. */
    int status; /* also of an answer that is an error; 0: none came */
    int64_t bytes;
    bool gzip; /* the body came compressed, and is not unpacked here */
    char new_etag[BF_FETCH_VALIDATOR], new_modified[BF_FETCH_VALIDATOR]; /* or "" */
};

bool bf_fetch(struct bf_fetch *f, struct bf_err *err);

/* Whether both have one scheme, host and port. */
bool bf_fetch_same_origin(struct bf_str a, struct bf_str b);

#endif
