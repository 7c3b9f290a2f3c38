/*
 * api/server_parts: what the steps borrow from their server. Inside api/ only.
 */
#ifndef BF_API_SERVER_PARTS_H
#define BF_API_SERVER_PARTS_H

#include "api/server.h"
#include "core/digest.h"

const char *bf_server_build(void);                        /* id of this build of the program: in every ETag */
struct bf_buf *bf_server_scratch(struct bf_server *s);    /* one buffer for the normal form, until the next request */
struct bf_digest *bf_server_digest(struct bf_server *s);
const unsigned char *bf_server_catalog_digest(const struct bf_server *s); /* of all datasets of this generation */
struct bf_keyring *bf_server_keyring(struct bf_server *s);
struct bf_keyring *bf_server_keyring_again(struct bf_server *s); /* read anew; NULL when it was read a moment ago */
struct bf_plugins *bf_server_plugins(struct bf_server *s);
const struct bf_router *bf_server_router(const struct bf_server *s);
/* The protocol that owns the addresses under a prefix, for errors before a route is known; NULL: problem+json. */
const struct bf_protocol *bf_server_protocol_of(const struct bf_server *s, struct bf_str path);
int bf_server_access_fd(const struct bf_server *s);       /* of the access records; -1: none */

#endif
