/*
 * spoil_script: a library that is preloaded into the server by the tests and lets a script end, or
 * hold up, its process: no script can by itself (tests/suites/lua/hostile), so what stands behind
 * that is tried by a function of the library, `log`, that does what a line of the script says.
 *
 * A line with `spoil=hang` never comes back and takes the processor, `spoil=sleep` only waits,
 * `spoil=crash` and `spoil=exit` do that. $SPOIL_SCRIPT_FILE names a file of one 64-bit number: how
 * often that was done.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic int64_t *spoilt;

__attribute__((constructor)) static void open_count(void)
{
    const char *path = getenv("SPOIL_SCRIPT_FILE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *memory = mmap(NULL, sizeof *spoilt, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    spoilt = memory == MAP_FAILED ? NULL : memory;
    close(fd);
}

static void spoil(const char *how)
{
    atomic_fetch_add(spoilt, 1);
    if (strncmp(how, "crash", 5) == 0)
        *(volatile int *)NULL = 0;
    if (strncmp(how, "exit", 4) == 0)
        exit(0);
    while (strncmp(how, "sleep", 5) == 0)
        sleep(1);
    for (volatile int i = 0; i >= 0; i = 1 - i)
        continue;
}

ssize_t write(int fd, const void *p, size_t n)
{
    static ssize_t (*next)(int, const void *, size_t);
    static const char line[] = "\"event\":\"lua.log\"", word[] = "spoil=";
    if (!next)
        *(void **)(&next) = dlsym(RTLD_NEXT, "write");
    const char *how = NULL;
    if (fd == STDERR_FILENO && spoilt && memmem(p, n, line, sizeof line - 1))
        how = memmem(p, n, word, sizeof word - 1);
    if (how)
        spoil(how + sizeof word - 1);
    return next(fd, p, n);
}
