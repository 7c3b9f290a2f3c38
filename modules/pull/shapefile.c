#include "pull/shapefile.h"

#include "archive/zip.h"
#include "pull/body.h"

#include <stdio.h>
#include <string.h>

enum { FILES = 10000, PARTS = 5, NAMES = 400, ENDING = 4 };

enum { SHP, SHX, DBF, PRJ, CPG };
static const char *const endings[PARTS] = {".shp", ".shx", ".dbf", ".prj", ".cpg"};

struct unpacking {
    const struct bf_pull_shapefile *order;
    struct bf_zip *zip;
    const struct bf_zip_file *files;
    size_t nfiles;
    const struct bf_zip_file *shp;
    struct bf_pull_body bodies[PARTS];
    struct bf_str bytes[PARTS];
};

/* ---- which one ----------------------------------------------------------------------------- */

static struct bf_str stem_of(struct bf_str name)
{
    return (struct bf_str){name.p, name.n - ENDING};
}

/* Left by the archiver of a Mac. */
static bool is_fork(struct bf_str name)
{
    const char *slash = memrchr(name.p, '/', name.n);
    struct bf_str last = name;
    if (slash)
        last = (struct bf_str){slash + 1, (size_t)(name.p + name.n - slash - 1)};
    return bf_str_starts(name, BF_STR("__MACOSX/")) || bf_str_starts(last, BF_STR("._"));
}

static bool is_shp(struct bf_str name)
{
    return bf_str_is_file(name, ".shp") && !is_fork(name);
}

static bool is_named(const struct unpacking *u, struct bf_str name)
{
    return bf_str_eq(name, u->order->table);
}

/* "a.shp, b.shp, …" */
static void list_names(const struct unpacking *u, const char *ending, char out[NAMES])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < u->nfiles; i++) {
        struct bf_str name = u->files[i].name;
        if (!bf_str_is_file(name, ending) || is_fork(name))
            continue;
        if (n + name.n + sizeof ", …" + sizeof ", " > NAMES) {
            snprintf(out + n, NAMES - n, ", …");
            return;
        }
        n += (size_t)snprintf(out + n, NAMES - n, "%s%.*s", n ? ", " : "", BF_STR_ARG(name));
    }
}

static bool none_found(const struct unpacking *u, size_t n, struct bf_err *err)
{
    char names[NAMES];
    list_names(u, n ? ".shp" : ".zip", names);
    if (n && u->order->table.n)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The archive has no file \"%.*s\", which \"table\" names; there are: "
                            "%s.",
                            BF_STR_ARG(u->order->table), names);
    if (n)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The archive has %zu shapefiles, and \"table\" names none of them: %s.",
                            n, names);
    if (names[0])
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The archive has no shapefile, but archives, which are not read: %s.",
                            names);
    return BF_FAIL_WITH(err, BF_E_BODY, "The archive has no shapefile: no file ends in .shp.");
}

static bool find_shp(struct unpacking *u, struct bf_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < u->nfiles; i++) {
        if (!is_shp(u->files[i].name))
            continue;
        n++;
        if (!u->order->table.n || is_named(u, u->files[i].name))
            u->shp = &u->files[i];
    }
    if (!u->shp || (!u->order->table.n && n > 1))
        return none_found(u, n, err);
    return true;
}

/* ---- its files ----------------------------------------------------------------------------- */

static const struct bf_zip_file *find_part(const struct unpacking *u, int part)
{
    struct bf_str stem = stem_of(u->shp->name);
    for (size_t i = 0; i < u->nfiles; i++)
        if (bf_str_is_file(u->files[i].name, endings[part]) &&
            bf_str_eq_nocase(stem_of(u->files[i].name), stem))
            return &u->files[i];
    return NULL;
}

static bool unpack_part(struct unpacking *u, int part, struct bf_err *err)
{
    const struct bf_zip_file *file = part == SHP ? u->shp : find_part(u, part);
    if (!file && part == DBF)
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The archive has %s, and no .dbf of that name beside it.",
                            u->shp->name.p);
    if (!file)
        return true;
    return bf_pull_body_open(&u->bodies[part], u->order->folder, u->order->bytes_most, err) &&
           bf_zip_read(u->zip, file, bf_pull_body_add, &u->bodies[part], err) &&
           bf_pull_body_map(&u->bodies[part], &u->bytes[part], err);
}

static bool unpack(struct unpacking *u, struct bf_err *err)
{
    for (int part = 0; part < PARTS; part++)
        if (!unpack_part(u, part, err))
            return false;
    return true;
}

static bool read_archive(struct bf_arena *a, struct unpacking *u, struct bf_pull_shapefile *s,
                         struct bf_str archive, struct bf_err *err)
{
    const struct bf_zip_limits limits = {.entries = FILES,
                                         .file_bytes = s->bytes_most,
                                         .all_bytes = PARTS * (uint64_t)s->bytes_most};
    u->zip = bf_zip_open(a, archive, &limits, err);
    if (!u->zip)
        return false;
    u->files = bf_zip_files(u->zip, &u->nfiles);
    if (!find_shp(u, err) || !unpack(u, err))
        return false;
    const struct bf_shapefile_parts parts = {.shp = u->bytes[SHP],
                                             .shx = u->bytes[SHX],
                                             .dbf = u->bytes[DBF],
                                             .prj = u->bytes[PRJ],
                                             .cpg = u->bytes[CPG]};
    return bf_shapefile_read(a, &parts, &s->options, s->take, s->self, &s->said, err);
}

bool bf_pull_shapefile(struct bf_arena *a, struct bf_pull_shapefile *s, struct bf_str archive,
                       struct bf_err *err)
{
    struct unpacking u = {.order = s};
    for (int part = 0; part < PARTS; part++)
        u.bodies[part].fd = -1;
    bool ok = read_archive(a, &u, s, archive, err);
    for (int part = 0; part < PARTS; part++)
        bf_pull_body_close(&u.bodies[part]);
    return ok;
}
