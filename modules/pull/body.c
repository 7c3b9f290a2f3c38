#include "pull/body.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool bf_pull_body_open(struct bf_pull_body *b, const char *folder, size_t most, struct bf_err *err)
{
    *b = (struct bf_pull_body){.fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
                               .most = most};
    if (b->fd < 0) /* the file system has no such files */
        b->fd = memfd_create("beffroi-pull", MFD_CLOEXEC);
    return b->fd >= 0 || BF_FAIL_WITH(err, BF_E_STORAGE, "No file can be made for the body: %s.",
                                      strerror(errno));
}

void bf_pull_body_close(struct bf_pull_body *b)
{
    if (b->map)
        munmap(b->map, b->bytes);
    if (b->fd >= 0)
        close(b->fd);
    *b = (struct bf_pull_body){.fd = -1};
}

bool bf_pull_body_add(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct bf_pull_body *b = self;
    if (n > b->most - b->bytes)
        return BF_FAIL_WITH(err, BF_E_TOO_LARGE, "The body has more than %zu bytes.", b->most);
    while (n) {
        ssize_t wrote = write(b->fd, p, n);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return BF_FAIL_WITH(err, BF_E_STORAGE, "There is no room to keep the body: %s.",
                                strerror(errno));
        p += wrote;
        n -= (size_t)wrote;
        b->bytes += (size_t)wrote;
    }
    return true;
}

bool bf_pull_body_map(struct bf_pull_body *b, struct bf_str *out, struct bf_err *err)
{
    *out = BF_STR("");
    if (b->bytes == 0)
        return true;
    void *map = mmap(NULL, b->bytes, PROT_READ, MAP_PRIVATE, b->fd, 0);
    if (map == MAP_FAILED)
        return BF_FAIL_WITH(err, BF_E_STORAGE, "The body cannot be read back: %s.",
                            strerror(errno));
    b->map = map;
    *out = (struct bf_str){map, b->bytes};
    return true;
}
