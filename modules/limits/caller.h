/*
 * limits/caller: who asks, when nobody says so: the address.
 *
 * Purpose    the bytes by which an address is one caller: all four of IPv4 (also when it is written
 *            as IPv6), the first eight of IPv6, because one subscriber has a /64 (RFC 6177).
 * Exempt     addresses of this very machine: a proxy in front of it that is not trusted to name its
 *            clients (setting trusted_proxies), feeds and measurements speak for many. What nginx
 *            believes of X-Forwarded-For is decided there; here comes the address that it settled.
 */
#ifndef BF_LIMITS_CALLER_H
#define BF_LIMITS_CALLER_H

#include "core/str.h"

enum { BF_CALLER_BYTES = 9 };

enum bf_caller {
    BF_CALLER_NONE, /* no address: a unix socket, or text that is none */
    BF_CALLER_SELF, /* of this machine */
    BF_CALLER_ADDRESS
};

/* The first byte tells the family, so that no IPv4 address is ever taken for one of IPv6. */
enum bf_caller bf_caller_read(struct bf_str address, unsigned char out[BF_CALLER_BYTES]);

#endif
