/*
 * api/server: what one worker holds between requests, and the one way a request takes through it.
 *
 * Purpose    the door between worker/ (FastCGI, processes) and the protocols. worker/ makes one
 *            server per process after fork, gives it requests one at a time, and reads what
 *            happened.
 * Ownership  bf_server_new to bf_server_free.
 * Errors     bf_server_new fails with err when the catalogue cannot be read (database away,
 *            migrations missing).
 */
#ifndef BF_API_SERVER_H
#define BF_API_SERVER_H

#include "api/push/rehearse.h"
#include "api/route.h"
#include "core/conf.h"
#include "store/access.h"
#include "store/live.h"

struct bf_server;
struct bf_conn;
struct bf_signer;
struct bf_quarantine;
struct bf_fuses;
struct bf_rates;
struct bf_quotas;
struct bf_usage;
struct bf_used;
struct bf_seats;
struct bf_crew_view;

enum { BF_SERVER_TABLES = 7 };

/* The route tables of every protocol, and `own` behind them unless it is NULL: how many there are;
 * 0: no memory. */
size_t bf_server_tables(struct bf_arena *a, const struct bf_route *own,
                        const struct bf_route *tables[BF_SERVER_TABLES]);

struct bf_server_setup {
    const struct bf_conf *conf;
    enum bf_pool pool;
    struct bf_live *live;
    struct bf_access *access;
    struct bf_used *used; /* store/used; NULL: nobody wants to know */
    /* Of the admin pool alone, else NULL; they outlive the server. */
    struct bf_conn *conn;
    struct bf_signer *signer;
    struct bf_quarantine *quarantine; /* plugin/quarantine; NULL: none */
    struct bf_fuses *fuses;           /* plugin/fuse; NULL: none */
    struct bf_hot *hot;               /* http/hot; NULL: answers are not kept */
    struct bf_asked *asked;           /* http/asked; NULL: requests are not kept */
    struct bf_rates *rates;           /* limits/rate; NULL: nobody is limited */
    struct bf_quotas *quotas;         /* limits/quota; NULL: nobody has one */
    struct bf_usage *usage;           /* usage/usage; NULL: nothing is counted */
    struct bf_seats *seats;           /* limits/seats; NULL: exports are not counted */
    uint32_t seat;                    /* of this worker */
    const struct bf_crew_view *crew;  /* api/shed; NULL: nobody is shed */
    const struct bf_route
        *routes; /* of worker/ itself (/healthz, /metrics); ends with a NULL name */
    void *owner; /* for these routes: r->owner */
    uint64_t generation;
    /* The change of the catalogue (store/applied) that is served, shared by all of the generation:
     * the first that finds 0 there puts the newest. NULL: the newest. */
    _Atomic uint64_t *change;
    /* Of a server that starts, so that there was nothing to try a change against: who is first puts
     * the last change that was served there instead, and the newest here. NULL: it does not. */
    _Atomic uint64_t *newest;
    bool trial; /* of a canary: there is no access record */
};

/* What became of one request, for the scoreboard. */
struct bf_outcome {
    const struct bf_route *route; /* NULL: none matched */
    int status;
    uint64_t rows, bytes;
    int64_t total_us;
    bool broken;    /* the connection must be cut, not finished */
    bool hot;       /* answered from shared memory */
    bool hooked;    /* code of a handler may have run */
    int64_t commit; /* that the answer shows; 0: it depends on more than a commit */
};

struct bf_server *bf_server_new(const struct bf_server_setup *setup, struct bf_err *err);
void bf_server_free(struct bf_server *s);
bool bf_server_over_network(const struct bf_server *s); /* its database */

void bf_server_handle(struct bf_server *s, const char *const *env, struct bf_http_io *io,
                      struct bf_outcome *out);

/* After the answer has left (FCGX_Finish): the access record, arenas back. Nothing of the request
 * outlives it. */
void bf_server_reset(struct bf_server *s);

/* Opens the handler of a dataset, also of a private one, in the server's trial. *out: why it is out
 * of service, or NULL; false: the dataset has none. */
bool bf_server_open(struct bf_server *s, struct bf_str dataset, const char **out);

/* What this generation would make of records of the dataset that came before; nothing is written.
 * false: err is set. */
bool bf_server_rehearse(struct bf_server *s, struct bf_str dataset, struct bf_str lines,
                        struct bf_rehearsed out[BF_CAME_RECORDS], struct bf_err *err);

/* Whether something of the dataset is not for everybody, or it is not there. */
bool bf_server_hides(const struct bf_server *s, struct bf_str dataset);

/* Every route, for metrics labels: n-th of all, NULL at the end. */
const struct bf_route *bf_server_route(const struct bf_server *s, size_t n);

#endif
