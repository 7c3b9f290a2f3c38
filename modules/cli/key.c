/* `beffroi key`: what the life of keys is made of. */
#include "cli/key.h"

#include "cli/commands.h"

#define NARROWING BF_KEY_HELP_NARROWING
#define JSON BF_KEY_HELP_JSON

static const struct bf_key_subcommand subcommands[] = {
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
    {.name = NULL},
};

int bf_cmd_key(int argc, char **argv)
{
    static const struct bf_key_command key = {"key", subcommands,
                                              "An ID is the public id of a key (jti)."};
    return bf_key_command_run(&key, argc, argv);
}
