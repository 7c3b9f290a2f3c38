#include "cli/features.h"

#include "pull/geojson.h"
#include "pull/shapefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENDING = 4 };
#define FILE_MOST ((size_t)1 << 30)

struct mapped {
    struct bf_str bytes;
    int error; /* of errno, 0: none */
};

/* ---- files --------------------------------------------------------------------------------- */

static struct mapped map(const char *path)
{
    struct mapped m = {.bytes = BF_STR("")};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        m.error = errno;
    else if (!S_ISREG(st.st_mode))
        m.error = EISDIR;
    else if (st.st_size > 0) {
        void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            m.error = errno;
        else
            m.bytes = (struct bf_str){p, (size_t)st.st_size};
    }
    if (fd >= 0)
        close(fd);
    return m;
}

static void unmap(struct mapped *m)
{
    union {
        const char *p;
        void *map;
    } at = {m->bytes.p};
    if (m->bytes.n)
        munmap(at.map, m->bytes.n);
    m->bytes = BF_STR("");
}

enum bf_features_kind bf_features_kind(const char *path)
{
    struct bf_str name = bf_str_of(path);
    if (bf_str_is_file(name, ".geojson"))
        return BF_FEATURES_GEOJSON;
    bool shapefile = bf_str_is_file(name, ".shp") || bf_str_is_file(name, ".zip");
    return shapefile ? BF_FEATURES_SHAPEFILE : BF_FEATURES_NONE;
}

/* ---- a shapefile that is no archive -------------------------------------------------------- */

/* The file beside path, in small or capital letters. */
static struct mapped map_beside(struct bf_arena *a, const char *path, const char *small,
                                const char *capital)
{
    int stem = (int)strlen(path) - ENDING;
    const char *ending = path[strlen(path) - 1] == 'P' ? capital : small;
    struct mapped m = map(bf_arena_printf(a, "%.*s%s", stem, path, ending).p);
    if (m.error == ENOENT)
        m = map(bf_arena_printf(a, "%.*s%s", stem, path, ending == small ? capital : small).p);
    return m;
}

static bool read_beside(struct bf_arena *a, struct bf_features *f, struct bf_str shp,
                        struct bf_err *err)
{
    struct mapped shx = map_beside(a, f->path, ".shx", ".SHX");
    struct mapped dbf = map_beside(a, f->path, ".dbf", ".DBF");
    struct mapped prj = map_beside(a, f->path, ".prj", ".PRJ");
    struct mapped cpg = map_beside(a, f->path, ".cpg", ".CPG");
    const struct bf_shapefile_parts parts = {
        .shp = shp, .shx = shx.bytes, .dbf = dbf.bytes, .prj = prj.bytes, .cpg = cpg.bytes};
    bool ok = dbf.error == 0
                  ? bf_shapefile_read(a, &parts, &f->options, f->take, f->self, &f->said, err)
                  : BF_FAIL_WITH(err, BF_E_PARAMETER, "the .dbf beside it cannot be read: %s.",
                                 strerror(dbf.error));
    unmap(&shx);
    unmap(&dbf);
    unmap(&prj);
    unmap(&cpg);
    return ok;
}

/* ---- all ----------------------------------------------------------------------------------- */

static bool read_archive(struct bf_arena *a, struct bf_features *f, struct bf_str bytes,
                         struct bf_err *err)
{
    const char *folder = getenv("TMPDIR");
    struct bf_pull_shapefile s = {.options = f->options,
                                  .table = f->table,
                                  .bytes_most = FILE_MOST,
                                  .folder = folder ? folder : "/tmp",
                                  .take = f->take,
                                  .self = f->self};
    bool ok = bf_pull_shapefile(a, &s, bytes, err);
    f->said = s.said;
    return ok;
}

static bool read_features(const struct bf_features *f, struct bf_str bytes, struct bf_err *err)
{
    const struct bf_pull_geojson g = {.geometry = f->options.geometry,
                                      .id = f->options.number,
                                      .crs = f->options.crs,
                                      .take = f->take,
                                      .self = f->self};
    return bf_pull_geojson(&g, bytes, err);
}

static bool read_bytes(struct bf_arena *a, struct bf_features *f, struct bf_str bytes,
                       struct bf_err *err)
{
    if (f->kind == BF_FEATURES_GEOJSON)
        return read_features(f, bytes, err);
    if (bf_str_is_file(bf_str_of(f->path), ".shp"))
        return read_beside(a, f, bytes, err);
    return read_archive(a, f, bytes, err);
}

/* What the readers say, behind the path; what take says names it already. */
static bool with_path(const struct bf_features *f, struct bf_err *err)
{
    struct bf_err inner = *err;
    bool named = strncmp(inner.message, f->path, strlen(f->path)) == 0;
    if (named || (inner.code != BF_E_BODY && inner.code != BF_E_PARAMETER))
        return false;
    bf_err_clear(err);
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", f->path, inner.message);
}

bool bf_features_read(struct bf_arena *a, struct bf_features *f, struct bf_err *err)
{
    struct mapped file = map(f->path);
    f->said = (struct bf_shapefile_said){.records = 0};
    bool ok = file.error ? BF_FAIL_WITH(err, BF_E_PARAMETER, "%s", strerror(file.error))
                         : read_bytes(a, f, file.bytes, err);
    unmap(&file);
    return ok || with_path(f, err);
}

void bf_features_say(const struct bf_features *f)
{
    const struct bf_shapefile_said *s = &f->said;
    if (!s->crs || !s->encoding)
        return;
    printf("%s: read in %s by the %s, %s by the %s", f->path, s->crs, s->crs_by, s->encoding,
           s->encoding_by);
    if (s->z || s->m)
        printf("; %s are left out", s->z ? "heights" : "measures");
    if (s->deleted)
        printf("; deleted records, left out: %zu", s->deleted);
    if (s->without_shape)
        printf("; records without a shape: %zu", s->without_shape);
    printf("\n");
}

bool bf_features_option(struct bf_features *f, int option, const char *value)
{
    struct bf_str text = bf_str_of(value);
    switch (option) {
    case BF_FEATURES_CRS:
        f->options.crs = text;
        return true;
    case BF_FEATURES_ENCODING:
        f->options.encoding = text;
        return true;
    case BF_FEATURES_TABLE:
        f->table = text;
        return true;
    case BF_FEATURES_NUMBER:
        f->options.number = text;
        return true;
    default:
        return false;
    }
}
