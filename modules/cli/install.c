#include "cli/install.h"

#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 64 << 20, DIGEST_CHARS = 16 };

const char *bf_install_default(struct bf_arena *a)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || n >= (ssize_t)sizeof path)
        return NULL;
    while (n > 0 && path[n - 1] != '/')
        n--;
    return bf_arena_printf(a, "%.*shandlers", (int)n, path).p;
}

static bool failed(struct bf_err *err, const char *path)
{
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", path, strerror(errno));
}

static bool read_whole(const char *path, struct bf_buf *out, struct bf_err *err)
{
    FILE *in = fopen(path, "re");
    if (!in)
        return failed(err, path);
    char block[16384];
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        bf_buf_bytes(out, block, n);
    bool ok = !ferror(in) && !bf_buf_failed(out);
    fclose(in);
    return ok || BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: cannot be read whole", path);
}

static bool write_all(int fd, struct bf_str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s.p += n;
        s.n -= (size_t)n;
    }
    return true;
}

/* Under a name of its own, on disk, then renamed: whoever opens the final name finds it whole. */
static bool write_new(const char *path, struct bf_str bytes, struct bf_err *err)
{
    char new[PATH_MAX];
    if (snprintf(new, sizeof new, "%s.%ld.new", path, (long)getpid()) >= (int)sizeof new)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: the path is too long", path);
    int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0755);
    if (fd < 0)
        return failed(err, new);
    bool ok = write_all(fd, bytes) && fchmod(fd, 0755) == 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok && rename(new, path) == 0;
    if (!ok) {
        failed(err, new);
        unlink(new);
    }
    return ok;
}

static bool install(struct bf_arena *a, const struct bf_conf *conf, struct bf_str name,
                    struct bf_str bytes, struct bf_str *file, struct bf_err *err)
{
    unsigned char digest[BF_DIGEST_BYTES];
    char hex[DIGEST_CHARS + 1];
    bf_digest_of(bytes, digest);
    for (size_t i = 0; i < DIGEST_CHARS / 2; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    *file = bf_arena_printf(a, "%s-%.*s.so", hex, BF_STR_ARG(name));
    const char *dir = bf_arena_printf(a, "%s/handlers", conf->run_dir).p;
    const char *path = dir ? bf_arena_printf(a, "%s/%s", dir, file->p).p : NULL;
    if (!path)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    if (mkdir(dir, 0755) < 0 && errno != EEXIST)
        return failed(err, dir);
    return access(path, F_OK) == 0 || write_new(path, bytes, err);
}

bool bf_install_handler(struct bf_arena *a, const struct bf_conf *conf, const char *from,
                        struct bf_str name, struct bf_str *file, struct bf_err *err)
{
    struct bf_buf bytes;
    bf_buf_init(&bytes, MOST_BYTES);
    const char *path = bf_arena_printf(a, "%s/%.*s.so", from, BF_STR_ARG(name)).p;
    bool ok = path ? read_whole(path, &bytes, err)
                   : BF_FAIL_WITH(err, BF_E_MEMORY, "There is no memory left.");
    ok = ok && install(a, conf, name, bf_buf_view(&bytes), file, err);
    bf_buf_fini(&bytes);
    return ok;
}
