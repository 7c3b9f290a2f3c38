/*
 * catalog/files: the files beside a manifest that readers can download.
 *
 *     "attachments": [{"id": "notice", "file": "notice.pdf", "title": "Notice", "mimetype": "…"}]
 *     "alternative_exports": [{"id": "gtfs", "file": "gtfs.zip", "description": "…"}]
 *
 * Kinds      an attachment goes with the data (a guide, a map); an alternative export is the data
 *            itself in a form that no export format has (a timetable as GTFS).
 * Files      lie beside dataset.json: a plain name, no path. Without a mimetype it follows from the
 *            end of the name; without a title the name stands.
 * Errors     go to the reader's report.
 */
#ifndef BF_CATALOG_FILES_H
#define BF_CATALOG_FILES_H

#include "catalog/reader.h"

struct bf_file_kind_info {
    const char *member; /* of a manifest, of a dataset object, of addresses, in the catalogue */
    const char *name;   /* for messages */
};

extern const struct bf_file_kind_info bf_file_kinds[BF_FILE_KINDS];

void bf_files_read(struct bf_reader *r, json_t *root, struct bf_manifest *m);

/* NULL: there is none of that id. */
const struct bf_file *bf_files_find(const struct bf_manifest *m, enum bf_file_kind kind,
                                    struct bf_str id);

#endif
