/*
 * cli/folder: dataset folders on disk.
 *
 * Purpose    finds and reads dataset.json, and hook.lua beside it, in folders, or in the folders
 *            inside a folder, and checks what concerns several datasets: no two may have the same
 *            id or alias.
 * Ownership  everything lies in the arena of the report.
 * Errors     go to the report.
 */
#ifndef BF_CLI_FOLDER_H
#define BF_CLI_FOLDER_H

#include "catalog/manifest.h"

struct bf_folder {
    const char *dir;  /* as it was given, without a slash at its end */
    const char *path; /* of its dataset.json */
    struct bf_str json;
    const struct bf_manifest *manifest; /* NULL: mistakes are in the report */
    const char *hook_path;              /* of its hook.lua; NULL: there is none */
    struct bf_str hook;
    bool hook_reads; /* after bf_hooks_check */
};

struct bf_folders {
    struct bf_folder *items; /* in the order given, folders inside a folder by name */
    size_t n, room;
};

/* skip: folders inside a folder that are called so, or so with a `-` behind it, are passed over; or
 * NULL. */
void bf_folders_read(struct bf_folders *out, char *const *dirs, size_t n, const char *skip,
                     struct bf_report *report);

#endif
