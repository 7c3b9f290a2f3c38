#include "core/digest.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct bf_digest {
    EVP_MD_CTX *ctx;
    EVP_MD *sha256; /* fetched once: a fetch per digest costs more than the digest */
};

static void must(int ok)
{
    if (ok != 1)
        abort();
}

struct bf_digest *bf_digest_new(void)
{
    struct bf_digest *d = calloc(1, sizeof *d);
    if (!d)
        abort();
    d->ctx = EVP_MD_CTX_new();
    d->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(d->ctx && d->sha256);
    return d;
}

void bf_digest_free(struct bf_digest *d)
{
    if (!d)
        return;
    EVP_MD_CTX_free(d->ctx);
    EVP_MD_free(d->sha256);
    free(d);
}

void bf_digest_begin(struct bf_digest *d)
{
    must(EVP_DigestInit_ex2(d->ctx, d->sha256, NULL));
}

void bf_digest_add(struct bf_digest *d, const void *p, size_t n)
{
    if (n)
        must(EVP_DigestUpdate(d->ctx, p, n));
}

void bf_digest_end(struct bf_digest *d, unsigned char out[BF_DIGEST_BYTES])
{
    must(EVP_DigestFinal_ex(d->ctx, out, NULL));
}

void bf_digest_of(struct bf_str s, unsigned char out[BF_DIGEST_BYTES])
{
    static struct bf_digest *kept;
    if (!kept)
        kept = bf_digest_new();
    bf_digest_begin(kept);
    bf_digest_add(kept, s.p, s.n);
    bf_digest_end(kept, out);
}

void bf_digest_hex(const unsigned char digest[BF_DIGEST_BYTES], char out[BF_DIGEST_HEX])
{
    for (size_t i = 0; i < BF_DIGEST_HEX; i++)
        out[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
}
