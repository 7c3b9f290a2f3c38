/*
 * auth/narrow: what a key is narrowed to.
 *
 * Purpose    the claims that take away from a key: the datasets it sees, the box its records lie
 *            in, the sites it may be used from, its own rate. What each may be, and that a child
 *            never has more than the key it comes from.
 * Rates      a key and all that were narrowed from it have the rate of that key together, so that
 *            narrowing never makes more of it: a child carries the rates of all those it comes
 *            from, of each only when it is less than what stood above it.
 * Ownership  lists and texts are borrowed.
 * Errors     what is wrong as a sentence for whoever ordered the key.
 */
#ifndef BF_AUTH_NARROW_H
#define BF_AUTH_NARROW_H

#include "core/buf.h"
#include "value/type.h"

#include <stdint.h>

enum {
    BF_KEY_DATASETS = 16,
    BF_KEY_ORIGINS = 8,
    BF_KEY_ORIGIN = 128, /* bytes */
    BF_KEY_RATE = 1000000,
    BF_KEY_SHARES = 4,
};

/* The rate of a key that this one was narrowed from. */
struct bf_key_share {
    struct bf_str jti;
    int64_t rate;
};

/* Degrees of longitude and latitude (RFC 7946 section 5); a box does not cross the antimeridian. */
struct bf_key_box {
    double west, south, east, north;
};

/* All zero: the key is not narrowed. */
struct bf_narrowing {
    const struct bf_str *datasets; /* ids; none: all */
    size_t ndatasets;
    const struct bf_str *origins; /* "https://velo.example"; none: anywhere */
    size_t norigins;
    struct bf_key_box box;
    bool has_box;
    int64_t rate; /* units a minute, of this key and its children; 0: only its plan's */
    const struct bf_key_share *shares; /* what it takes part in; none is less than `rate` */
    size_t nshares;
};

/* NULL, or what is wrong. */
const char *bf_narrowing_wrong(const struct bf_narrowing *n);

/* As JSON members of the claims' names, those that are there, each with a comma before it. */
void bf_narrowing_members(struct bf_buf *out, const struct bf_narrowing *n);

/* `https://host` or `http://host`, with `:port` when it is not the scheme's; as a browser writes it
 * (RFC 6454 section 6.2). */
bool bf_origin_is_good(struct bf_str origin);

bool bf_narrowing_has_dataset(const struct bf_narrowing *n, struct bf_str id);
bool bf_narrowing_has_origin(const struct bf_narrowing *n, struct bf_str origin);

/* Whether a geometry (EWKB) lies wholly in the box, its border included; one that cannot be read
 * does not. */
bool bf_key_box_holds(const struct bf_key_box *box, struct bf_str ewkb);
bool bf_key_box_holds_point(const struct bf_key_box *box, struct bf_point p);

/* Into a list with room for it, the highest rate first: as they stand above each other. */
void bf_narrowing_add_share(struct bf_key_share *list, size_t *n, struct bf_key_share share);

/* Whether its rate is its own: not just that of a key which it was narrowed from. */
bool bf_narrowing_has_own_rate(const struct bf_narrowing *n);

/* What a child does not say it takes from its parent; NULL, or what it would have more of. */
const char *bf_narrowing_under(struct bf_narrowing *child, const struct bf_narrowing *parent);

#endif
