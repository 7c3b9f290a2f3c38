/*
 * api/visibility: what one request may see.
 *
 * Purpose    the wall between private datasets or fields and those without the right to them. After
 *            the step `see` a request holds the registry, the digest and the schema of the
 *            catalogue and the handlers of its class: what it has no right to was never there
 *            (catalog/visible), for any protocol, in any message. Everything that is kept is kept
 *            under a digest of that registry or of an entry of it.
 * Class      which of the rights that some dataset requires the key holds. Without a key, and in a
 *            portal without anything private, there is one class, made with the generation; others
 *            are made when the first key of their kind comes.
 * Rights     scopes `read:<name>` of the key; `admin` holds all of them.
 * Ownership  everything belongs to the worker; a view stays for the request that was given it.
 * Limits     the views of BF_VISIBILITY_VIEWS classes are kept, the least used one goes first.
 */
#ifndef BF_API_VISIBILITY_H
#define BF_API_VISIBILITY_H

#include "api/listing.h"
#include "auth/key.h"
#include "catalog/visible.h"
#include "core/digest.h"
#include "plugin/binding.h"

enum { BF_VISIBILITY_VIEWS = 16 };

struct bf_view {
    struct bf_registry registry;
    unsigned char digest[BF_DIGEST_BYTES]; /* of all its datasets, as they are seen */
    struct bf_rights rights;
    struct bf_plugins *plugins;
    struct bf_listings listings;
    bool restricted; /* not everybody sees the catalogue like this */
};

struct bf_visibility;

/* whole: with everything, sealed; plugins: how each view makes its handlers. NULL: no memory. */
struct bf_visibility *bf_visibility_new(struct bf_arena *generation,
                                        const struct bf_registry *whole,
                                        const struct bf_plugins_setup *plugins);
void bf_visibility_free(struct bf_visibility *v); /* NULL is allowed */

/* claims: of the key; NULL: there is none. Until the next call; NULL: no memory. */
struct bf_view *bf_visibility_of(struct bf_visibility *v, const struct bf_claims *claims);

#endif
