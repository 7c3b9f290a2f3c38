#include "cli/key.h"

#include <stdio.h>

/* ---- revoke -------------------------------------------------------------------------------- */

static bool one_target(struct bf_key_run *r, struct bf_life_target *out)
{
    const struct bf_key_words *w = &r->words;
    *out = (struct bf_life_target){w->id, w->sub, w->kid};
    return !!w->id.n + !!w->sub.n + !!w->kid.n == 1 ||
           bf_key_needs(r, "exactly one is needed: the id of a key, --sub NAME or --kid KID");
}

bool bf_key_revoke_run(struct bf_key_run *r)
{
    struct bf_life_target target;
    int64_t n;
    if (!one_target(r, &target) || !bf_life_revoke(&r->life, &target, r->words.reason, &n, &r->err))
        return false;
    if (r->words.json)
        printf("{\"revoked\":%lld}\n", (long long)n);
    else if (target.kid.n)
        printf("signing key %.*s is revoked with every key that it signed\n",
               BF_STR_ARG(target.kid));
    else
        printf("%lld %s revoked\n", (long long)n, n == 1 ? "key is" : "keys are");
    return true;
}

/* ---- rotate -------------------------------------------------------------------------------- */

bool bf_key_rotate_run(struct bf_key_run *r)
{
    struct bf_str kid;
    int64_t signs = r->now + (r->words.now ? 0 : BF_SIGNER_PUBLISHED_S);
    if (!bf_life_rotate(&r->life, signs, &kid, &r->err))
        return false;
    if (r->words.json)
        printf("{\"id\":\"%.*s\",\"signs_in_seconds\":%d}\n", BF_STR_ARG(kid),
               r->words.now ? 0 : BF_SIGNER_PUBLISHED_S);
    else
        printf("%.*s signs new keys %s\n", BF_STR_ARG(kid),
               r->words.now ? "from now on" : "in an hour, when it is known everywhere");
    return true;
}
