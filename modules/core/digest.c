/* EVP makes and wipes a context for each digest, which takes longer than the digest of a question:
 * the functions of SHA-256 itself, which OpenSSL 3 calls deprecated and keeps. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "core/digest.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct bf_digest {
    SHA256_CTX sha256;
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
    return d;
}

void bf_digest_free(struct bf_digest *d)
{
    free(d);
}

void bf_digest_begin(struct bf_digest *d)
{
    must(SHA256_Init(&d->sha256));
}

void bf_digest_add(struct bf_digest *d, const void *p, size_t n)
{
    if (n)
        must(SHA256_Update(&d->sha256, p, n));
}

void bf_digest_end(struct bf_digest *d, unsigned char out[BF_DIGEST_BYTES])
{
    must(SHA256_Final(out, &d->sha256));
}

void bf_digest_of(struct bf_str s, unsigned char out[BF_DIGEST_BYTES])
{
    struct bf_digest d;
    bf_digest_begin(&d);
    bf_digest_add(&d, s.p, s.n);
    bf_digest_end(&d, out);
}

void bf_digest_hex(const unsigned char digest[BF_DIGEST_BYTES], char out[BF_DIGEST_HEX])
{
    for (size_t i = 0; i < BF_DIGEST_HEX; i++)
        out[i] = "0123456789abcdef"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15];
}
