/* `beffroi hook records`: what the canary tries a script on, for who has to put it right. */
#include "cli/hook.h"

#include "cli/connect.h"
#include "cli/say.h"
#include "store/came.h"

#include <stdio.h>

static bool print(struct bf_hook_command *c, struct bf_conn *conn, struct bf_str dataset)
{
    struct bf_str lines;
    if (!bf_came_read(conn, c->arena, dataset, &lines, &c->err))
        return false;
    if (!lines.n)
        return BF_FAIL_WITH(
            &c->err, BF_E_NOT_FOUND_RESOURCE,
            "no records of \"%.*s\" are kept: they are of a dataset with on_ingest, "
            "from its next batch on",
            BF_STR_ARG(dataset));
    while (lines.n) {
        struct bf_str line = bf_str_cut(lines, '\n', &lines);
        bool cells = bf_str_starts(line, BF_STR("C"));
        printf("%.*s\n", (int)(line.n - cells), line.p + cells);
    }
    return true;
}

int bf_hook_records(struct bf_hook_command *c, int argc, char **argv)
{
    struct bf_conf conf;
    struct bf_conn *conn = NULL;
    if (argc != 1)
        return bf_hook_usage();
    bool ok = bf_conf_load(&conf, NULL, &c->err) &&
              bf_connect_as(BF_ROLE_OWNER, &conf, &conn, &c->err) &&
              print(c, conn, bf_str_of(argv[0]));
    bf_conn_free(conn);
    return ok ? 0 : bf_say_error("hook records", &c->err);
}
