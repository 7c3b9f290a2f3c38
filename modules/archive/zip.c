#include "archive/zip.h"

#include "core/map.h"

#include <zip.h>

#include <inttypes.h>
#include <string.h>

enum { PIECE = 64 << 10, RATIO_FROM = 4 << 20 };

struct bf_zip {
    struct bf_arena *arena;
    zip_t *zip;
    struct bf_zip_limits limits;
    struct bf_zip_file *files;
    size_t n;
    struct bf_map by_name;
    uint64_t unpacked; /* of all files that were read */
};

static void discard(void *zip)
{
    zip_discard(zip);
}

static bool damaged(zip_error_t *why, struct bf_err *err)
{
    if (zip_error_code_zip(why) == ZIP_ER_MEMORY)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
    BF_FAIL_WITH(err, BF_E_BODY, "The body is no ZIP archive, or it did not come whole.");
    bf_err_detail(err, "%s", zip_error_strerror(why));
    return false;
}

/* ---- opening ------------------------------------------------------------------------------- */

static zip_t *open_bytes(struct bf_str bytes, struct bf_err *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes.p, bytes.n, 0, &why);
    /* libzip takes a body of no bytes for an archive that is still to be filled. */
    zip_t *zip = source && bytes.n ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    if (!zip) {
        zip_source_free(source);
        damaged(&why, err);
    }
    zip_error_fini(&why);
    return zip;
}

static bool is_plain(struct bf_str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == 0x7F || name.p[i] == '\\' ||
            name.p[i] == ':')
            return false;
    return name.n > 0 && name.n <= BF_ZIP_NAME && bf_str_is_utf8(name);
}

/* What stands between two / is a name: neither empty nor one that leads elsewhere. */
static bool stays_inside(struct bf_str name)
{
    for (struct bf_str rest = name; rest.p;) {
        struct bf_str part = bf_str_cut(rest, '/', &rest);
        bool last = !rest.p;
        if ((part.n == 0 && !last) || bf_str_eq(part, BF_STR(".")) || bf_str_eq(part, BF_STR("..")))
            return false;
    }
    return true;
}

static bool add_entry(struct bf_zip *z, uint64_t number, struct bf_err *err)
{
    zip_stat_t s;
    zip_stat_init(&s);
    if (zip_stat_index(z->zip, number, 0, &s) != 0)
        return damaged(zip_get_error(z->zip), err);
    struct bf_str name = bf_str_of(s.valid & ZIP_STAT_NAME ? s.name : NULL);
    if (!is_plain(name)) /* not quoted: nobody knows what it does to a terminal */
        return BF_FAIL_WITH(
            err, BF_E_BODY,
            "The name of the entry %" PRIu64 " of the archive is not one of a file.", number + 1);
    if (!stays_inside(name))
        return BF_FAIL_WITH(err, BF_E_BODY,
                            "The archive holds \"%s\", a name that leads out of it.", name.p);
    if (bf_str_ends(name, BF_STR("/")))
        return true;
    struct bf_zip_file *f = &z->files[z->n++];
    *f = (struct bf_zip_file){bf_arena_dup(z->arena, name), s.size, number};
    if (!f->name.p)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
    if (bf_map_get(&z->by_name, name))
        return BF_FAIL_WITH(err, BF_E_BODY, "The archive holds \"%s\" twice.", name.p);
    return bf_map_put(&z->by_name, f->name, f) ||
           BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
}

static bool list(struct bf_zip *z, struct bf_err *err)
{
    zip_int64_t n = zip_get_num_entries(z->zip, 0);
    if (n < 0 || (uint64_t)n > z->limits.entries)
        return BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                            "The archive holds %" PRId64 " files, more than %" PRIu64 ".", n,
                            z->limits.entries);
    bf_map_init(&z->by_name, z->arena);
    z->files = bf_arena_zalloc(z->arena, (size_t)n + 1, sizeof *z->files);
    if (!z->files)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
    for (zip_int64_t i = 0; i < n; i++)
        if (!add_entry(z, (uint64_t)i, err))
            return false;
    return z->n > 0 || BF_FAIL_WITH(err, BF_E_BODY, "The archive holds no file.");
}

