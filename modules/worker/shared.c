#include "worker/shared.h"

#include "core/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE "/dev/shm"
#define PREFIX "beffroi."

enum { PAGE = 4096, PATH = BF_CONF_TEXT + 32 };

static size_t round_up(size_t n)
{
    return (n + PAGE - 1) / PAGE * PAGE;
}

static size_t live_at(void)
{
    return round_up(sizeof(struct bf_board));
}

static size_t quarantine_at(void)
{
    return live_at() + round_up(bf_live_size());
}

static size_t fuses_at(void)
{
    return quarantine_at() + round_up(bf_quarantine_size());
}

static size_t rates_at(void)
{
    return fuses_at() + round_up(bf_fuses_size());
}

static size_t access_at(void)
{
    return rates_at() + round_up(bf_rates_size());
}

static size_t used_at(void)
{
    return access_at() + round_up(bf_access_size());
}

static size_t hot_at(void)
{
    return used_at() + round_up(bf_used_size());
}

static size_t size_with(uint64_t hot_bytes)
{
    return hot_at() + round_up(bf_hot_size((size_t)hot_bytes));
}

static void name_link(const struct bf_conf *conf, const char *suffix, char path[PATH])
{
    snprintf(path, PATH, "%s/scoreboard%s", conf->run_dir, suffix);
}

static void set_parts(struct bf_shared *s, void *memory)
{
    char *at = memory;
    s->board = s->head = memory;
    s->live = (struct bf_live *)(void *)(at + live_at());
    s->quarantine = (struct bf_quarantine *)(void *)(at + quarantine_at());
    s->fuses = (struct bf_fuses *)(void *)(at + fuses_at());
    s->rates = (struct bf_rates *)(void *)(at + rates_at());
    s->access = (struct bf_access *)(void *)(at + access_at());
    s->used = bf_used_init(at + used_at());
    s->hot = s->board->hot_bytes ? (struct bf_hot *)(void *)(at + hot_at()) : NULL;
}

static bool fail(struct bf_err *err, const char *path)
{
    return BF_FAIL_WITH(err, BF_E_INTERNAL, "%s: %s", path, strerror(errno));
}

/* ---- making -------------------------------------------------------------------------------- */

/* A new file of our own: nobody can have put one there before. */
static int make_file(const struct bf_conf *conf, char path[PATH])
{
    snprintf(path, PATH, PLACE "/" PREFIX "XXXXXX");
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        return fd;
    name_link(conf, ".XXXXXX", path);
    return mkostemp(path, O_CLOEXEC);
}

/* Replaced by rename: whoever looks for it finds the old one or the new one. */
static bool make_link(const struct bf_conf *conf, const char *path, struct bf_err *err)
{
    char fresh[PATH], final[PATH];
    name_link(conf, ".new", fresh);
    name_link(conf, "", final);
    unlink(fresh);
    if (symlink(path, fresh) != 0 || rename(fresh, final) != 0)
        return fail(err, final);
    return true;
}

static bool fill(int fd, const struct bf_conf *conf, const struct bf_privileges *who,
                 struct bf_shared *out)
{
    uint64_t hot_bytes = (uint64_t)conf->hot_bytes;
    out->size = size_with(hot_bytes);
    unsigned char seed[16];
    if (getrandom(seed, sizeof seed, 0) != sizeof seed || fchmod(fd, 0640) != 0 ||
        (who->has_group && fchown(fd, (uid_t)-1, who->group) != 0) ||
        ftruncate(fd, (off_t)out->size) != 0)
        return false;
    void *memory = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return false;
    ((struct bf_board *)memory)->hot_bytes = hot_bytes;
    set_parts(out, memory);
    bf_live_init(out->live);
    bf_access_init(out->access);
    bf_fuses_init(out->fuses, conf->hook_pause_ms * 1000);
    bf_hot_init(out->hot, (size_t)hot_bytes);
    bf_rates_init(out->rates, seed, bf_clock_mono_us());
    out->board->live_at = live_at();
    out->board->quarantine_at = quarantine_at();
    out->board->rates_at = rates_at();
    out->board->access_at = access_at();
    out->board->hot_at = hot_at();
    bf_board_init(out->board, out->size);
    return true;
}

/* Without it nothing is kept, and nothing else is lost. */
static struct bf_asked *make_asked(const struct bf_conf *conf)
{
    size_t size = bf_asked_size();
    if (conf->canary_requests == 0)
        return NULL;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, size, MADV_DONTDUMP);
    return memory;
}

