/*
 * core/siphash: SipHash-2-4 (Aumasson and Bernstein, 2012): a hash of 64 bits under a secret key,
 * so that nobody who does not know the key finds texts that share a place in a table.
 *
 * Why        by libcrypto it costs an initialisation of 300 ns; the hash itself is a tenth of that.
 */
#ifndef BF_CORE_SIPHASH_H
#define BF_CORE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { BF_SIPHASH_KEY = 16 };

/* The eight bytes of the paper as a number, least significant first. */
uint64_t bf_siphash(const unsigned char key[BF_SIPHASH_KEY], const void *bytes, size_t n);

#endif
