#include "cli/account.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NAME = 256 };

struct bf_str bf_account_who(struct bf_arena *a)
{
    const char *before = getenv("SUDO_USER");
    const struct passwd *account = getpwuid(getuid());
    const char *name = account ? account->pw_name : "?";
    return before && getuid() == 0 ? bf_arena_printf(a, "%.64s (%s)", before, name)
                                   : bf_arena_printf(a, "%s", name);
}

struct bf_str bf_account_origin(struct bf_arena *a)
{
    char host[NAME] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        snprintf(host, sizeof host, "?");
    return bf_arena_printf(a, "command on %s", host);
}
