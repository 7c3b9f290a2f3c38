#include "cli/commands.h"

#include "cli/say.h"
#include "store/migrate.h"

int bf_cmd_migrate(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return bf_say_usage("migrate\n  brings the database's schema up to date");
    static struct bf_conf conf;
    struct bf_err err;
    struct bf_buf done;
    bf_err_clear(&err);
    bf_buf_init(&done, 1 << 20);
    if (!bf_conf_load(&conf, NULL, &err))
        return bf_say_error("migrate", &err);
    struct bf_conn *conn = bf_conn_new(&conf, BF_ROLE_OWNER);
    bool ok = conn && bf_migrate(conn, &conf, &done, &err);
    bf_say_buf(stdout, &done);
    bf_buf_fini(&done);
    bf_conn_free(conn);
    return ok ? 0 : bf_say_error("migrate", &err);
}
