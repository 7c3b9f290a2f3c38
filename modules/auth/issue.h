/*
 * auth/issue: making keys; only the command does this. The functions are declared in auth/key.h
 * (bf_key_generate, bf_key_issue, bf_key_new_id); this header adds what they share with the tests.
 *
 * The token is written by libjwt; its header must come out as auth/keyring expects it, byte for
 * byte, and the token must verify, or it is not given out.
 */
#ifndef BF_AUTH_ISSUE_H
#define BF_AUTH_ISSUE_H

#include "auth/key.h"

enum { BF_KEY_DAYS_MAX = 400 };

bool bf_scope_is_good(struct bf_str scope); /* blank-separated push:<dataset> or push:* */

#endif
