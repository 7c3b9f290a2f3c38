/*
 * pull/get: the bodies that one run of a source asks for, as its manifest and the settings say.
 *
 * Purpose    one GET after the other with the credential of the source, within its size for each
 *            and its time for all of them together. gzip is unpacked as it comes.
 * Secrets    go to the origin of the source's `url` alone, whatever address is asked for.
 * Ownership  lies in the caller's storage, what it needs in the arena.
 * Errors     those of fetch/ and of the body; PARAMETER for a credential or a setting.
 */
#ifndef BF_PULL_GET_H
#define BF_PULL_GET_H

#include "api/push/gunzip.h"
#include "catalog/upstream.h"
#include "core/conf.h"
#include "fetch/fetch.h"
#include "pull/body.h"

struct bf_pull_get {
    struct bf_fetch fetch; /* of the newest answer: status, validators */
    int64_t bytes;         /* of all answers, as they came */

    /* Private. */
    const struct bf_conf *conf;
    const struct bf_upstream *source;
    struct bf_arena *arena;
    int64_t until_us;
    struct bf_gunzip *gunzip;
    struct bf_pull_body *to;
};

/* The time begins. */
bool bf_pull_get_open(struct bf_pull_get *g, struct bf_arena *a, const struct bf_conf *conf,
                      const struct bf_upstream *source, struct bf_err *err);
/* g->fetch.etag and .modified may be set before; url is NUL-terminated. Opens the body. */
bool bf_pull_get(struct bf_pull_get *g, struct bf_str url, struct bf_pull_body *to,
                 struct bf_err *err);

#endif
