#include "worker/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool address(const struct bf_conf *conf, unsigned pool, const char *suffix,
                    struct sockaddr_un *to, struct bf_err *err)
{
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    int n = snprintf(to->sun_path, sizeof to->sun_path, "%s/%s.sock%s", conf->run_dir,
                     bf_pool_name(pool), suffix);
    if (n < 0 || (size_t)n >= sizeof to->sun_path)
        return BF_FAIL_WITH(err, BF_E_INTERNAL,
                            "run_dir %s is too long: the path of a unix socket ends at 107 bytes",
                            conf->run_dir);
    return true;
}

static bool make(const struct bf_conf *conf, const struct bf_privileges *who, unsigned pool,
                 int *out, struct bf_err *err)
{
    struct sockaddr_un fresh, final;
    if (!address(conf, pool, ".new", &fresh, err) || !address(conf, pool, "", &final, err))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(fresh.sun_path);
    bool ok = fd >= 0 && bind(fd, (const struct sockaddr *)&fresh, sizeof fresh) == 0 &&
              (!who->has_group || chown(fresh.sun_path, (uid_t)-1, who->group) == 0) &&
              chmod(fresh.sun_path, 0660) == 0 && listen(fd, (int)conf->backlog) == 0 &&
              rename(fresh.sun_path, final.sun_path) == 0;
    if (!ok) {
        bool set = BF_FAIL_WITH(err, BF_E_INTERNAL, "%s: %s", final.sun_path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return set;
    }
    *out = fd;
    return true;
}

bool bf_sockets_open(const struct bf_conf *conf, const struct bf_privileges *who,
                     int sockets[BF_POOLS], struct bf_err *err)
{
    for (unsigned pool = 0; pool < BF_POOLS; pool++)
        if (!make(conf, who, pool, &sockets[pool], err))
            return false;
    return true;
}

void bf_sockets_remove(const struct bf_conf *conf)
{
    struct bf_err ignored;
    struct sockaddr_un at;
    bf_err_clear(&ignored);
    for (unsigned pool = 0; pool < BF_POOLS; pool++)
        if (address(conf, pool, "", &at, &ignored))
            unlink(at.sun_path);
}
