/*
 * wall_clock: a library that is preloaded into the server by the tests and sets its wall clock: as
 * if somebody had set the time of the machine, for the processes of one stack alone.
 *
 * $WALL_CLOCK_FILE names a file of one 64-bit number: how many seconds the wall clock is ahead.
 * Only processes named beffroi:* see it so; what counts time by another clock sees nothing.
 */
#include "own_name.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *ahead;

__attribute__((constructor)) static void open_order(void)
{
    const char *path = getenv("WALL_CLOCK_FILE");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, fd, 0);
    ahead = memory == MAP_FAILED ? NULL : memory;
    close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*next)(clockid_t, struct timespec *);
    char name[32];
    if (!next)
        *(void **)(&next) = dlsym(RTLD_NEXT, "clock_gettime");
    int done = next(clock, now);
    int64_t seconds = ahead && clock == CLOCK_REALTIME ? atomic_load(ahead) : 0;
    if (done == 0 && seconds && is_ours(name))
        now->tv_sec += seconds;
    return done;
}
