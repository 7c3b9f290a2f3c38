/*
 * archive/zip: the files in a ZIP archive that lies in memory.
 *
 * Purpose    some publishers pack what they publish: a timetable (GTFS), a shapefile. Lists what is
 *            in an archive and unpacks one file in pieces; nothing is ever written to a disk. The
 *            only room with libzip.
 * Ownership  the archive lies in the arena, which closes it; the bytes are borrowed for as long.
 *            Names are UTF-8 (others are taken for code page 437, as the format says).
 * Refused    the whole archive: more than `entries` files, a name that stands twice, that is
 *            absolute, leads out by `..` or holds \, a colon or a control character. A file, when
 *            it is read: encrypted, packed in another way than stored or deflated, damaged.
 * Limits     sizes are counted as they are unpacked, whatever the archive says of itself: of a
 *            file, of all files that are read, and, beyond 4 MiB, BF_ZIP_RATIO bytes for each
 *            packed one. Files that nobody reads cost nothing.
 * Errors     BODY, TOO_LARGE, MEMORY, and whatever `take` says. Messages name the file.
 *
 *     const struct bf_zip_limits limits = {.entries = 1000, .file_bytes = …, .all_bytes = …};
 *     struct bf_zip *z = bf_zip_open(a, bytes, &limits, err);
 *     const struct bf_zip_file *f = z ? bf_zip_find(z, BF_STR("stops.txt")) : NULL;
 *     if (f && bf_zip_read(z, f, bf_pull_body_add, &body, err)) …
 */
#ifndef BF_ARCHIVE_ZIP_H
#define BF_ARCHIVE_ZIP_H

#include "core/arena.h"
#include "core/err.h"

enum { BF_ZIP_RATIO = 200, BF_ZIP_NAME = 255 };

struct bf_zip_limits {
    uint64_t entries, file_bytes, all_bytes;
};

struct bf_zip_file {
    struct bf_str name; /* with its folders, a / between; NUL-terminated */
    uint64_t bytes;     /* unpacked, as the archive says */
    uint64_t number;    /* in the archive */
};

struct bf_zip;

struct bf_zip *bf_zip_open(struct bf_arena *a, struct bf_str bytes,
                           const struct bf_zip_limits *limits, struct bf_err *err);

/* Its files in the order of the archive; folders are none. */
const struct bf_zip_file *bf_zip_files(const struct bf_zip *z, size_t *n);
const struct bf_zip_file *bf_zip_find(const struct bf_zip *z, struct bf_str name); /* or NULL */

/* All of it, in pieces, to take(); false of take() ends it. */
bool bf_zip_read(struct bf_zip *z, const struct bf_zip_file *f,
                 bool (*take)(void *self, const char *p, size_t n, struct bf_err *err), void *self,
                 struct bf_err *err);

#endif
