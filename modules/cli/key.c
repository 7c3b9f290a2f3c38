#include "cli/key.h"

#include "cli/commands.h"
#include "cli/account.h"
#include "cli/say.h"
#include "core/clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 4 << 20 };

#define NARROWING                                                                         \
    "  --datasets A,B      only these datasets (at most 16)\n"                            \
    "  --bbox W,S,E,N      only records in this box, in degrees\n"                        \
    "  --origins O,O       only on web pages of these origins, as https://velo.example\n" \
    "  --rate N            at most N requests a minute with this key and those narrowed from it\n"
#define JSON "  --json              as JSON\n"

static const struct subcommand {
    const char *name;
    bool (*run)(struct bf_key_run *r);
    const char *words; /* the options that it knows, with blanks around each */
    bool id;           /* one word that is no option may follow */
    const char *line, *help;
} subcommands[] = {
    {"issue", bf_key_issue_run, " sub plan scope days datasets bbox origins rate json ", false,
     "issue --sub NAME --scope SCOPE [--plan PLAN] [--days N] [narrowing]",
     "Prints a new key for a partner, alone: it is kept nowhere else.\n\n"
     "  --sub NAME          the partner: whom quotas count for\n"
     "  --scope SCOPE       what the key may do, several with blanks between: read, read:NAME,\n"
     "                      push:DATASET, push:*, publish:PUBLISHER, publish:*, admin\n"
     "  --plan PLAN         rates and quotas (partner)\n"
     "  --days N            how long it is valid (365, at most 400)\n" NARROWING JSON},
    {"narrow", bf_key_narrow_run, " scope days datasets bbox origins rate json ", false,
     "narrow [--scope SCOPE] [--days N] [narrowing] <KEY",
     "Prints a key that may do less than the one on standard input, and ends with it.\n"
     "What is not said is as in that key. A key never goes on a command line: all can read it.\n\n"
     "  --scope SCOPE       only these of its scopes\n"
     "  --days N            how long it is valid\n" NARROWING JSON},
    {"renew", bf_key_renew_run, " overlap days json ", true, "renew ID [--overlap DAYS] [--days N]",
     "Prints a new key in the place of one that is valid, with the same rights. The old one, and\n"
     "those that were narrowed from it, end after the overlap.\n\n"
     "  --overlap DAYS      how long both are valid (7; 0: the old one ends now)\n"
     "  --days N            how long the new one is valid (as long as the old one was)\n" JSON},
    {"revoke", bf_key_revoke_run, " sub kid reason json ", true,
     "revoke ID | --sub NAME | --kid KID [--reason TEXT]",
     "Refuses a key from now on, with all that were narrowed from it. When the command returns, "
     "it\n"
     "is committed; one second later no worker of any node admits the key any more.\n\n"
     "  --sub NAME          all keys of a partner\n"
     "  --kid KID           all keys that were signed by a signing key, and that one itself\n"
     "  --reason TEXT       for the audit table\n" JSON},
    {"list", bf_key_list_run, " sub all json ", false, "list [--sub NAME] [--all]",
     "Keys that are valid.\n\n"
     "  --sub NAME          of one partner\n"
     "  --all               also those that are not valid any more\n" JSON},
    {"show", bf_key_show_run, " json ", true, "show ID",
     "Everything that is known of a key.\n\n" JSON},
    {"usage", bf_key_usage_run, " json ", true, "usage ID", "When a key was used last.\n\n" JSON},
    {"rotate", bf_key_rotate_run, " now json ", false, "rotate [--now]",
     "Makes a new signing key. It is published at once (/.well-known/jwks.json) and signs new "
     "keys\n"
     "when whoever keeps a copy of what is published has had an hour to read it again. The old "
     "one\n"
     "stays published until its last key has ended.\n\n"
     "  --now               it signs at once\n" JSON},
    {"signing", bf_key_signing_run, " json ", false, "signing", "Signing keys.\n\n" JSON},
    {"audit", bf_key_audit_run, " json ", true, "audit [ID]",
     "Who did what to which key, when and from where; newest first, at most 1,000 lines.\n"
     "ID is a key, a partner or a signing key.\n\n" JSON},
};

enum { SUBCOMMANDS = sizeof subcommands / sizeof subcommands[0] };

static int usage(FILE *to, int status)
{
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(to, "%s beffroi key %s\n", i ? "      " : "usage:", subcommands[i].line);
    fprintf(to,
            "`beffroi key SUBCOMMAND --help` says more. An ID is the public id of a key (jti).\n");
    return status;
}

static int help_of(const struct subcommand *s, FILE *to, int status)
{
    fprintf(to, "usage: beffroi key %s\n\n%s", s->line, s->help);
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
    if (!bf_conf_load(&r->conf, NULL, &r->err))
        return false;
    r->conn = bf_conn_new(&r->conf, BF_ROLE_OWNER);
    r->life = (struct bf_life){
        .conn = r->conn, .signer = bf_signer_new(&r->conf), .arena = r->arena, .makes = true};
    if (!r->conn || !r->life.signer)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "There is no memory left.");
    r->now = bf_clock_wall_us() / 1000000;
    r->life.who = bf_account_who(r->arena);
    r->life.origin = bf_account_origin(r->arena);
    return bf_conn_ready(r->conn, &r->err);
}

static int run(struct bf_key_run *r, const struct subcommand *s, int argc, char **argv)
{
    char name[32];
    if (!bf_key_words_read(r, s->words, s->id, argc, argv))
        return help_of(s, stderr, 2);
    if (r->words.help)
        return help_of(s, stdout, 0);
    snprintf(name, sizeof name, "key %s", s->name);
    bool ok = open_run(r) && s->run(r);
    int status = ok && fflush(stdout) == 0 ? 0 : r->misused ? 2 : 1;
    if (!ok)
        bf_say_error(name, &r->err);
    bf_signer_free(r->life.signer);
    bf_conn_free(r->conn);
    return status;
}

int bf_cmd_key(int argc, char **argv)
{
    static struct bf_key_run r;
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0)
        return usage(stdout, 0);
    bf_err_clear(&r.err);
    r.arena = bf_arena_new(MEMORY);
    for (size_t i = 0; r.arena && i < SUBCOMMANDS; i++)
        if (strcmp(name, subcommands[i].name) == 0) {
            int status = run(&r, &subcommands[i], argc - 1, argv + 1);
            bf_arena_free(r.arena);
            return status;
        }
    bf_arena_free(r.arena);
    return usage(stderr, 2);
}