struct bf_zip *bf_zip_open(struct bf_arena *a, struct bf_str bytes,
                           const struct bf_zip_limits *limits, struct bf_err *err)
{
    struct bf_zip *z = bf_arena_zalloc(a, 1, sizeof *z);
    if (!z) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
        return NULL;
    }
    *z = (struct bf_zip){.arena = a, .limits = *limits, .zip = open_bytes(bytes, err)};
    if (!z->zip)
        return NULL;
    if (!bf_defer(a, discard, z->zip)) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to open the archive");
        return NULL;
    }
    return list(z, err) ? z : NULL;
}

const struct bf_zip_file *bf_zip_files(const struct bf_zip *z, size_t *n)
{
    *n = z->n;
    return z->files;
}

const struct bf_zip_file *bf_zip_find(const struct bf_zip *z, struct bf_str name)
{
    return bf_map_get(&z->by_name, name);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* `n` more bytes of the file, of which there are `bytes` then. */
static bool count(struct bf_zip *z, const struct bf_zip_file *f, const zip_stat_t *s,
                  uint64_t bytes, uint64_t n, struct bf_err *err)
{
    z->unpacked += n;
    if (bytes > z->limits.file_bytes)
        return BF_FAIL_WITH(err, BF_E_TOO_LARGE, "\"%s\" has more than %" PRIu64 " bytes.",
                            f->name.p, z->limits.file_bytes);
    if (z->unpacked > z->limits.all_bytes)
        return BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                            "The files of the archive have more than %" PRIu64 " bytes.",
                            z->limits.all_bytes);
    return bytes <= RATIO_FROM || bytes / BF_ZIP_RATIO <= s->comp_size ||
           BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                        "\"%s\" has more than %d bytes for each packed one, as no table has.",
                        f->name.p, BF_ZIP_RATIO);
}

static bool may_read(struct bf_zip *z, const struct bf_zip_file *f, zip_stat_t *s,
                     struct bf_err *err)
{
    const zip_uint64_t told =
        ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    zip_stat_init(s);
    if (zip_stat_index(z->zip, f->number, 0, s) != 0 || (s->valid & told) != told)
        return BF_FAIL_WITH(err, BF_E_BODY, "The archive says too little of \"%s\".", f->name.p);
    if (s->encryption_method != ZIP_EM_NONE)
        return BF_FAIL_WITH(err, BF_E_BODY, "\"%s\" is encrypted.", f->name.p);
    if (s->comp_method != ZIP_CM_STORE && s->comp_method != ZIP_CM_DEFLATE)
        return BF_FAIL_WITH(
            err, BF_E_BODY,
            "\"%s\" is packed by the method %u; stored and deflated files are read.", f->name.p,
            s->comp_method);
    return count(z, f, s, f->bytes, 0, err); /* before it costs anything */
}

static bool broken(const struct bf_zip_file *f, zip_file_t *file, struct bf_err *err)
{
    BF_FAIL_WITH(err, BF_E_BODY, "\"%s\" is damaged.", f->name.p);
    bf_err_detail(err, "%s", file ? zip_file_strerror(file) : "it cannot be opened");
    return false;
}

bool bf_zip_read(struct bf_zip *z, const struct bf_zip_file *f,
                 bool (*take)(void *self, const char *p, size_t n, struct bf_err *err), void *self,
                 struct bf_err *err)
{
    zip_stat_t s;
    char *piece = bf_arena_alloc(z->arena, PIECE);
    if (!piece)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to unpack the archive");
    if (!may_read(z, f, &s, err))
        return false;
    zip_file_t *file = zip_fopen_index(z->zip, f->number, 0);
    zip_int64_t n = 0;
    bool ok = file || broken(f, NULL, err);
    for (uint64_t bytes = 0; ok && (n = zip_fread(file, piece, PIECE)) > 0;) {
        bytes += (uint64_t)n;
        ok = count(z, f, &s, bytes, (uint64_t)n, err) && take(self, piece, (size_t)n, err);
    }
    ok = ok && (n == 0 || broken(f, file, err));
    if (file)
        zip_fclose(file);
    return ok;
}
