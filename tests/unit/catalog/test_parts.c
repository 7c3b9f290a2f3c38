/* Durations, near names, expressions, and the registry. */
#include "catalog/duration.h"
#include "catalog/expression.h"
#include "catalog/nearest.h"
#include "catalog/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {
        {"PT1M", 60},
        {"PT5S", 5},
        {"PT90M", 5400},
        {"P1D", 86400},
        {"P1DT12H", 129600},
        {"P2W", 1209600},
        {"P1M", 2629800},
        {"P2Y", 63115200},
        {"P1Y6M", 31557600 + 6 * 2629800},
        {"PT1H1M1S", 3661},
        {"P1000Y", INT64_C(31557600000)},
        {"P1001Y", -1},
        {"P999999999999Y", -1},
        {"P9999999999999999999D", -1},
        {"", -1},
        {"P", -1},
        {"PT", -1},
        {"P1DT", -1},
        {"T1M", -1},
        {"1M", -1},
        {"P1", -1},
        {"P1H", -1},
        {"PT1D", -1},
        {"P1D1Y", -1},
        {"P1D1D", -1},
        {"PT1S1M", -1},
        {"PTT1S", -1},
        {"P-1D", -1},
        {"P1.5D", -1},
        {"PT0S", -1},
        {"p1d", -1},
        {"P1D ", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t us = 0;
        bool ok = bf_duration_read(bf_str_of(cases[i].text), &us);
        if (ok != (cases[i].seconds >= 0) || (ok && us != cases[i].seconds * 1000000))
            fail_msg("%s: %d %lld", cases[i].text, ok, (long long)us);
    }
}

static struct bf_str nearest(const char *wrong, const char *const *names)
{
    struct bf_nearest n;
    bf_nearest_start(&n, bf_str_of(wrong));
    for (; *names; names++)
        bf_nearest_try(&n, bf_str_of(*names));
    return n.best;
}

static void near_names(void **state)
{
    (void)state;
    static const char *const names[] = {"title", "description", "licence", "key", "", NULL};
    static const struct {
        const char *wrong, *best;
    } cases[] = {
        {"titel", "title"}, {"license", "licence"},
        {"TITLE", "title"}, {"descripton", "description"},
        {"keys", "key"},    {"kye", "key"},
        {"xyz", ""},        {"", ""},
        {"publisher", ""},  {"ti", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_str best = nearest(cases[i].wrong, names);
        if (!bf_str_eq(best, bf_str_of(cases[i].best)))
            fail_msg("%s: %.*s", cases[i].wrong, BF_STR_ARG(best));
    }
    char long_name[200];
    memset(long_name, 'a', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    const char *const one[] = {long_name, NULL};
    assert_int_equal(nearest(long_name, one).n, 0);
    long_name[63] = '\0';
    assert_int_equal(nearest(long_name, one).n, 63);
}

static bool is_total(const void *self, struct bf_str word)
{
    (void)self;
    return bf_str_eq_nocase(word, BF_STR("total"));
}

static void expressions(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *word; /* word NULL: right */
    } cases[] = {
        {"a + b", NULL},
        {"coalesce(a, 'it''s; -- (')", NULL},
        {"\"a\"\"(;\" || 'x'", NULL},
        {"case when a > 0 then 'é' else null end", NULL},
        {"a::total", NULL},
        {"total(a)", NULL},
        {"total (a)", NULL},
        {"datemaj AT TIME ZONE 'Europe/Paris'", NULL},
        {"regexp_replace(nom, '\\s+', ' ')", NULL},
        {"a - b", NULL},
        {"a / b", NULL},
        {"a -- b", "--"},
        {"a /* b */", "--"},
        {"a; drop table x", ";"},
        {"a)", ")"},
        {"a) + (b", ")"},
        {"((a)", "("},
        {"'abc", "'"},
        {"'abc''", "'"},
        {"\"abc", "\""},
        {"$1", "$"},
        {"$$a$$", "$"},
        {"E'\\''", "E"},
        {"e'x'", "e"},
        {"U&'\\0041'", "U"},
        {"u&\"x\"", "u"},
        {"(select 1)", "select"},
        {"(SELECT max(x) FROM y)", "SELECT"},
        {"(table x)", "table"},
        {"total + 1", "total"},
        {"TOTAL", "TOTAL"},
        {"a\tb", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bf_expression_fault fault = {NULL, NULL, {NULL, 0}};
        size_t n = strlen(cases[i].sql);
        char *copy = malloc(n); /* no NUL behind it */
        memcpy(copy, cases[i].sql, n);
        bool ok = bf_expression_check((struct bf_str){copy, n}, is_total, NULL, &fault);
        if (ok != (cases[i].word == NULL))
            fail_msg("%s: %s", cases[i].sql, ok ? "taken" : fault.wrong);
        if (!ok && !bf_str_eq(fault.word, bf_str_of(cases[i].word)))
            fail_msg("%s: %.*s", cases[i].sql, BF_STR_ARG(fault.word));
        free(copy);
    }
}

static struct bf_manifest *manifest(struct bf_arena *a, const char *id, const char *alias)
{
    struct bf_manifest *m = bf_arena_zalloc(a, 1, sizeof *m);
    struct bf_str *aliases = bf_arena_zalloc(a, 1, sizeof *aliases);
    m->id = bf_str_of(id);
    aliases[0] = bf_str_of(alias);
    m->aliases = aliases;
    m->naliases = *alias ? 1 : 0;
    return m;
}

static void registry(void **state)
{
    (void)state;
    struct bf_arena *a = bf_arena_new(1 << 20);
    struct bf_registry r;
    static char ids[100][8];
    bf_registry_init(&r, a);
    for (int i = 0; i < 100; i++) {
        snprintf(ids[i], sizeof ids[i], "d%03d", i);
        struct bf_entry e = {.manifest = manifest(a, ids[i],
                                                  i == 7   ? "old"
                                                  : i == 8 ? "d009"
                                                           : "")};
        assert_true(bf_registry_add(&r, &e));
    }
    assert_true(bf_registry_seal(&r));
    assert_int_equal(r.n, 100);
    assert_int_equal(bf_registry_find(&r, BF_STR("d042"))->index, 42);
    assert_int_equal(bf_registry_find(&r, BF_STR("old"))->index, 7);
    /* An alias never hides a dataset. */
    assert_int_equal(bf_registry_find(&r, BF_STR("d009"))->index, 9);
    assert_null(bf_registry_find(&r, BF_STR("d100")));
    assert_null(bf_registry_find(&r, BF_STR("")));
    bf_arena_free(a);
}

static void registry_without_memory(void **state)
{
    (void)state;
    struct bf_arena *own = bf_arena_new(1 << 20);
    struct bf_entry e = {.manifest = manifest(own, "a", "b")};
    bool sealed = false;
    for (size_t cap = 0; !sealed; cap += 16) {
        struct bf_arena *a = bf_arena_new(cap);
        struct bf_registry r;
        bf_registry_init(&r, a);
        sealed = bf_registry_add(&r, &e) && bf_registry_seal(&r);
        assert_true(cap < 4096);
        if (sealed)
            assert_non_null(bf_registry_find(&r, BF_STR("b")));
        bf_arena_free(a);
    }
    bf_arena_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations),
        cmocka_unit_test(near_names),
        cmocka_unit_test(expressions),
        cmocka_unit_test(registry),
        cmocka_unit_test(registry_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
