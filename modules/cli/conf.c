#include "cli/commands.h"

#include "cli/say.h"
#include "core/conf.h"

int bf_cmd_conf(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return bf_say_usage("conf\n  prints every setting with its value and what it is for");
    static struct bf_conf conf;
    struct bf_err err;
    struct bf_buf text;
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err))
        return bf_say_error("conf", &err);
    bf_buf_init(&text, 1 << 20);
    bf_conf_print(&conf, &text);
    bool ok = bf_say_buf(stdout, &text);
    bf_buf_fini(&text);
    return ok ? 0 : 1;
}
