#include "cli/commands.h"

#include "cli/files.h"
#include "cli/folder.h"
#include "cli/handlers.h"
#include "cli/plugin.h"
#include "cli/say.h"

#include <getopt.h>

enum { MEMORY = 1 << 30 };

static const char usage[] =
    "check [--handlers DIR] DIR|HANDLER.so...\n"
    "  reads dataset.json and hook.lua in each folder, or in the folders inside it, and reports "
    "every mistake\n"
    "  of a compiled handler it prints what it is, and whether this server takes it\n"
    "  --handlers DIR  where the compiled handlers are (default: beside the program)";

static int print(const struct bf_folders *all, const struct bf_report *report)
{
    bool ok = bf_say_report(report);
    if (ok)
        printf("%zu dataset%s, no mistakes\n", all->n, all->n == 1 ? "" : "s");
    else
        fprintf(stderr, "%zu mistake%s\n", report->n + report->dropped,
                report->n + report->dropped == 1 ? "" : "s");
    return ok ? 0 : 1;
}

static int check(char **dirs, size_t n, const char *handlers)
{
    struct bf_arena *a = bf_arena_new(MEMORY);
    if (!a)
        return 1;
    struct bf_report report;
    struct bf_folders all;
    bf_report_init(&report, a);
    bf_folders_read(&all, dirs, n, NULL, &report);
    bf_handlers_check(&all, handlers, handlers != NULL, &report);
    bf_hooks_check(&all, &report);
    bf_folder_files_check(&all, &report);
    int status = print(&all, &report);
    bf_arena_free(a);
    return status;
}

int bf_cmd_check(int argc, char **argv)
{
    static const struct option options[] = {{"handlers", required_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *handlers = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c != 'h')
            return bf_say_usage(usage);
        handlers = optarg;
    }
    if (optind >= argc)
        return bf_say_usage(usage);
    int status = 0, folders = optind;
    for (int i = optind; i < argc; i++) {
        if (bf_plugin_is_file(argv[i]))
            status |= bf_plugin_print(argv[i]) ? 0 : 1;
        else
            argv[folders++] = argv[i];
    }
    return folders == optind ? status
                             : status | check(argv + optind, (size_t)(folders - optind), handlers);
}
