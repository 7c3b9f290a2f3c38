/*
 * auth/remembered: claims that were read once, to be given out again.
 *
 * Purpose    reading a payload costs ten times what knowing a token again does; what it says never
 *            changes, only whether its time has come or gone, and that is not kept.
 * Ownership  a copy holds its own texts; bf_remembered_give puts another one into the request's
 *            arena, so that it outlives the ring it came from.
 * Limits     BF_REMEMBERED_ROOM bytes of lists and texts: more than a token of 1,024 bytes can say.
 */
#ifndef BF_AUTH_REMEMBERED_H
#define BF_AUTH_REMEMBERED_H

#include "auth/key.h"

enum { BF_REMEMBERED_ROOM = 2560 };

struct bf_remembered {
    struct bf_claims claims; /* their pointers lie in room */
    size_t used;
    _Alignas(16) char room[BF_REMEMBERED_ROOM];
};

/* false: they have no room there, and nothing is kept. */
bool bf_remembered_put(struct bf_remembered *r, const struct bf_claims *claims);
bool bf_remembered_give(const struct bf_remembered *r, struct bf_arena *a, struct bf_claims *out);

#endif
