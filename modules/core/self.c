#include "core/self.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD = 16 };

static struct held {
    const void *owner;
    int (*fd)(const void *owner);
    int noted; /* -1: there was none */
    dev_t dev;
    ino_t ino;
} held[HELD];

static size_t nheld;

void bf_self_hold(const void *owner, int (*fd)(const void *owner))
{
    if (nheld < HELD)
        held[nheld++] = (struct held){.owner = owner, .fd = fd, .noted = -1};
}

void bf_self_release(const void *owner)
{
    size_t kept = 0;
    for (size_t i = 0; i < nheld; i++)
        if (held[i].owner != owner)
            held[kept++] = held[i];
    nheld = kept;
}

static void note(struct held *h)
{
    struct stat st;
    h->noted = h->fd(h->owner);
    if (h->noted < 0)
        return;
    if (fstat(h->noted, &st) != 0) {
        h->noted = -1;
        return;
    }
    h->dev = st.st_dev;
    h->ino = st.st_ino;
}

void bf_self_note(const void *owner)
{
    for (size_t i = 0; i < nheld; i++)
        if (!owner || held[i].owner == owner)
            note(&held[i]);
}

static bool is_whole(const struct held *h)
{
    struct stat st;
    if (h->noted < 0 || h->fd(h->owner) != h->noted)
        return true;
    return fstat(h->noted, &st) == 0 && st.st_dev == h->dev && st.st_ino == h->ino;
}

bool bf_self_whole(void)
{
    for (size_t i = 0; i < nheld; i++)
        if (!is_whole(&held[i]))
            return false;
    return true;
}

/* Pages in all, and those that are resident. */
static bool read_statm(unsigned long pages[2])
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n < 0 ? 0 : n] = '\0';
    return sscanf(text, "%lu %lu", &pages[0], &pages[1]) == 2;
}

size_t bf_self_rss(void)
{
    unsigned long pages[2];
    return read_statm(pages) ? pages[1] * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

size_t bf_self_size(void)
{
    unsigned long pages[2];
    return read_statm(pages) ? pages[0] * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

size_t bf_self_peak(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss * 1024 : 0;
}
