/*
 * api/keys/signer: the private halves of signing keys that this machine holds.
 *
 * Purpose    which of them signs now, a new one, and the text that OpenSSL wants. A private half
 *            lies in run_dir/keys/<kid>.pem (0600) and nowhere else; its public half is a row
 *            (store/keys). Only the command and the admin pool hold a signer; the pool reads the
 *            files before it gives up the account that may.
 * Ownership  bf_signer_new to bf_signer_free, which wipes the texts.
 * Errors     PARAMETER: a file or folder that cannot be written; the store's.
 */
#ifndef BF_API_KEYS_SIGNER_H
#define BF_API_KEYS_SIGNER_H

#include "core/arena.h"
#include "core/conf.h"
#include "store/conn.h"

struct bf_signer;

/* How long others may keep the published keys (/.well-known/jwks.json): a new signing key is
 * published for as long before it signs. */
enum { BF_SIGNER_PUBLISHED_S = 3600 };

/* Reads all files there are. */
struct bf_signer *bf_signer_new(const struct bf_conf *conf);
void bf_signer_free(struct bf_signer *s); /* NULL is allowed */

/* Whether files came or went since they were read. */
bool bf_signer_is_old(const struct bf_signer *s);

struct bf_signing {
    struct bf_str kid, private_pem; /* borrowed from the signer */
};

/* The newest signing key of this machine that is not retired and may sign already; kid.n is 0 when
 * there is none. false: the rows could not be read. */
bool bf_signer_choose(struct bf_signer *s, struct bf_conn *c, struct bf_signing *out,
                      struct bf_err *err);
/* A new one: its file, its row. signs: seconds since 1970. */
bool bf_signer_make(struct bf_signer *s, struct bf_conn *c, struct bf_arena *a, int64_t signs,
                    struct bf_signing *out, struct bf_err *err);

#endif
