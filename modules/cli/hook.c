/* `beffroi hook`: what a script does to rows, before anybody else sees it. */
#include "cli/hook.h"

#include "cli/commands.h"
#include "cli/handlers.h"
#include "cli/say.h"

#include <string.h>

enum { MEMORY = 1 << 30 };

static const char usage[] =
    "hook test DIR [--rows FILE]\n"
    "       beffroi hook preview DIR --on-live [--rows N] [--show N]\n"
    "       beffroi hook records DATASET\n"
    "  test     runs hook.lua of the folder on sample rows and shows what differs, field by "
    "field,\n"
    "           and which lines of the script ran; needs no database but for the manifest's areas\n"
    "           --rows FILE  JSON, NDJSON or CSV, as a push would bring them\n"
    "                        (default: sample.json, sample.ndjson or sample.csv in the folder)\n"
    "  preview  shows what would be answered otherwise if the folder were applied; reads the\n"
    "           dataset's current rows (--rows N of them, 1000, at most 20000) and writes "
    "nothing;\n"
    "           --show N  prints at most so many of the rows that differ (20)\n"
    "  records  prints the records that came last, as they came, newest first: a new script is "
    "tried\n"
    "           on them before it serves\n"
    "Exit status: 0, 1 when a row or the script fails.";

int bf_hook_usage(void)
{
    return bf_say_usage(usage);
}

/* Folder and script without a mistake. */
static bool read_folder(struct bf_hook_command *c, char *dir)
{
    struct bf_report report;
    char *dirs[] = {dir};
    bf_report_init(&report, c->arena);
    bf_folders_read(&c->folders, dirs, 1, NULL, &report);
    if (bf_report_empty(&report) && c->folders.n != 1)
        bf_report_add(&report, dir, "", "give the folder of one dataset", "it holds %zu datasets",
                      c->folders.n);
    if (bf_report_empty(&report) && !c->folders.items[0].hook_path)
        bf_report_add(&report, dir, "", "write one", "there is no hook.lua in this folder");
    if (bf_report_empty(&report))
        bf_hooks_check(&c->folders, &report);
    if (!bf_say_report(&report))
        return false;
    c->folder = &c->folders.items[0];
    c->entry = (struct bf_entry){.manifest = c->folder->manifest,
                                 .hook = c->folder->hook,
                                 .hook_reads = c->folder->hook_reads,
                                 .applied_us = 1};
    return true;
}

int bf_cmd_hook(int argc, char **argv)
{
    static struct bf_hook_command c; /* the settings and the error are large */
    int (*run)(struct bf_hook_command * c, int argc, char **argv) = NULL;
    if (argc >= 3 && strcmp(argv[1], "test") == 0)
        run = bf_hook_test;
    if (argc >= 3 && strcmp(argv[1], "preview") == 0)
        run = bf_hook_preview;
    if (argc >= 3 && strcmp(argv[1], "records") == 0)
        run = bf_hook_records;
    if (!run || argv[2][0] == '-')
        return bf_hook_usage();
    bool folder = run != bf_hook_records;
    c.arena = bf_arena_new(MEMORY);
    bf_buf_init(&c.out, 64 << 20);
    bf_err_clear(&c.err);
    int status = c.arena && (!folder || read_folder(&c, argv[2])) ? run(&c, argc - 2, argv + 2) : 1;
    bf_buf_fini(&c.out);
    bf_arena_free(c.arena);
    return status;
}
