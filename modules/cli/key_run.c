#include "cli/key.h"

#include "cli/account.h"
#include "cli/connect.h"
#include "cli/say.h"
#include "core/clock.h"

#include <string.h>
#include <time.h>

enum { MEMORY = 4 << 20 };

static int usage(const struct bf_key_command *c, FILE *to, int status)
{
    for (const struct bf_key_subcommand *s = c->subcommands; s->name; s++)
        fprintf(to, "%s beffroi %s %s\n", s == c->subcommands ? "usage:" : "      ", c->name,
                s->line);
    fprintf(to, "`beffroi %s SUBCOMMAND --help` says more. %s\n", c->name, c->hint);
    return status;
}

static int help_of(const struct bf_key_command *c, const struct bf_key_subcommand *s, FILE *to,
                   int status)
{
    fprintf(to, "usage: beffroi %s %s\n\n%s", c->name, s->line, s->help);
    return status;
}

void bf_key_day(char out[BF_KEY_DAY], int64_t seconds)
{
    time_t at = seconds;
    struct tm day;
    if (!seconds || !gmtime_r(&at, &day) || strftime(out, BF_KEY_DAY, "%Y-%m-%d", &day) == 0)
        out[0] = '\0';
}

bool bf_key_needs(struct bf_key_run *r, const char *what)
{
    r->misused = true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s", what);
}

/* ---- a run --------------------------------------------------------------------------------- */

static bool open_run(struct bf_key_run *r)
{
    if (!bf_conf_load(&r->conf, NULL, &r->err) ||
        !bf_connect_as(BF_ROLE_OWNER, &r->conf, &r->conn, &r->err))
        return false;
    r->life = (struct bf_life){
        .conn = r->conn, .signer = bf_signer_new(&r->conf), .arena = r->arena, .makes = true};
    if (!r->life.signer)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "There is no memory left.");
    r->now = bf_clock_wall_s();
    r->life.who = bf_account_who(r->arena);
    r->life.origin = bf_account_origin(r->arena);
    return true;
}

static int run(struct bf_key_run *r, const struct bf_key_command *c,
               const struct bf_key_subcommand *s, int argc, char **argv)
{
    char name[32];
    if (!bf_key_words_read(r, s->words, s->id, argc, argv))
        return help_of(c, s, stderr, 2);
    if (r->words.help)
        return help_of(c, s, stdout, 0);
    snprintf(name, sizeof name, "%s %s", c->name, s->name);
    bool ok = open_run(r) && s->run(r);
    int status = ok && fflush(stdout) == 0 ? 0 : r->misused ? 2 : 1;
    if (!ok)
        bf_say_error(name, &r->err);
    bf_signer_free(r->life.signer);
    bf_conn_free(r->conn);
    return status;
}

int bf_key_command_run(const struct bf_key_command *c, int argc, char **argv)
{
    static struct bf_key_run r;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0)
        return usage(c, stdout, 0);
    bf_err_clear(&r.err);
    r.command = c->name;
    r.arena = bf_arena_new(MEMORY);
    int status = -1;
    for (const struct bf_key_subcommand *s = c->subcommands; r.arena && s->name; s++)
        if (strcmp(name, s->name) == 0)
            status = run(&r, c, s, argc - 1, argv + 1);
    bf_arena_free(r.arena);
    return status >= 0 ? status : usage(c, stderr, 2);
}
