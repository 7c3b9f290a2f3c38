#include "core/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH = 1200 };

static bool fail(struct bf_err *err, const char *path)
{
    return BF_FAIL_WITH(err, BF_E_INTERNAL, "%s: %s", path, strerror(errno));
}

/* An empty text, when the system has none, is like no other. */
static void read_boot_id(char out[BF_KEPT_BOOT])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, out, BF_KEPT_BOOT - 1);
    if (fd >= 0)
        close(fd);
    out[n < 0 ? 0 : n] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* Whether it is the very file that this layout made in this boot. */
static bool is_ours(const struct bf_kept_layout *l, const struct bf_kept *k,
                    const struct stat *about)
{
    char boot[BF_KEPT_BOOT];
    read_boot_id(boot);
    return k->magic == l->magic && k->size == l->size && k->device == about->st_dev &&
           k->inode == about->st_ino && boot[0] && strncmp(k->boot, boot, sizeof boot) == 0 &&
           k->node[0] && k->node[BF_KEPT_NODE - 1] == '\0';
}

static void *map(const struct bf_kept_layout *l, int fd, bool writable)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size != (off_t)l->size)
        return NULL;
    void *memory = mmap(NULL, l->size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (is_ours(l, memory, &about))
        return memory;
    munmap(memory, l->size);
    return NULL;
}

static void *open_ours(const struct bf_kept_layout *l, const char *run_dir, bool writable)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", run_dir, l->name);
    int fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    void *memory = fd < 0 ? NULL : map(l, fd, writable);
    if (fd >= 0)
        close(fd);
    return memory;
}

/* ---- a new one ------------------------------------------------------------------------------ */

static bool name_node(char out[BF_KEPT_NODE])
{
    unsigned char random[(BF_KEPT_NODE - 1) / 2];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        return false;
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    return true;
}

/* All its blocks are the file's from the beginning: a disk that is full later kills nobody. */
static bool fill(const struct bf_kept_layout *l, int fd, gid_t group)
{
    struct stat about;
    struct bf_kept head = {.magic = l->magic, .size = l->size};
    if (fchmod(fd, 0640) != 0 || (group != (gid_t)-1 && fchown(fd, (uid_t)-1, group) != 0) ||
        fstat(fd, &about) != 0 || !name_node(head.node))
        return false;
    errno = posix_fallocate(fd, 0, (off_t)l->size);
    if (errno != 0)
        return false;
    head.device = about.st_dev;
    head.inode = about.st_ino;
    read_boot_id(head.boot);
    return pwrite(fd, &head, sizeof head, 0) == sizeof head;
}

/* Whole before it has its name: who opens it finds the old one or this one. */
static bool make(const struct bf_kept_layout *l, const char *run_dir, gid_t group,
                 struct bf_err *err)
{
    char fresh[PATH], final[PATH];
    snprintf(fresh, sizeof fresh, "%s/%s.XXXXXX", run_dir, l->name);
    snprintf(final, sizeof final, "%s/%s", run_dir, l->name);
    int fd = mkostemp(fresh, O_CLOEXEC);
    if (fd < 0)
        return fail(err, fresh);
    bool ok = fill(l, fd, group) && rename(fresh, final) == 0;
    if (!ok) {
        fail(err, final);
        unlink(fresh);
    }
    close(fd);
    return ok;
}

void *bf_kept_open(const struct bf_kept_layout *l, const char *run_dir, gid_t group,
                   struct bf_err *err)
{
    void *memory = open_ours(l, run_dir, true);
    if (!memory && make(l, run_dir, group, err)) {
        memory = open_ours(l, run_dir, true);
        if (!memory)
            BF_FAIL_WITH(err, BF_E_INTERNAL, "%s/%s: what was made is not what is there", run_dir,
                         l->name);
    }
    return memory;
}

const void *bf_kept_look(const struct bf_kept_layout *l, const char *run_dir)
{
    return open_ours(l, run_dir, false);
}
