/*
 * api/kept: under which key something counted is kept in shared memory (http/hot).
 *
 * Purpose    what is true of a question at one commit, whoever asks and however it is shown: the
 *            number of its records (api/total), its facets (api/counts).
 */
#ifndef BF_API_KEPT_H
#define BF_API_KEPT_H

#include "api/request.h"

/* what: whose key it is. print: the normal form of the question, of r->query. false: the question
 * is too long to be told. */
bool bf_kept_key(struct bf_request *r, const char *what,
                 void (*print)(const struct bf_query *q, struct bf_buf *out), int64_t commit,
                 unsigned char key[BF_DIGEST_BYTES]);

#endif
