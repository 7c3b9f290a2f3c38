/*
 * cli/files: the files that a manifest names (catalog/files).
 *
 * Purpose    bf_folder_files_check reports each that is not there, is no file or is too large;
 *            bf_folder_files_load reads them, kind by kind, in the order of the manifest.
 * Limits     64 MiB all of a dataset: apply holds them in memory.
 */
#ifndef BF_CLI_FILES_H
#define BF_CLI_FILES_H

#include "cli/folder.h"
#include "core/err.h"

enum { BF_FILES_BYTES = 64 << 20 };

void bf_folder_files_check(const struct bf_folders *all, struct bf_report *report);

/* NULL with err set; an empty list for none. */
const struct bf_str *bf_folder_files_load(struct bf_arena *a, const struct bf_folder *f,
                                          struct bf_err *err);

#endif
