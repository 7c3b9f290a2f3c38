#include "plugin/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char entry_symbol[] = "bf_handler_v1";

/* The members that a handler of minor 0 has at the very least; everything after them is
 * optional. */
enum {
    LEAST_SIZE = offsetof(struct bf_handler, options),
    MOST_SIZE = 4096 /* a larger one is not a size but garbage */
};

static bool plain_name(struct bf_str name)
{
    return name.n > 0 && name.n <= 255 && name.p[0] != '.' && !memchr(name.p, '/', name.n) &&
           !memchr(name.p, '\0', name.n);
}

/* Whoever may write the file, or its folder, runs code in every worker. */
static bool owned(const struct stat *st, const char *path, struct bf_err *err)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s belongs to neither root nor this user", path);
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s can be written by others (mode %04o)", path,
                            (unsigned)(st->st_mode & 07777));
    return true;
}

const char *bf_loader_trusted(struct bf_arena *a, const char *dir, struct bf_str name,
                              struct bf_err *err)
{
    struct stat st;
    if (!plain_name(name)) {
        BF_FAIL_WITH(err, BF_E_HANDLER, "\"%.*s\" is not a file name", BF_STR_ARG(name));
        return NULL;
    }
    if (stat(dir, &st) != 0) {
        BF_FAIL_WITH(err, BF_E_HANDLER, "%s: %s", dir, strerror(errno));
        return NULL;
    }
    if (!owned(&st, dir, err))
        return NULL;
    /* dlopen searches the system's libraries for a name without a slash. */
    const char *here = strchr(dir, '/') ? "" : "./";
    struct bf_str path = bf_arena_printf(a, "%s%s/%.*s", here, dir, BF_STR_ARG(name));
    if (!path.p) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for a path");
        return NULL;
    }
    if (lstat(path.p, &st) != 0) {
        BF_FAIL_WITH(err, BF_E_HANDLER, "%s: %s", path.p, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        BF_FAIL_WITH(err, BF_E_HANDLER, "%s is not a regular file", path.p);
        return NULL;
    }
    return owned(&st, path.p, err) ? path.p : NULL;
}

bool bf_loader_load(const char *path, struct bf_loaded *out, struct bf_err *err)
{
    dlerror();
    /* NOW: a missing function is found here and not in the first request that needs it. LOCAL: two
     * handlers never see each other's names. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const char *why = library ? NULL : dlerror();
    if (!library)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "cannot load: %s", why ? why : path);
    void *symbol = dlsym(library, entry_symbol);
    if (!symbol)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "%s does not export %s: it is not a handler, or one for another major "
                            "version than %u",
                            path, entry_symbol, BF_ABI_MAJOR);
    memcpy(&out->entry, &symbol, sizeof symbol); /* POSIX dlsym; ISO C has no cast for it */
    return true;
}

static bool check_version(const struct bf_handler *h, struct bf_err *err)
{
    if (h->major != BF_ABI_MAJOR)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler was built for ABI %u.%u, this server speaks %u.%u",
                            h->major, h->minor, BF_ABI_MAJOR, BF_ABI_MINOR);
    if (h->minor > BF_ABI_MINOR)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler was built for ABI %u.%u, which is newer than this "
                            "server's %u.%u: update the server, or build the handler with its "
                            "header",
                            h->major, h->minor, BF_ABI_MAJOR, BF_ABI_MINOR);
    if (h->size < LEAST_SIZE || h->size > MOST_SIZE || h->size % _Alignof(struct bf_handler) != 0)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler's size is %u bytes, which no version of the ABI has",
                            h->size);
    return true;
}

bool bf_loader_enter(const struct bf_loaded *loaded, const struct bf_api *host,
                     struct bf_handler *out, struct bf_err *err)
{
    const struct bf_handler *h = loaded->entry(host);
    if (!h)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "%s gave no handler", entry_symbol);
    if (!check_version(h, err))
        return false;
    memset(out, 0, sizeof *out);
    memcpy(out, h, h->size < sizeof *out ? h->size : sizeof *out);
    if (out->flags != 0)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler sets flags %#x that this server does not know",
                            out->flags);
    return true;
}
