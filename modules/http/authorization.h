/*
 * http/authorization: where a request may carry a key, and how.
 *
 * Purpose    reads the header field Authorization (RFC 9110 section 11.6.2): one scheme, blanks,
 *            one word of visible ASCII. `Bearer` (RFC 6750) and the Explore API's `Apikey` are
 *            known, in any case. And the one list of parameters that carry keys, which are
 *            therefore never repeated in an answer or a log.
 * Ownership  the key is borrowed from the field.
 * Errors     what is wrong, as a kind; whoever asks says it in his words. The field is never
 *            quoted: what is malformed may still be a key.
 */
#ifndef BF_HTTP_AUTHORIZATION_H
#define BF_HTTP_AUTHORIZATION_H

#include "core/str.h"

enum bf_authorization {
    BF_AUTHORIZATION_NONE, /* there is no such field */
    BF_AUTHORIZATION_KEY,
    BF_AUTHORIZATION_EMPTY,     /* a field without a value */
    BF_AUTHORIZATION_NO_KEY,    /* the scheme alone */
    BF_AUTHORIZATION_SCHEME,    /* another scheme */
    BF_AUTHORIZATION_WORDS,     /* more than one word behind the scheme */
    BF_AUTHORIZATION_CHARACTER, /* something that is no visible ASCII */
};

/* *key is set for BF_AUTHORIZATION_KEY alone. */
enum bf_authorization bf_authorization_read(struct bf_str field, struct bf_str *key);

/* Whether a key is one word of visible ASCII, as a header or an address carries it. */
bool bf_authorization_is_word(struct bf_str key);

/* Whether the parameter of an address or a form carries a key: apikey, access_token, pushkey. */
bool bf_authorization_parameter(struct bf_str name);

#endif
