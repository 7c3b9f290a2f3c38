/*
 * worker/sockets: the listening socket of each pool.
 *
 * Purpose    <run_dir>/read.sock, export.sock, push.sock. A new socket is bound under another name
 *            and renamed over the old one: there is no instant without a socket, and an older
 *            server that is being relieved empties the queue of its own.
 * Ownership  opened by the guardian before any fork; everybody below it inherits them.
 * Limits     the path of a unix socket ends at 107 bytes.
 * Errors     INTERNAL: what could not be made, and why.
 */
#ifndef BF_WORKER_SOCKETS_H
#define BF_WORKER_SOCKETS_H

#include "worker/pools.h"
#include "worker/process.h"

bool bf_sockets_open(const struct bf_conf *conf, const struct bf_privileges *who,
                     int sockets[BF_POOLS], struct bf_err *err);
/* Removes the files, when the server ends for good. */
void bf_sockets_remove(const struct bf_conf *conf);

#endif
