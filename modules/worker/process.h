/*
 * worker/process: who a process is, and what it may do.
 *
 * Purpose    a pid alone may belong to somebody else by the time we send a signal: an identity is
 *            the pid and its start time. Workers give up root before they do anything else.
 * Units      start: clock ticks since boot (field 22 of /proc/<pid>/stat); 0: no such process.
 * Errors     bf_privileges_find: PARAMETER, the account or group does not exist.
 */
#ifndef BF_WORKER_PROCESS_H
#define BF_WORKER_PROCESS_H

#include "core/conf.h"
#include "core/err.h"

#include <sys/types.h>

struct bf_identity {
    int32_t pid;
    uint64_t start;
};

struct bf_identity bf_identity_self(void);
struct bf_identity bf_identity_of(pid_t pid); /* {0, 0}: gone, or a zombie */

/* Whether that very process still runs; *parent, unless NULL, is its parent's pid then. */
bool bf_identity_alive(struct bf_identity id, pid_t *parent);
/* Sends the signal to that very process alone. false: it is gone (or not ours). */
bool bf_identity_kill(struct bf_identity id, int signal);

/* The accounts of the settings, looked up once by the guardian: workers may not be able to. */
struct bf_privileges {
    bool change; /* started by root and os_user is set */
    char user[33];
    uid_t uid;
    gid_t gid;
    bool has_group; /* os_group is set: who may connect to the sockets */
    gid_t group;
};

bool bf_privileges_find(const struct bf_conf *conf, struct bf_privileges *out, struct bf_err *err);
/* In the child, first of all: the account, no new privileges, no core files, umask 077. false: it
 * could not, and the process must end. */
bool bf_privileges_drop(const struct bf_privileges *p);

uint64_t bf_process_pid_space(void);     /* number of the pid namespace; 0: unknown */
void bf_process_title(const char *name); /* at most 15 bytes, for ps and top */
/* So many bytes of address space more than now, and malloc fails; 0: no limit. */
void bf_process_bound(size_t more);
size_t bf_process_rss_of(pid_t pid); /* bytes of resident memory; 0: unknown */

#endif
