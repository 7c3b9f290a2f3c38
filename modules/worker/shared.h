/*
 * worker/shared: the memory that all processes of one server share.
 *
 * Purpose    scoreboard, store/live, store/access, store/used, plugin/quarantine, plugin/fuse,
 *            limits/rate and http/hot in one mapping, made by the guardian and inherited by fork;
 *            `beffroi status` finds it by <run_dir>/scoreboard and maps it read-only; so does a new
 *            guardian whose predecessor was killed.
 * Place      a file in /dev/shm, and a link to it in run_dir: in a file on a disk, the system's
 *            write-back would make a worker wait at the next store. Without /dev/shm: in run_dir.
 *            What was asked (http/asked) is in no file at all.
 * Ownership  bf_shared_make or bf_shared_open to bf_shared_close; the files stay until
 *            bf_shared_remove.
 * Errors     INTERNAL: what could not be made. bf_shared_open: NOT_FOUND_RESOURCE, there is none;
 *            CONFLICT, it was made by another build (then `head` is set and can be signalled).
 */
#ifndef BF_WORKER_SHARED_H
#define BF_WORKER_SHARED_H

#include "http/asked.h"
#include "http/hot.h"
#include "limits/quota.h"
#include "limits/rate.h"
#include "plugin/fuse.h"
#include "plugin/quarantine.h"
#include "store/access.h"
#include "store/used.h"
#include "usage/usage.h"
#include "worker/scoreboard.h"

struct bf_shared {
    struct bf_board *board;
    struct bf_live *live;
    struct bf_quarantine *quarantine;
    struct bf_fuses *fuses;
    struct bf_rates *rates;
    struct bf_access *access;
    struct bf_used *used;
    struct bf_quotas *quotas; /* a file of its own, which outlives the server; only looked at after
                               * bf_shared_open */
    struct bf_usage *usage;   /* the same, for the guardian and who it forks */
    struct bf_hot *hot;       /* NULL: hot_bytes is 0 */
    struct bf_asked *asked; /* without a name, only for who is forked; NULL: canary_requests is 0 */
    struct bf_board *head;  /* the same memory, also when only its unchanging head may be read */
    size_t size;
    char path[BF_CONF_TEXT + 32]; /* of the file itself */
};

bool bf_shared_make(const struct bf_conf *conf, const struct bf_privileges *who,
                    struct bf_shared *out, struct bf_err *err);
bool bf_shared_open(const struct bf_conf *conf, bool writable, struct bf_shared *out,
                    struct bf_err *err);
void bf_shared_close(struct bf_shared *s);

/* Deletes the files in /dev/shm of servers that were killed with all their processes, whose run_dir
 * may be gone as well. */
void bf_shared_sweep(void);

/* The file and, when it still leads there, the link. */
void bf_shared_remove(const struct bf_conf *conf, const struct bf_shared *s);

#endif
