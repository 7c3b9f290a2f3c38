/*
 * auth/narrow: what a key is narrowed to.
 *
 * Purpose    the claims that take away from a key: the datasets it sees, the box its records lie
 *            in, the sites it may be used from, its own rate. What each may be, and that a child
 *            never has more than the key it comes from.
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
    int64_t rate; /* requests a minute, of this key alone; 0: only its plan's */
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

/* What a child does not say it takes from its parent; NULL, or what it would have more of. */
const char *bf_narrowing_under(struct bf_narrowing *child, const struct bf_narrowing *parent);

#endif
