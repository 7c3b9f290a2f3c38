#include "cli/commands.h"

#include "cli/folder.h"
#include "cli/say.h"

enum { MEMORY = 1 << 30 };

static const char usage[] = "check DIR...\n"
                            "  reads dataset.json in each folder, or in the folders inside it, and "
                            "reports every mistake";

static int print(const struct bf_folders *all, const struct bf_report *report)
{
    struct bf_buf text;
    bf_buf_init(&text, 4 << 20);
    bf_report_print(report, &text);
    bool ok = bf_report_empty(report);
    bf_say_buf(stderr, &text);
    bf_buf_fini(&text);
    if (ok)
        printf("%zu dataset%s, no mistakes\n", all->n, all->n == 1 ? "" : "s");
    else
        fprintf(stderr, "%zu mistake%s\n", report->n + report->dropped,
                report->n + report->dropped == 1 ? "" : "s");
    return ok ? 0 : 1;
}

int bf_cmd_check(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '-')
        return bf_say_usage(usage);
    struct bf_arena *a = bf_arena_new(MEMORY);
    if (!a)
        return 1;
    struct bf_report report;
    struct bf_folders all;
    bf_report_init(&report, a);
    bf_folders_read(&all, argv + 1, (size_t)argc - 1, NULL, &report);
    int status = print(&all, &report);
    bf_arena_free(a);
    return status;
}
