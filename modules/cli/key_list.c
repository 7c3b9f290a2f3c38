#include "cli/key.h"

#include "cli/say.h"
#include "store/audit.h"
#include "value/instant.h"

#include <stdio.h>

enum { JSON_MAX = 64 << 20, AUDIT_LINES = 1000 };

void bf_key_list_begin(struct bf_key_list *l, struct bf_key_run *r)
{
    *l = (struct bf_key_list){.run = r};
    bf_buf_init(&l->out, JSON_MAX);
    if (r->words.json)
        bf_buf_char(&l->out, '[');
}

bool bf_key_list_end(struct bf_key_list *l, bool ok)
{
    if (l->run->words.json)
        bf_buf_text(&l->out, "]\n");
    if (ok && bf_buf_failed(&l->out))
        ok = BF_FAIL_WITH(&l->run->err, BF_E_MEMORY, "There is no memory for so long a list.");
    ok = ok && bf_say_buf(stdout, &l->out);
    bf_buf_fini(&l->out);
    return ok;
}

void bf_key_list_comma(struct bf_key_list *l)
{
    if (l->n++)
        bf_buf_text(&l->out, ",\n");
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void take_key(void *self, const struct bf_issued_key *key)
{
    struct bf_key_list *l = self;
    char issued[BF_KEY_DAY], last[BF_KEY_DAY];
    if (l->run->words.json) {
        bf_key_list_comma(l);
        bf_life_print(&l->out, key, l->run->now);
        return;
    }
    bf_key_day(issued, key->issued);
    bf_key_day(last, key->ends && key->ends < key->expires ? key->ends : key->expires);
    bf_buf_printf(&l->out, "%-14.*s%-12s%-12s%-9s%-12.*s%-24.*s%.*s\n", BF_STR_ARG(key->jti),
                  issued, last, bf_life_state(key, l->run->now), BF_STR_ARG(key->plan),
                  BF_STR_ARG(key->sub), BF_STR_ARG(key->scope));
}

bool bf_key_list_run(struct bf_key_run *r)
{
    struct bf_key_list l;
    struct bf_key_filter filter = {.sub = r->words.sub, .live = !r->words.all, .most = INT64_MAX};
    bf_key_list_begin(&l, r);
    if (!r->words.json)
        bf_buf_printf(&l.out, "%-14s%-12s%-12s%-9s%-12s%-24s%s\n", "id", "issued", "ends", "state",
                      "plan", "partner", "scope");
    return bf_key_list_end(&l, bf_keys_list(r->conn, &filter, take_key, &l, &r->err));
}

/* ---- one key ------------------------------------------------------------------------------- */

static bool find(struct bf_key_run *r, struct bf_issued_key *out)
{
    if (!r->words.id.n)
        return bf_key_needs(r, "the id of a key is needed (`beffroi key list` shows it)");
    return bf_keys_find(r->conn, r->arena, r->words.id, out, &r->err);
}

static bool print_json(struct bf_key_run *r, const struct bf_issued_key *key)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MAX);
    bf_life_print(&b, key, r->now);
    bf_buf_char(&b, '\n');
    bool ok = bf_say_buf(stdout, &b);
    bf_buf_fini(&b);
    return ok;
}

static void say(const char *name, struct bf_str value)
{
    if (value.n)
        printf("%-14s%.*s\n", name, BF_STR_ARG(value));
}

static void say_day(const char *name, int64_t seconds)
{
    char text[BF_INSTANT_TEXT];
    if (seconds)
        say(name, (struct bf_str){text, bf_instant_format(text, seconds * 1000000, bf_zone_utc())});
}

bool bf_key_show_run(struct bf_key_run *r)
{
    struct bf_issued_key key;
    if (!find(r, &key))
        return false;
    if (r->words.json)
        return print_json(r, &key);
    say("id", key.jti);
    say("partner", key.sub);
    say("state", bf_str_of(bf_life_state(&key, r->now)));
    say("plan", key.plan);
    say("scope", key.scope);
    say_day("issued", key.issued);
    say_day("expires", key.expires);
    say_day("ends", key.ends);
    say_day("revoked", key.revoked);
    say("last used", key.used.n ? key.used : BF_STR("never"));
    say("signing key", key.kid);
    say("narrowed from", key.parent);
    if (!bf_str_eq(key.narrowing, BF_STR("{}")))
        say("narrowed to", key.narrowing);
    return true;
}

bool bf_key_usage_run(struct bf_key_run *r)
{
    struct bf_issued_key key;
    if (!find(r, &key))
        return false;
    if (!r->words.json) {
        say("last used", key.used.n ? key.used : BF_STR("never"));
        return true;
    }
    printf(key.used.n ? "{\"id\":\"%.*s\",\"last_used\":\"%.*s\"}\n"
                      : "{\"id\":\"%.*s\",\"last_used\":null}\n",
           BF_STR_ARG(key.jti), BF_STR_ARG(key.used));
    return true;
}

/* ---- signing keys -------------------------------------------------------------------------- */

static void take_signing(void *self, const struct bf_signing_key *key)
{
    struct bf_key_list *l = self;
    char created[BF_KEY_DAY], last[BF_KEY_DAY];
    const char *state = bf_life_signing_state(key, l->run->now, &l->younger);
    if (l->run->words.json) {
        bf_key_list_comma(l);
        bf_life_print_signing(&l->out, key, state);
        return;
    }
    bf_key_day(created, key->created);
    bf_key_day(last, key->last_ends);
    bf_buf_printf(&l->out, "%-16.*s%-12s%-11s%8lld  %s\n", BF_STR_ARG(key->kid), created, state,
                  (long long)key->keys, last);
}

bool bf_key_signing_run(struct bf_key_run *r)
{
    struct bf_key_list l;
    if (!bf_keys_retire_spent(r->conn, &r->err))
        return false;
    bf_key_list_begin(&l, r);
    if (!r->words.json)
        bf_buf_printf(&l.out, "%-16s%-12s%-11s%8s  %s\n", "id", "created", "state", "keys",
                      "last one ends");
    return bf_key_list_end(&l, bf_keys_signing(r->conn, take_signing, &l, &r->err));
}

/* ---- the audit ----------------------------------------------------------------------------- */

static void take_line(void *self, const struct bf_audit_line *line)
{
    struct bf_key_list *l = self;
    char at[BF_INSTANT_TEXT];
    size_t n = bf_instant_format(at, line->at / 1000000 * 1000000, bf_zone_utc());
    if (l->run->words.json) {
        bf_key_list_comma(l);
        bf_audit_print(&l->out, line);
        return;
    }
    bf_buf_printf(&l->out, "%.*s  %-15.*s %-16.*s %.*s, %.*s\n", (int)n, at, BF_STR_ARG(line->what),
                  BF_STR_ARG(line->about), BF_STR_ARG(line->who), BF_STR_ARG(line->origin));
}

bool bf_key_audit_run(struct bf_key_run *r)
{
    struct bf_key_list l;
    bf_key_list_begin(&l, r);
    return bf_key_list_end(
        &l, bf_audit_list(r->conn, r->words.id, 0, AUDIT_LINES, take_line, &l, &r->err));
}
