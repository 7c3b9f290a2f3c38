/*
 * cli/commands: what `beffroi <command>` can do.
 *
 * Each command reads its own options from argv (argv[0] is the command's name), says what went
 * wrong on stderr, and returns the exit status of the process.
 */
#ifndef BF_CLI_COMMANDS_H
#define BF_CLI_COMMANDS_H

int bf_cmd_serve(int argc, char **argv);
int bf_cmd_status(int argc, char **argv);
int bf_cmd_key(int argc, char **argv);
int bf_cmd_event(int argc, char **argv);
int bf_cmd_plan(int argc, char **argv);
int bf_cmd_reload(int argc, char **argv);
int bf_cmd_rollback(int argc, char **argv);
int bf_cmd_load(int argc, char **argv);
int bf_cmd_new(int argc, char **argv);
int bf_cmd_source(int argc, char **argv);
int bf_cmd_check(int argc, char **argv);
int bf_cmd_apply(int argc, char **argv);
int bf_cmd_usage(int argc, char **argv);
int bf_cmd_migrate(int argc, char **argv);
int bf_cmd_conf(int argc, char **argv);
int bf_cmd_functions(int argc, char **argv);
int bf_cmd_hook(int argc, char **argv);
int bf_cmd_sample(int argc, char **argv);

#endif
