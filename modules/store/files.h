/*
 * store/files: the files that go with a dataset.
 *
 * Purpose    bf_stored_files_apply makes catalog.attachment hold what the manifest names, in the
 *            transaction of the apply; bf_stored_file_open gives one, piece by piece.
 * Versions   catalog.file has the bytes of each content once; each version in catalog.applied names
 *            those that it had. Files of the last five versions of a dataset that name any stay.
 * Ownership  a piece lies in the read until the next one; the read in the arena.
 * Errors     NOT_FOUND_RESOURCE when the dataset has left the catalogue.
 *
 *     for (struct bf_str piece; bf_stored_file_next(read, &piece, &length, err);)
 */
#ifndef BF_STORE_FILES_H
#define BF_STORE_FILES_H

#include "store/applying.h"
#include "store/read.h"

bool bf_stored_files_apply(struct bf_applying *a);

struct bf_stored_file {
    struct bf_str dataset;
    enum bf_file_kind kind;
    struct bf_str id;
    bool begin; /* its first piece alone: how long it is */
};

/* A stream of one snapshot, with the state of its dataset; nothing is read yet. NULL: err is set.
 */
struct bf_read *bf_stored_file_open(struct bf_conn *c, struct bf_arena *a,
                                    const struct bf_stored_file *f, struct bf_err *err);

/* The next piece, and how long the whole file is. false: no more, or err is set. An empty file is
 * one empty piece; none at all: the file is not there. */
bool bf_stored_file_next(struct bf_read *read, struct bf_str *piece, int64_t *length,
                         struct bf_err *err);

#endif
