#include "cli/commands.h"

#include "auth/issue.h"
#include "cli/say.h"
#include "core/clock.h"
#include "core/digest.h"
#include "store/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 1 << 20, PEM_MAX = 8192, DAY_S = 86400, DEFAULT_DAYS = 365, MOST_DAYS = 400 };

static const char usage[] =
    "key issue --sub NAME --scope 'push:DATASET push:DATASET...' [--days N]\n"
    "       beffroi key list\n"
    "  issue prints a new key for a partner, alone, on stdout: it is kept nowhere else\n"
    "  --sub NAME     the partner\n"
    "  --scope SCOPE  what the key may do: push:<dataset> or push:* (every dataset)\n"
    "  --days N       how long it is valid (365, at most 400)";

struct run {
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_err err;
    struct bf_str kid, private_pem; /* of the signing key that is used */
};

/* ---- the signing key: its private half lies in run_dir/keys and nowhere else ---- */

static struct bf_str path_of(struct run *r, struct bf_str kid)
{
    return bf_arena_printf(r->arena, "%s/keys/%.*s.pem", r->conf.run_dir, BF_STR_ARG(kid));
}

static struct bf_str read_private(struct run *r, const char *path)
{
    char text[PEM_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0)
        close(fd);
    struct bf_str copy = {NULL, 0};
    if (n > 0)
        copy = bf_arena_dup(r->arena, (struct bf_str){text, (size_t)n});
    explicit_bzero(text, sizeof text);
    return copy;
}

/* The newest signing key whose private half this machine holds. */
static bool use_known(void *self, const struct bf_signing_key *key, struct bf_err *err)
{
    (void)err;
    struct run *r = self;
    if (r->private_pem.p)
        return true;
    r->private_pem = read_private(r, path_of(r, key->kid).p);
    if (r->private_pem.p)
        r->kid = bf_arena_dup(r->arena, key->kid);
    return true;
}

static bool cannot_write(struct run *r, const char *path)
{
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s: %s", path, strerror(errno));
}

static bool write_private(struct run *r, const char *path)
{
    const char *dir = bf_arena_printf(r->arena, "%s/keys", r->conf.run_dir).p;
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return cannot_write(r, dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot_write(r, path);
    bool ok = write(fd, r->private_pem.p, r->private_pem.n) == (ssize_t)r->private_pem.n &&
              fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok || cannot_write(r, path);
}

static bool make_signing_key(struct run *r)
{
    struct bf_signing_key key;
    time_t now = time(NULL);
    struct tm day;
    struct bf_str tail = bf_key_new_id(r->arena);
    if (!gmtime_r(&now, &day) || !tail.p)
        return BF_FAIL_WITH(&r->err, BF_E_INTERNAL, "no randomness for a new key");
    key.kid = bf_arena_printf(r->arena, "%04d%02d%02d-%.4s", day.tm_year + 1900, day.tm_mon + 1,
                              day.tm_mday, tail.p);
    const char *path = path_of(r, key.kid).p;
    if (!bf_key_generate(r->arena, &r->private_pem, &key.public_pem, &r->err) ||
        !write_private(r, path))
        return false;
    r->kid = key.kid;
    if (bf_keys_add_signing(r->conn, &key, &r->err))
        return true;
    unlink(path); /* nobody will ever know its public half */
    return false;
}

/* ---- issue ---- */

static bool issue(struct run *r, struct bf_str sub, struct bf_str scope, int64_t days,
                  struct bf_str *token)
{
    if (!bf_keys_each(r->conn, use_known, r, &r->err) ||
        (!r->private_pem.p && !make_signing_key(r)))
        return false;
    int64_t now = bf_clock_wall_us() / 1000000;
    struct bf_key_order order = {.kid = r->kid,
                                 .private_pem = r->private_pem,
                                 .sub = sub,
                                 .scope = scope,
                                 .issued = now,
                                 .expires = now + days * DAY_S,
                                 .jti = bf_key_new_id(r->arena)};
    if (!bf_key_issue(r->arena, &order, token, &r->err))
        return false;
    struct bf_issued_key row = {.jti = order.jti,
                                .kid = order.kid,
                                .sub = sub,
                                .scope = scope,
                                .issued = order.issued,
                                .expires = order.expires};
    bf_digest_of(*token, row.digest);
    return bf_keys_add_issued(r->conn, &row, &r->err);
}

static bool read_days(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 1 && *out <= MOST_DAYS;
}

static bool run_issue(struct run *r, int argc, char **argv, int *status)
{
    static const struct option options[] = {{"sub", required_argument, NULL, 's'},
                                            {"scope", required_argument, NULL, 'c'},
                                            {"days", required_argument, NULL, 'd'},
                                            {NULL, 0, NULL, 0}};
    struct bf_str sub = {NULL, 0}, scope = {NULL, 0}, token;
    int64_t days = DEFAULT_DAYS;
    bool good = true;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 's')
            sub = bf_str_of(optarg);
        else if (c == 'c')
            scope = bf_str_of(optarg);
        else
            good = good && c == 'd' && read_days(optarg, &days);
    }
    if (!good || optind != argc || !sub.n || !scope.n) {
        *status = bf_say_usage(usage);
        return true;
    }
    if (!issue(r, sub, scope, days, &token))
        return false;
    printf("%.*s\n", BF_STR_ARG(token));
    *status = fflush(stdout) == 0 ? 0 : 1;
    return true;
}

/* ---- list ---- */

static void print_key(void *self, const struct bf_issued_key *key)
{
    const int64_t *now = self;
    char issued[16], expires[16];
    time_t from = key->issued, to = key->expires;
    struct tm a, b;
    if (!gmtime_r(&from, &a) || !gmtime_r(&to, &b) ||
        strftime(issued, sizeof issued, "%Y-%m-%d", &a) == 0 ||
        strftime(expires, sizeof expires, "%Y-%m-%d", &b) == 0)
        return;
    printf("%-14.*s%-12s%-12s%-9s%-24.*s%.*s\n", BF_STR_ARG(key->jti), issued, expires,
           *now < key->expires ? "valid" : "expired", BF_STR_ARG(key->sub), BF_STR_ARG(key->scope));
}

static bool run_list(struct run *r)
{
    int64_t now = bf_clock_wall_us() / 1000000;
    printf("%-14s%-12s%-12s%-9s%-24s%s\n", "id", "issued", "expires", "state", "partner", "scope");
    return bf_keys_list(r->conn, print_key, &now, &r->err);
}

static int run(struct run *r, int argc, char **argv)
{
    int status = 0;
    bool list = strcmp(argv[0], "list") == 0;
    if ((!list && strcmp(argv[0], "issue") != 0) || (list && argc > 1))
        return bf_say_usage(usage);
    bf_err_clear(&r->err);
    if (!bf_conf_load(&r->conf, NULL, &r->err))
        return bf_say_error("key", &r->err);
    r->arena = bf_arena_new(MEMORY);
    r->conn = bf_conn_new(&r->conf, BF_ROLE_OWNER);
    bool ok = r->arena && r->conn && bf_conn_ready(r->conn, &r->err) &&
              (list ? run_list(r) : run_issue(r, argc, argv, &status));
    if (!ok)
        status = bf_say_error("key", &r->err);
    bf_conn_free(r->conn);
    bf_arena_free(r->arena);
    return status;
}

int bf_cmd_key(int argc, char **argv)
{
    static struct run r;
    return argc > 1 ? run(&r, argc - 1, argv + 1) : bf_say_usage(usage);
}
