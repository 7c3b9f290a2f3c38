#include "api/kept.h"

#include <string.h>

enum { QUESTION_MAX = 256 * 1024 };

bool bf_kept_key(struct bf_request *r, const char *what,
                 void (*print)(const struct bf_query *q, struct bf_buf *out), int64_t commit,
                 unsigned char key[BF_DIGEST_BYTES])
{
    struct bf_buf b;
    bf_buf_init(&b, QUESTION_MAX);
    print(r->query, &b);
    bool whole = !bf_buf_failed(&b);
    bf_digest_begin(r->digest);
    bf_digest_add(r->digest, what, strlen(what) + 1);
    bf_digest_add(r->digest, r->build, strlen(r->build));
    bf_digest_add(r->digest, r->dataset->digest, BF_DIGEST_BYTES);
    bf_digest_add(r->digest, &commit, sizeof commit);
    bf_digest_add(r->digest, b.p, b.n);
    bf_digest_end(r->digest, key);
    bf_buf_fini(&b);
    return whole;
}
