/*
 * cli/account: who runs a command, and where, as the audit names him (store/audit).
 */
#ifndef BF_CLI_ACCOUNT_H
#define BF_CLI_ACCOUNT_H

#include "core/arena.h"

/* The account that runs the command, also behind sudo. */
struct bf_str bf_account_who(struct bf_arena *a);
/* "command on MACHINE" */
struct bf_str bf_account_origin(struct bf_arena *a);

#endif
