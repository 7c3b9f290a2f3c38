/*
 * cli/attachments: the files that a manifest names.
 *
 * Purpose    bf_attachments_check reports each that is not there, is no file or is too large;
 *            bf_attachments_load reads them, in the order of the manifest.
 * Limits     8 MiB a file, 64 MiB all of a dataset: a worker holds one in memory while it answers.
 */
#ifndef BF_CLI_ATTACHMENTS_H
#define BF_CLI_ATTACHMENTS_H

#include "cli/folder.h"
#include "core/err.h"

enum { BF_ATTACHMENT_BYTES = 8 << 20, BF_ATTACHMENTS_BYTES = 64 << 20 };

void bf_attachments_check(const struct bf_folders *all, struct bf_report *report);

/* NULL with err set; an empty list for none. */
const struct bf_str *bf_attachments_load(struct bf_arena *a, const struct bf_folder *f,
                                         struct bf_err *err);

#endif
