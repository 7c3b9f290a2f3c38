#include "api/push/body.h"

#include "api/push/gunzip.h"

#include <inttypes.h>

enum { PIECE = 64 * 1024 };

struct reading {
    const struct bf_push_body *body;
    struct bf_decode *decode;
    struct bf_gunzip *gunzip; /* or NULL */
    struct bf_digest *digest;
    int64_t came, inflated;
    char *piece;
};

static bool too_large(const struct reading *r, const char *when, struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_TOO_LARGE,
                        "The body has more than %" PRId64 " bytes%s: send it in several pushes.",
                        r->body->limit, when);
}

static bool take(void *self, const char *p, size_t n, struct bf_err *err)
{
    struct reading *r = self;
    r->inflated += (int64_t)n;
    if (r->inflated > r->body->limit)
        return too_large(r, " after gunzip", err);
    if (!bf_decode_feed(r->decode, p, n, err))
        return false;
    if (r->body->after)
        r->body->after(r->body->of, r->decode);
    return true;
}

static bool cut_off(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_ABORTED, "The body did not arrive whole; nothing was written.");
}

static bool read_all(struct reading *r, struct bf_err *err)
{
    ssize_t n;
    while ((n = r->body->read(r->body->self, r->piece, PIECE)) > 0) {
        r->came += n;
        if (r->came > r->body->limit)
            return too_large(r, "", err);
        bf_digest_add(r->digest, r->piece, (size_t)n);
        bool ok = r->gunzip ? bf_gunzip_feed(r->gunzip, r->piece, (size_t)n, take, r, err)
                            : take(r, r->piece, (size_t)n, err);
        if (!ok)
            return false;
    }
    if (n < 0 || (r->body->announced >= 0 && r->came != r->body->announced))
        return cut_off(err);
    return !r->gunzip || bf_gunzip_end(r->gunzip, err);
}

static void free_digest(void *digest)
{
    bf_digest_free(digest);
}

bool bf_push_body_read(struct bf_arena *a, const struct bf_push_body *body, struct bf_decode *d,
                       unsigned char digest[BF_DIGEST_BYTES], struct bf_err *err)
{
    struct reading r = {.body = body, .decode = d};
    r.piece = bf_arena_alloc(a, PIECE);
    r.digest = bf_digest_new();
    bool ok = bf_defer(a, free_digest, r.digest) && r.piece;
    if (ok && body->gzip) {
        r.gunzip = bf_gunzip_new();
        ok = r.gunzip && bf_defer(a, bf_gunzip_free, r.gunzip);
    }
    if (!ok)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    if (body->announced > body->limit)
        return too_large(&r, "", err);
    bf_digest_begin(r.digest);
    if (!read_all(&r, err))
        return false;
    bf_digest_end(r.digest, digest);
    return bf_decode_end(d, err);
}
