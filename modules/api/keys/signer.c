#include "api/keys/signer.h"

#include "auth/issue.h"
#include "core/clock.h"
#include "store/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, PEM_MAX = 4096, KID_MAX = 32, PATH = BF_CONF_TEXT + 64 };

struct held {
    char kid[KID_MAX + 1];
    char pem[PEM_MAX];
    size_t pem_n;
};

struct bf_signer {
    char folder[PATH];
    struct timespec changed; /* the folder, when it was read; 0: there was none */
    struct held held[MOST];
    size_t n;
};

static struct timespec changed(const struct bf_signer *s)
{
    struct stat about;
    return stat(s->folder, &about) == 0 ? about.st_mtim : (struct timespec){0};
}

bool bf_signer_is_old(const struct bf_signer *s)
{
    struct timespec now = changed(s);
    return now.tv_sec != s->changed.tv_sec || now.tv_nsec != s->changed.tv_nsec;
}

/* ---- files --------------------------------------------------------------------------------- */

static void read_file(struct bf_signer *s, int folder, const char *name)
{
    size_t kid_n = strlen(name) - 4;
    if (s->n == MOST || kid_n > KID_MAX)
        return;
    struct held *h = &s->held[s->n];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t n = fd < 0 ? -1 : read(fd, h->pem, sizeof h->pem);
    if (fd >= 0)
        close(fd);
    if (n <= 0 || n == PEM_MAX)
        return;
    memcpy(h->kid, name, kid_n);
    h->kid[kid_n] = '\0';
    h->pem_n = (size_t)n;
    s->n++;
}

struct bf_signer *bf_signer_new(const struct bf_conf *conf)
{
    struct bf_signer *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    snprintf(s->folder, sizeof s->folder, "%s/keys", conf->run_dir);
    s->changed = changed(s);
    DIR *dir = opendir(s->folder);
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        if (strlen(e->d_name) > 4 && bf_str_ends(bf_str_of(e->d_name), BF_STR(".pem")))
            read_file(s, dirfd(dir), e->d_name);
    if (dir)
        closedir(dir);
    return s;
}

void bf_signer_free(struct bf_signer *s)
{
    if (s)
        explicit_bzero(s, sizeof *s);
    free(s);
}

static bool cannot_write(const char *path, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", path, strerror(errno));
}

static bool write_file(const struct bf_signer *s, const char *path, struct bf_str pem,
                       struct bf_err *err)
{
    if (mkdir(s->folder, 0700) != 0 && errno != EEXIST)
        return cannot_write(s->folder, err);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot_write(path, err);
    bool ok = write(fd, pem.p, pem.n) == (ssize_t)pem.n && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    return ok || cannot_write(path, err);
}

/* ---- the one that signs -------------------------------------------------------------------- */

struct choice {
    struct bf_signer *signer;
    int64_t now;
    struct bf_signing *out;
};

static bool consider(void *self, const struct bf_signing_key *key, struct bf_err *err)
{
    (void)err;
    struct choice *c = self;
    if (c->out->kid.n || key->signs > c->now)
        return true;
    for (size_t i = 0; i < c->signer->n; i++) {
        const struct held *h = &c->signer->held[i];
        if (bf_str_eq(bf_str_of(h->kid), key->kid))
            *c->out = (struct bf_signing){bf_str_of(h->kid), {h->pem, h->pem_n}};
    }
    return true;
}

bool bf_signer_choose(struct bf_signer *s, struct bf_conn *c, struct bf_signing *out,
                      struct bf_err *err)
{
    struct choice choice = {s, bf_clock_wall_s(), out};
    *out = (struct bf_signing){0};
    return bf_keys_each(c, consider, &choice, err);
}

static struct bf_str name_new(struct bf_arena *a)
{
    time_t now = time(NULL);
    struct tm day;
    struct bf_str tail = bf_key_new_id(a);
    if (!gmtime_r(&now, &day) || !tail.p)
        return (struct bf_str){NULL, 0};
    return bf_arena_printf(a, "%04d%02d%02d-%.4s", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday,
                           tail.p);
}

bool bf_signer_make(struct bf_signer *s, struct bf_conn *c, struct bf_arena *a, int64_t signs,
                    struct bf_signing *out, struct bf_err *err)
{
    struct bf_str pem;
    struct bf_signing_key key = {.kid = name_new(a), .signs = signs};
    if (!key.kid.p || s->n == MOST)
        return BF_FAIL_WITH(err, BF_E_INTERNAL, "There is no room for another signing key.");
    const char *path = bf_arena_printf(a, "%s/%.*s.pem", s->folder, BF_STR_ARG(key.kid)).p;
    if (!bf_key_generate(a, &pem, &key.public_pem, err) || !write_file(s, path, pem, err))
        return false;
    if (!bf_keys_add_signing(c, &key, err)) {
        unlink(path); /* nobody will ever know its public half */
        return false;
    }
    struct held *h = &s->held[s->n++];
    memcpy(h->kid, key.kid.p, key.kid.n);
    h->kid[key.kid.n] = '\0';
    memcpy(h->pem, pem.p, pem.n);
    h->pem_n = pem.n;
    explicit_bzero((char *)(uintptr_t)pem.p, pem.n);
    *out = (struct bf_signing){bf_str_of(h->kid), {h->pem, h->pem_n}};
    return true;
}
