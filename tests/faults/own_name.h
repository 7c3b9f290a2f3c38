/*
 * own_name: whether the process is one of the server's, for the libraries that tests preload.
 *
 * Source     /proc/self/comm: a worker may not even ask prctl for its own name (worker/confine).
 */
#ifndef OWN_NAME_H
#define OWN_NAME_H

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whether its name begins with `beffroi:`; name: all of it, with the newline of the file. */
static inline int is_ours(char name[32])
{
    int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, name, 31) : 0;
    if (fd >= 0)
        close(fd);
    name[n > 0 ? n : 0] = '\0';
    return strncmp(name, "beffroi:", 8) == 0;
}

#endif
