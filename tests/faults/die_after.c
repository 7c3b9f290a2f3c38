/*
 * die_after: a library that is preloaded into the server by the tests and kills a worker after a
 * given number of bytes of its answer: kill -9 at a chosen byte, without a hook in the server
 * itself.
 *
 * $DIE_AFTER_FILE names a file of two 64-bit numbers: how many bytes of an answer may still leave
 * (-1: all), and how many workers have died of it. The first worker whose answer is longer dies,
 * and sets the number back to -1. Only processes named beffroi:<pool> are touched.
 */
#include "own_name.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct order {
    _Atomic int64_t after; /* -1: nobody dies */
    _Atomic int64_t died;
};

static struct order *order;
static int64_t sent; /* of the answer at hand */

__attribute__((constructor)) static void open_order(void)
{
    const char *path = getenv("DIE_AFTER_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    order = memory == MAP_FAILED ? NULL : memory;
    close(fd);
}

static int is_worker(void)
{
    char name[32];
    return is_ours(name) && strcmp(name, "beffroi:master\n") != 0;
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    static int (*next)(int, struct sockaddr *restrict, socklen_t *restrict, int);
    if (!next)
        *(void **)(&next) = dlsym(RTLD_NEXT, "accept4");
    sent = 0;
    return next(fd, address, length, flags);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    static ssize_t (*next)(int, const void *, size_t, int);
    if (!next)
        *(void **)(&next) = dlsym(RTLD_NEXT, "send");
    int64_t after = order ? atomic_load(&order->after) : -1;
    if (after < 0 || sent + (int64_t)n <= after || !is_worker()) {
        ssize_t got = next(fd, p, n, flags);
        sent += got > 0 ? got : 0;
        return got;
    }
    /* Whoever comes first dies; the one that answers in its stead lives. */
    if (!atomic_compare_exchange_strong(&order->after, &after, -1))
        return next(fd, p, n, flags);
    if (after > sent)
        next(fd, p, (size_t)(after - sent), flags);
    atomic_fetch_add(&order->died, 1);
    raise(SIGKILL);
    return -1;
}
