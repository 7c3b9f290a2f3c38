/*
 * core/kept: shared memory that outlives every process of the server, but not the boot.
 *
 * Purpose    a file in the run folder, mapped by all processes of a node: kill -9 of all of them
 *            loses nothing that was written to it.
 * Taken over from whoever was here before in this boot: same layout, same boot id, and the very
 *            file (inode) that it says it is, not a copy. Anything else is replaced by a new one,
 *            zeroed, with a new node id: after a reboot the file may be older than what was in
 *            memory, and who had told others of its contents must not go on from there.
 * Layout     the memory begins with struct bf_kept; `magic` names the rest, another layout has
 *            another one.
 * Ownership  mapped until the process ends.
 */
#ifndef BF_CORE_KEPT_H
#define BF_CORE_KEPT_H

#include "core/err.h"

#include <sys/types.h>

enum { BF_KEPT_NODE = 25, BF_KEPT_BOOT = 40 };

/* Which file it is; never changes. */
struct bf_kept {
    uint64_t magic, size;
    char boot[BF_KEPT_BOOT], node[BF_KEPT_NODE];
    uint64_t device, inode;
};

struct bf_kept_layout {
    const char *name; /* of the file in the run folder */
    uint64_t magic;
    size_t size;
};

/* Takes it over or makes it, readable for the group unless that is -1. NULL: INTERNAL. */
void *bf_kept_open(const struct bf_kept_layout *layout, const char *run_dir, gid_t group,
                   struct bf_err *err);
/* To look at it, read-only; NULL: there is none of this layout and boot. */
const void *bf_kept_look(const struct bf_kept_layout *layout, const char *run_dir);

#endif
