/*
 * store/pipeline: several statements in one round trip (libpq's pipeline mode).
 *
 * Purpose    the few statements of a commit without waiting for each. After the first one that
 *            fails the server skips the rest up to the end of the trip.
 * Order      bf_trip_begin, bf_trip_send…, bf_trip_end, then one bf_trip_take per statement sent,
 *            in their order, then bf_trip_close: always, also after an error.
 * Errors     the first failure sets err; `lost` tells that the connection broke after something had
 *            been sent.
 */
#ifndef BF_STORE_PIPELINE_H
#define BF_STORE_PIPELINE_H

#include "store/conn.h"

struct bf_trip {
    struct bf_conn *conn;
    struct bf_err *err;
    bool open, lost, failed;
};

/* Parameters in binary; lengths and formats as PQsendQueryPrepared wants them. */
struct bf_trip_params {
    const char *const *values;
    const int *lengths, *formats;
    int n;
};

bool bf_trip_begin(struct bf_trip *t, struct bf_conn *c, struct bf_err *err);
void bf_trip_send(struct bf_trip *t, const char *sql, const struct bf_trip_params *params);
void bf_trip_send_prepared(struct bf_trip *t, const char *name,
                           const struct bf_trip_params *params);
void bf_trip_end(struct bf_trip *t);

/* The next statement's result, or NULL when it or an earlier one failed. The caller clears it. */
PGresult *bf_trip_take(struct bf_trip *t);
/* Leaves pipeline mode. true: nothing has failed. */
bool bf_trip_close(struct bf_trip *t);

#endif
