#include "api/keys/life.h"

#include "value/instant.h"
#include "value/member.h"

enum { SECOND_US = 1000000 };

const char *bf_life_state(const struct bf_issued_key *key, int64_t now)
{
    if (key->revoked || key->kid_retired)
        return "revoked";
    if (key->ends && key->ends <= now)
        return "ended";
    return key->expires > now ? "valid" : "expired";
}

const char *bf_life_signing_state(const struct bf_signing_key *key, int64_t now, bool *younger)
{
    if (key->retired)
        return key->revoked ? "revoked" : "retired";
    if (key->signs > now)
        return "waiting";
    bool before = *younger;
    *younger = true;
    return before ? "verifying" : "signing";
}

static void print_instant(struct bf_buf *out, const char *name, int64_t seconds)
{
    char text[BF_INSTANT_TEXT];
    size_t n = seconds ? bf_instant_format(text, seconds * SECOND_US, bf_zone_utc()) : 0;
    bf_member_text_or_null(out, name, (struct bf_str){text, n});
}

void bf_life_print_scope(struct bf_buf *out, struct bf_str scope)
{
    const char *before = "[";
    bf_member(out, "scope");
    while (scope.p) {
        struct bf_str one = bf_str_cut(scope, ' ', &scope);
        if (!one.n)
            continue;
        bf_buf_text(out, before);
        bf_buf_json(out, one);
        before = ",";
    }
    bf_buf_text(out, *before == '[' ? "[]" : "]");
}

void bf_life_print(struct bf_buf *out, const struct bf_issued_key *key, int64_t now)
{
    bf_buf_text(out, "{\"id\":");
    bf_buf_json(out, key->jti);
    bf_member_text_or_null(out, "partner", key->sub);
    bf_member_text_or_null(out, "plan", key->plan);
    bf_life_print_scope(out, key->scope);
    bf_member_text_or_null(out, "state", bf_str_of(bf_life_state(key, now)));
    print_instant(out, "issued", key->issued);
    print_instant(out, "expires", key->expires);
    print_instant(out, "ends", key->ends);
    print_instant(out, "revoked", key->revoked);
    bf_member_text_or_null(out, "last_used", key->used);
    bf_member_text_or_null(out, "signing_key", key->kid);
    bf_member_text_or_null(out, "parent", key->parent);
    bf_buf_text(out, ",\"narrowing\":");
    bf_buf_str(out, key->narrowing.n ? key->narrowing : BF_STR("{}"));
    bf_buf_char(out, '}');
}

void bf_life_print_new(struct bf_buf *out, struct bf_str token, const struct bf_issued_key *key,
                       int64_t now)
{
    bf_buf_text(out, "{\"key\":");
    bf_buf_json(out, token);
    bf_buf_text(out, ",\"about\":");
    bf_life_print(out, key, now);
    bf_buf_char(out, '}');
}

void bf_life_print_signing(struct bf_buf *out, const struct bf_signing_key *key, const char *state)
{
    bf_buf_text(out, "{\"id\":");
    bf_buf_json(out, key->kid);
    bf_member_text_or_null(out, "state", bf_str_of(state));
    print_instant(out, "created", key->created);
    print_instant(out, "signs", key->signs);
    print_instant(out, "retired", key->retired);
    bf_buf_printf(out, ",\"keys\":%lld", (long long)key->keys);
    print_instant(out, "last_key_ends", key->last_ends);
    bf_buf_char(out, '}');
}
