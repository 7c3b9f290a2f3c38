#include "limits/quota_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Another layout has another number. */
#define MAGIC 0x3161746f75516642u /* "BfQuota1", little-endian */

enum { PATH = 1200 };

static bool fail(struct bf_err *err, const char *path)
{
    BF_FAIL_WITH(err, BF_E_INTERNAL, "%s: %s", path, strerror(errno));
    return false;
}

/* An empty text, when the system has none, is like no other. */
static void read_boot_id(char out[BF_QUOTA_BOOT])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, out, BF_QUOTA_BOOT - 1);
    if (fd >= 0)
        close(fd);
    out[n < 0 ? 0 : n] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Whether it is the very file that this layout made in this boot. */
static bool is_ours(const struct bf_quota_head *q, const struct stat *about)
{
    char boot[BF_QUOTA_BOOT];
    read_boot_id(boot);
    return q->magic == MAGIC && q->size == sizeof(struct bf_quotas) && q->device == about->st_dev &&
           q->inode == about->st_ino && boot[0] && strncmp(q->boot, boot, sizeof boot) == 0 &&
           q->node[0] && q->node[BF_QUOTA_NODE - 1] == '\0';
}

static struct bf_quotas *map(int fd, bool writable)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size != (off_t)sizeof(struct bf_quotas))
        return NULL;
    void *memory = mmap(NULL, sizeof(struct bf_quotas), PROT_READ | (writable ? PROT_WRITE : 0),
                        MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (is_ours(memory, &about))
        return memory;
    munmap(memory, sizeof(struct bf_quotas));
    return NULL;
}

static struct bf_quotas *open_ours(const char *run_dir, bool writable)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/quota", run_dir);
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct bf_quotas *q = fd < 0 ? NULL : map(fd, writable);
    if (fd >= 0)
        close(fd);
    return q;
}

/* ---- a new one ------------------------------------------------------------------------------ */

static bool name_node(char out[BF_QUOTA_NODE])
{
    unsigned char random[(BF_QUOTA_NODE - 1) / 2];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    return true;
}

/* All its blocks are the file's from the beginning: a disk that is full later kills nobody. */
static bool fill(int fd, gid_t group)
{
    struct stat about;
    struct bf_quota_head head = {.magic = MAGIC, .size = sizeof(struct bf_quotas)};
    if (fchmod(fd, 0640) != 0 || (group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) != 0) ||
        fstat(fd, &about) != 0 || !name_node(head.node))
        return false;
    errno = posix_fallocate(fd, 0, (off_t)sizeof(struct bf_quotas));
    if (errno != 0)
        return false;
    head.device = about.st_dev;
    head.inode = about.st_ino;
    read_boot_id(head.boot);
    return pwrite(fd, &head, sizeof head, 0) == sizeof head;
}

/* Whole before it has its name: who opens it finds the old one or this one. */
static bool make(const char *run_dir, gid_t group, struct bf_err *err)
{
    char fresh[PATH], final[PATH];
    snprintf(fresh, sizeof fresh, "%s/quota.XXXXXX", run_dir);
    snprintf(final, sizeof final, "%s/quota", run_dir);
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return fail(err, fresh);
    bool ok = fill(fd, group) && rename(fresh, final) == 0;
    if (!ok) {
        fail(err, final);
        unlink(fresh);
    }
    close(fd);
    return ok;
}

struct bf_quotas *bf_quotas_open(const char *run_dir, gid_t group, struct bf_err *err)
{
    struct bf_quotas *q = open_ours(run_dir, true);
    if (!q && make(run_dir, group, err)) {
        q = open_ours(run_dir, true);
        if (!q)
            BF_FAIL_WITH(err, BF_E_INTERNAL, "%s/quota: what was made is not what is there",
                         run_dir);
    }
    return q;
}

const struct bf_quotas *bf_quotas_look(const char *run_dir)
{
    return open_ours(run_dir, false);
}
