#include "cli/key.h"

#include "cli/say.h"

#include <string.h>
#include <unistd.h>

enum { DAY_S = 86400, JSON_MAX = 64 * 1024 };

/* The token alone, or a JSON object with what it is. */
static bool print_key(struct bf_key_run *r, const struct bf_key_order *o, struct bf_str token)
{
    if (!r->words.json) {
        printf("%.*s\n", BF_STR_ARG(token));
        return true;
    }
    struct bf_issued_key row;
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    bool ok = bf_keys_find(r->conn, r->arena, o->jti, &row, &r->err);
    if (ok) {
        bf_life_print_new(&b, token, &row, r->now);
        bf_buf_char(&b, '\n');
        ok = bf_say_buf(stdout, &b);
    }
    bf_buf_fini(&b);
    return ok;
}

bool bf_key_issue_run(struct bf_key_run *r)
{
    const struct bf_key_words *w = &r->words;
    struct bf_str token;
    if (!w->sub.n || !w->scope.n)
        return bf_key_needs(r, "--sub (whose key it is) and --scope (what it may do) are needed");
    struct bf_key_order order = {
        .sub = w->sub,
        .plan = w->plan,
        .scope = w->scope,
        .narrow = w->narrow,
        .issued = r->now,
        .expires = r->now + (w->days ? w->days : BF_LIFE_DAYS) * DAY_S,
    };
    return bf_life_issue(&r->life, &order, &token, &r->err) && print_key(r, &order, token);
}

/* ---- narrow -------------------------------------------------------------------------------- */

static bool add(void *ring, const struct bf_signing_key *key, struct bf_err *err)
{
    return bf_keyring_add(ring, &(struct bf_public_key){key->kid, key->public_pem}, err);
}

static bool read_token(struct bf_key_run *r, struct bf_str *out)
{
    char text[2 * BF_KEY_TOKEN];
    size_t n = 0;
    for (ssize_t got = 1; got > 0 && n<sizeof text; n += got> 0 ? (size_t)got : 0)
        got = read(STDIN_FILENO, text + n, sizeof text - n);
    *out = bf_arena_dup(r->arena, bf_str_trim((struct bf_str){text, n}));
    explicit_bzero(text, sizeof text);
    return out->n || BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                                  "the key that is to be narrowed is read from standard input, and "
                                  "there is none: beffroi key narrow --days 7 <key.txt");
}

static bool verify(struct bf_key_run *r, struct bf_str token, struct bf_claims *out)
{
    struct bf_keyring *ring = bf_keyring_new();
    bool ok = ring && bf_keys_each(r->conn, add, ring, &r->err) &&
              bf_key_verify(ring, r->arena, token, r->now, out, &r->err);
    bf_keyring_free(ring);
    return ok;
}

bool bf_key_narrow_run(struct bf_key_run *r)
{
    const struct bf_key_words *w = &r->words;
    struct bf_str token, child;
    struct bf_claims parent;
    struct bf_key_order order = {
        .scope = w->scope,
        .narrow = w->narrow,
        .expires = w->days ? r->now + w->days * DAY_S : 0,
    };
    return read_token(r, &token) && verify(r, token, &parent) &&
           bf_life_narrow(&r->life, &parent, &order, &child, &r->err) &&
           print_key(r, &order, child);
}

/* ---- renew --------------------------------------------------------------------------------- */

bool bf_key_renew_run(struct bf_key_run *r)
{
    const struct bf_key_words *w = &r->words;
    struct bf_key_order order;
    struct bf_str token;
    if (!w->id.n)
        return bf_key_needs(r, "the id of the key is needed (`beffroi key list` shows it)");
    int64_t overlap = w->overlap < 0 ? BF_LIFE_OVERLAP_DAYS : w->overlap;
    return bf_life_renew(&r->life, w->id, overlap * DAY_S, w->days, &order, &token, &r->err) &&
           print_key(r, &order, token);
}
