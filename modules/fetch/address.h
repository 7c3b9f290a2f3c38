/*
 * fetch/address: which addresses of the network belong to everybody.
 *
 * Purpose    whoever names a source must not make the server knock at doors that he cannot reach
 *            himself: loopback, private and link-local networks, carrier NAT, multicast,
 *            documentation and the forms of IPv6 that carry an IPv4 address (RFC 6890, IANA's
 *            special registries). An IPv4 address that is written as IPv6 is judged as IPv4.
 * Exempt     networks that the settings name: `10.2.0.0/16 127.0.0.1 fd00::/8`, blanks between.
 * Errors     bf_networks_check: PARAMETER, names the word that is no network.
 */
#ifndef BF_FETCH_ADDRESS_H
#define BF_FETCH_ADDRESS_H

#include "core/err.h"

#include <sys/socket.h>

/* false also for a family that is neither IPv4 nor IPv6. */
bool bf_address_public(const struct sockaddr *address);
bool bf_address_within(const struct sockaddr *address, struct bf_str networks);
bool bf_networks_check(struct bf_str networks, struct bf_err *err);

#endif
