/*
 * store/withdraw: a dataset that nobody has ever been answered from leaves again.
 *
 * Purpose    what was applied for the first time and refused by the server can be taken back: its
 *            row, its names and its empty tables go, and the name is free. It is not for more than
 *            that: an address that was served stays for ever.
 * Never      what a server has served, here or as the clock processes of other nodes have told
 *            (store/applied); nor with records in
 *            it, unless the caller says that they are to go: `beffroi load` may have written some.
 * Earlier    versions of it stay in catalog.applied, followed by the note that it is gone; they are
 *            no versions of a dataset that takes the name later (store/versions).
 * Errors     CONFLICT: it was served, or has records; the store's.
 * Roles      owner.
 */
#ifndef BF_STORE_WITHDRAW_H
#define BF_STORE_WITHDRAW_H

#include "store/conn.h"

struct bf_withdraw {
    struct bf_str dataset;
    int64_t served; /* the change that the server here serves; 0: none runs */
    bool records;   /* what it holds goes, too */
};

bool bf_withdraw(struct bf_conn *c, struct bf_arena *a, const struct bf_withdraw *what,
                 struct bf_err *err);

#endif
