#include "pull/records.h"

#include "api/push/members.h"

#include <stdlib.h>

enum { JSON_MOST = 1 << 20, TOLD = 8, TOLD_BYTES = 100 };

struct bf_str bf_pull_names_print(struct bf_arena *a, const struct bf_pull_names *names)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MOST);
    bf_buf_char(&b, '[');
    for (size_t i = 0; i < names->n; i++) {
        bf_buf_text(&b, i ? "," : "");
        bf_buf_json(&b, names->list[i]);
    }
    bf_buf_char(&b, ']');
    struct bf_str json =
        bf_buf_failed(&b) ? (struct bf_str){NULL, 0} : bf_arena_dup(a, bf_buf_view(&b));
    bf_buf_fini(&b);
    return json;
}

bool bf_pull_names_read(struct bf_arena *a, struct bf_str json, struct bf_pull_names *out)
{
    struct bf_members m;
    struct bf_member one;
    size_t n = 0;
    struct bf_str *list = bf_arena_zalloc(a, BF_PULL_NAMES, sizeof *list);
    *out = (struct bf_pull_names){list, 0};
    if (!list)
        return false;
    bf_members_open(&m, a, json);
    while (n < BF_PULL_NAMES && bf_members_next_element(&m, &one))
        if (one.kind == BF_MEMBER_TEXT)
            list[n++] = one.text;
    out->n = n;
    return !m.why && !bf_arena_failed(a);
}

static int by_text(const void *a, const void *b)
{
    return bf_str_cmp(*(const struct bf_str *)a, *(const struct bf_str *)b);
}

static bool has(const struct bf_pull_names *names, struct bf_str name)
{
    return names->n && bsearch(&name, names->list, names->n, sizeof name, by_text);
}

/* Those of `a` that `b` has not, the first few of them by name. */
static size_t tell_absent(struct bf_buf *out, const struct bf_upstream *s,
                          const struct bf_pull_names *a, const struct bf_pull_names *b,
                          const char *what)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        struct bf_str name = a->list[i];
        if (has(b, name) || bf_str_in(name, s->optional, s->noptional))
            continue;
        if (n < TOLD) {
            bf_buf_text(out, n ? ", " : what);
            bf_buf_json(out, name.n > TOLD_BYTES ? BF_STR("…") : name);
        }
        n++;
    }
    if (n > TOLD)
        bf_buf_printf(out, " and %zu more", n - TOLD);
    bf_buf_text(out, n ? "." : "");
    return n;
}

bool bf_pull_names_same(struct bf_arena *a, const struct bf_upstream *s,
                        const struct bf_pull_names *before, const struct bf_pull_names *now,
                        struct bf_str *why)
{
    struct bf_buf b;
    bf_buf_init(&b, JSON_MOST);
    size_t n = tell_absent(&b, s, before, now, " Missing: ");
    n += tell_absent(&b, s, now, before, " New: ");
    *why = bf_arena_printf(a, "The names of the fields have changed since the last good run.%.*s",
                           (int)b.n, b.p ? b.p : "");
    bf_buf_fini(&b);
    return n == 0;
}
