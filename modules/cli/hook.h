/*
 * cli/hook: what the commands of `beffroi hook` share: a folder that was read and checked.
 */
#ifndef BF_CLI_HOOK_H
#define BF_CLI_HOOK_H

#include "cli/folder.h"
#include "cli/hook_run.h"

struct bf_hook_command {
    struct bf_arena *arena;
    struct bf_folders folders;
    const struct bf_folder *folder;
    struct bf_entry entry; /* as if the folder were applied */
    struct bf_buf out;
    struct bf_err err;
};

/* argv[0] is the folder; options follow. The exit status. */
int bf_hook_test(struct bf_hook_command *c, int argc, char **argv);
int bf_hook_preview(struct bf_hook_command *c, int argc, char **argv);

/* argv[0] is a dataset. */
int bf_hook_records(struct bf_hook_command *c, int argc, char **argv);

int bf_hook_usage(void);

#endif