bool bf_shared_make(const struct bf_conf *conf, const struct bf_privileges *who,
                    struct bf_shared *out, struct bf_err *err)
{
    *out = (struct bf_shared){0};
    int fd = make_file(conf, out->path);
    if (fd < 0)
        return fail(err, out->path);
    bool ok = fill(fd, conf, who, out) || fail(err, out->path);
    close(fd);
    if (ok && make_link(conf, out->path, err)) {
        out->asked = make_asked(conf);
        return true;
    }
    unlink(out->path);
    bf_shared_close(out);
    return false;
}

/* ---- opening ------------------------------------------------------------------------------- */

static bool laid_out_as_ours(const struct bf_board *b, size_t size)
{
    return bf_board_fits(b, size) && b->live_at == live_at() &&
           b->quarantine_at == quarantine_at() && b->rates_at == rates_at() &&
           b->access_at == access_at() && b->hot_at == hot_at() && size == size_with(b->hot_bytes);
}

static bool understand(struct bf_shared *s, void *memory, struct bf_err *err)
{
    s->head = memory;
    if (atomic_load(&s->head->magic) != BF_BOARD_MAGIC)
        return BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE, "%s is no scoreboard of Beffroi",
                            s->path);
    if (!laid_out_as_ours(s->head, s->size))
        return BF_FAIL_WITH(err, BF_E_CONFLICT,
                            "%s was made by another build of Beffroi: use that one's commands",
                            s->path);
    set_parts(s, memory);
    return true;
}

bool bf_shared_open(const struct bf_conf *conf, bool writable, struct bf_shared *out,
                    struct bf_err *err)
{
    char link[PATH];
    struct stat about = {0};
    *out = (struct bf_shared){0};
    name_link(conf, "", link);
    ssize_t n = readlink(link, out->path, sizeof out->path - 1);
    int fd = n < 0 ? -1 : open(out->path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size < PAGE) {
        if (fd >= 0)
            close(fd);
        return BF_FAIL_WITH(err, errno == EACCES ? BF_E_FORBIDDEN : BF_E_NOT_FOUND_RESOURCE,
                            "%s: %s", link, strerror(errno));
    }
    out->size = (size_t)about.st_size;
    void *memory =
        mmap(NULL, out->size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return fail(err, out->path);
    return understand(out, memory, err);
}

void bf_shared_close(struct bf_shared *s)
{
    if (s->asked)
        munmap(s->asked, bf_asked_size());
    s->asked = NULL;
    if (s->head)
        munmap(s->head, s->size);
    s->board = s->head = NULL;
}

void bf_shared_remove(const struct bf_conf *conf, const struct bf_shared *s)
{
    char link[PATH], leads_to[PATH];
    name_link(conf, "", link);
    ssize_t n = readlink(link, leads_to, sizeof leads_to - 1);
    leads_to[n < 0 ? 0 : n] = '\0';
    if (strcmp(leads_to, s->path) == 0)
        unlink(link);
    unlink(s->path);
}

/* ---- sweeping ------------------------------------------------------------------------------ */

static bool anybody_alive(const struct bf_board *b)
{
    struct bf_identity guardian = {atomic_load(&b->guardian_pid), atomic_load(&b->guardian_start)};
    struct bf_identity master = {atomic_load(&b->master_pid), atomic_load(&b->master_start)};
    bool alive = bf_identity_alive(guardian, NULL) || bf_identity_alive(master, NULL);
    uint32_t used = atomic_load(&b->slots_used);
    for (uint32_t i = 0; !alive && i < used && i < BF_BOARD_SLOTS; i++)
        alive = atomic_load(&b->slots[i].duty) != BF_DUTY_FREE &&
                bf_identity_alive(bf_slot_identity(&b->slots[i]), NULL);
    return alive;
}

/* Only what this very build made, in our own pid namespace (containers may share /dev/shm): of
 * others we know nothing. */
static bool left_over(int fd)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_uid != geteuid() || !S_ISREG(about.st_mode) ||
        (size_t)about.st_size < size_with(0))
        return false;
    size_t size = (size_t)about.st_size;
    void *memory = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED)
        return false;
    const struct bf_board *b = memory;
    bool left =
        laid_out_as_ours(b, size) && b->pid_space == bf_process_pid_space() && !anybody_alive(b);
    munmap(memory, size);
    return left;
}

void bf_shared_sweep(void)
{
    DIR *dir = opendir(PLACE);
    if (!dir)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0)
            continue;
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            continue;
        if (left_over(fd))
            unlinkat(dirfd(dir), entry->d_name, 0);
        close(fd);
    }
    closedir(dir);
}
