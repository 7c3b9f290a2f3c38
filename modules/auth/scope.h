/*
 * auth/scope: what a key may do, in the words of its claim `scope`.
 *
 * Purpose    the grammar of scopes, one for what is issued and what is accepted, and whether one
 *            scope covers another:
 *                read               may ask with a key (asking needs none; a key brings its plan)
 *                read:<name>        may see what requires that name (private datasets and fields)
 *                push:<dataset>|*   may write that dataset, or every one
 *                publish:<publisher>|*   may publish for that publisher, or for all
 *                admin              may use the admin API
 *            Several are separated by blanks. Names are those of datasets: [a-z][a-z0-9_-]{0,62}.
 * Errors     none: yes or no.
 */
#ifndef BF_AUTH_SCOPE_H
#define BF_AUTH_SCOPE_H

#include "core/str.h"

enum { BF_KEY_SCOPES = 32 };

/* One to BF_KEY_SCOPES good scopes with blanks between them. */
bool bf_scope_is_good(struct bf_str scope);

/* Whether who holds the scope `held` may do what `wanted` asks: `push:*` covers `push:a`, `read`
 * covers `read` alone. */
bool bf_scope_covers(struct bf_str held, struct bf_str wanted);

#endif
