#include "cli/commands.h"

#include "cli/say.h"
#include "core/log.h"
#include "worker/guardian.h"

#include <string.h>

static const char usage[] =
    "serve\n"
    "Runs the server in the foreground, as the settings say (`beffroi conf`), until SIGTERM or\n"
    "SIGINT. SIGHUP reads the settings and the catalogue anew without losing a request; SIGUSR1\n"
    "opens the logs anew. Log: standard error, one JSON line per event.";

static void set_log_level(const char *name)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    for (int i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0)
            bf_log_set_level((enum bf_log_level)i);
}

int bf_cmd_serve(int argc, char **argv)
{
    static struct bf_conf conf; /* children keep it */
    struct bf_err err;
    (void)argv;
    if (argc > 1)
        return bf_say_usage(usage);
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err))
        return bf_say_error("serve", &err);
    set_log_level(conf.log_level);
    int status = bf_guardian_run(&conf, &err);
    return bf_err_is_set(&err) ? bf_say_error("serve", &err) : status;
}
