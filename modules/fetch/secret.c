#include "fetch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 4096 };

static bool is_token(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return s.n > 0;
}

static bool is_plain(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F)
            return false;
    return s.n > 0;
}

static bool is_query(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7F || s.p[i] == '#')
            return false;
    return s.n > 0;
}

static bool take_line(struct bf_arena *a, struct bf_str line, struct bf_secret *out)
{
    struct bf_str value;
    if (line.n == 0 || line.p[0] == '#')
        return true;
    if (line.p[0] == '?') {
        struct bf_str query = {line.p + 1, line.n - 1};
        bool first = out->query.n == 0 && is_query(query);
        if (first)
            out->query = bf_arena_dup(a, query);
        return first;
    }
    struct bf_str name = bf_str_cut(line, ':', &value);
    if (!value.p || !is_token(name) || !is_plain(bf_str_trim(value)) ||
        out->nheaders == BF_SECRET_HEADERS)
        return false;
    out->headers[out->nheaders++] = bf_arena_dup(a, line);
    return true;
}

static bool take_lines(struct bf_arena *a, struct bf_str text, struct bf_str name,
                       struct bf_secret *out, struct bf_err *err)
{
    unsigned number = 0;
    for (struct bf_str rest = text; rest.p;) {
        struct bf_str line = bf_str_trim(bf_str_cut(rest, '\n', &rest));
        number++;
        if (!take_line(a, line, out))
            return BF_FAIL_WITH(err, BF_E_PARAMETER,
                                "Line %u of the credential \"%.*s\" is neither `Header: value` nor "
                                "`?parameter=value`.",
                                number, BF_STR_ARG(name));
    }
    if (out->nheaders == 0 && out->query.n == 0)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "The credential \"%.*s\" is empty.",
                            BF_STR_ARG(name));
    return !bf_arena_failed(a) || BF_FAIL_WITH(err, BF_E_MEMORY, "no memory");
}

static bool may_be_read(int fd, struct bf_str name, struct bf_err *err)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > FILE_MOST)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The credential \"%.*s\" is no plain file of at most %d bytes.",
                            BF_STR_ARG(name), FILE_MOST);
    if ((about.st_uid != 0 && about.st_uid != geteuid()) || (about.st_mode & 077))
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The file of the credential \"%.*s\" may be read by others: it must "
                            "belong to root or to the server's account, with mode 0600 or 0400.",
                            BF_STR_ARG(name));
    return true;
}

static int open_file(const char *folder, struct bf_str name, struct bf_err *err)
{
    int at = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = at < 0 ? -1 : openat(at, name.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        BF_FAIL_WITH(err, BF_E_PARAMETER,
                     "The credential \"%.*s\" cannot be read in the folder of the setting "
                     "pull_secrets: %s.",
                     BF_STR_ARG(name), strerror(errno));
    if (at >= 0)
        close(at);
    return fd;
}

bool bf_secret_read(struct bf_arena *a, const char *folder, struct bf_str name,
                    struct bf_secret *out, struct bf_err *err)
{
    char text[FILE_MOST];
    *out = (struct bf_secret){.nheaders = 0};
    if (!is_token(name)) /* so no part of a path */
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "\"%.*s\" is no name of a credential.",
                            BF_STR_ARG(name));
    int fd = open_file(folder, name, err);
    if (fd < 0)
        return false;
    ssize_t n = may_be_read(fd, name, err) ? read(fd, text, sizeof text) : -1;
    close(fd);
    if (n < 0)
        return bf_err_is_set(err)
                   ? false
                   : BF_FAIL_WITH(err, BF_E_PARAMETER, "The credential \"%.*s\" cannot be read.",
                                  BF_STR_ARG(name));
    return take_lines(a, (struct bf_str){text, (size_t)n}, name, out, err);
}
