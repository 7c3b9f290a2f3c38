/* The `beffroi` command: one program, one table of commands. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"serve", bf_cmd_serve, "run the master and its workers"},
    {"status", bf_cmd_status, "show pools, workers, datasets and the database of a running server"},
    {"new", bf_cmd_new, "write the folder of a dataset for a file, its fields guessed"},
    {"check", bf_cmd_check, "report every mistake in dataset folders"},
    {"apply", bf_cmd_apply, "create or migrate the datasets of folders"},
    {"reload", bf_cmd_reload, "try a new generation of workers, and let it serve when it is good"},
    {"rollback", bf_cmd_rollback, "put an earlier version of a dataset's description back"},
    {"hook", bf_cmd_hook, "show what a script does to rows, before it is applied"},
    {"load", bf_cmd_load, "push a file into a dataset"},
    {"source", bf_cmd_source, "show, run and accept what is fetched for datasets"},
    {"key", bf_cmd_key, "issue keys for partners"},
    {"event", bf_cmd_event, "keys for the devices of a hackathon, had with a short code"},
    {"usage", bf_cmd_usage, "show what was asked on a day, publish days that are over"},
    {"plan", bf_cmd_plan, "how much the keys of each plan may ask"},
    {"migrate", bf_cmd_migrate, "bring the database's schema up to date"},
    {"conf", bf_cmd_conf, "print every setting with its value"},
    {"functions", bf_cmd_functions, "print the functions of the query language as Markdown"},
    {"sample", bf_cmd_sample, "print a synthetic snapshot of a dataset"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(FILE *to, int status)
{
    fprintf(to, "usage: beffroi COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s%s\n", commands[i].name, commands[i].help);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return help(stderr, 2);
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help(stdout, 0);
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "beffroi: there is no command \"%s\"\n", argv[1]);
    return help(stderr, 2);
}
