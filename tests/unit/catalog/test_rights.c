/* catalog/rights, catalog/visible: manifests without what is private, the datasets of a view. */
#include "catalog/generations.h"
#include "catalog/visible.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(id)                                                                   \
    "{\"id\": \"" id "\", \"title\": {\"fr\": \"Démo\"}, \"publisher\": \"MEL\"," \
    " \"licence\": {\"name\": \"LO\"}, \"key\": [\"nom\"],"

static const char open_json[] =
    HEAD("open") "\"fields\": [{\"name\": \"nom\", \"type\": \"text\"}]}";

static const char partial_json[] = HEAD(
    "partial") "\"geometry\": \"g\", \"records_require\": \"read:c\","
               "\"aliases\": {\"fields\": {\"old_a\": \"a\", \"old_nom\": \"nom\"}},"
               "\"generations\": [{\"api\": [\"1.0\"], \"fields\": [\"old_a\", \"nom\", \"b\"],"
               " \"values\": {\"old_a\": {\"x\": \"y\"}, \"nom\": {\"x\": \"y\"}}}],"
               "\"fields\": [{\"name\": \"a\", \"type\": \"text\", \"requires\": \"read:a\"},"
               "{\"name\": \"nom\", \"type\": \"text\"},"
               "{\"name\": \"b\", \"type\": \"text\", \"requires\": \"read:b\"},"
               "{\"name\": \"g\", \"type\": \"geo_point_2d\", \"requires\": \"read:b\"},"
               "{\"name\": \"shown\", \"type\": \"text\", \"sql\": \"left(a, 1)\","
               " \"reveals\": [\"a\"]}]}";

static const char hidden_json[] =
    HEAD("hidden") "\"requires\": \"read:b\", \"aliases\": {\"dataset\": [\"Other\"]},"
                   "\"fields\": [{\"name\": \"nom\", \"type\": \"text\"}]}";

struct fixture {
    struct bf_arena *arena;
    struct bf_registry whole;
};

static void add(struct fixture *f, const char *json)
{
    struct bf_report report;
    struct bf_entry entry = {0};
    bf_report_init(&report, f->arena);
    entry.manifest = bf_manifest_read(f->arena, bf_str_of(json), "f", &report);
    if (!entry.manifest)
        fail_msg("%.*s", BF_STR_ARG(report.mistakes[0].wrong));
    memset(entry.digest, 7, sizeof entry.digest);
    assert_true(bf_registry_add(&f->whole, &entry));
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = bf_arena_new(16u << 20);
    bf_registry_init(&f->whole, f->arena);
    add(f, hidden_json);
    add(f, open_json);
    add(f, partial_json);
    assert_true(bf_registry_seal(&f->whole));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    bf_arena_free(f->arena);
    free(f);
    return 0;
}

static const struct bf_registry *seen(struct fixture *f, const struct bf_str *names, size_t n)
{
    struct bf_registry *out = bf_arena_zalloc(f->arena, 1, sizeof *out);
    struct bf_rights rights = {names, n};
    bf_registry_init(out, f->arena);
    assert_true(bf_visible_registry(&f->whole, &rights, out));
    return out;
}

static const struct bf_entry *find(const struct bf_registry *r, const char *id)
{
    return bf_registry_find(r, bf_str_of(id));
}

static bool has(struct bf_str text, const char *part)
{
    return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

/* ---- rights ---- */

static void a_right_has_one_form(void **state)
{
    (void)state;
    static const char *const good[] = {"read:a", "read:crews", "read:a-b_9"};
    static const char *const bad[] = {"",         "read",   "read:",        "read:*",   "read:A",
                                      "read:9",   "push:a", "read:a b",     "read:a:b", "Read:a",
                                      "read:a'b", "admin",  "read:a\"b",    " read:a",  "read:a}",
                                      "read:a,b", "reada",  "read:\xc3\xa9"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(bf_right_is_good(bf_str_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(bf_right_is_good(bf_str_of(bad[i])));
    assert_false(bf_right_is_good((struct bf_str){"read:a\0b", 8}));
}

static void all_rights_once_in_order(void **state)
{
    struct fixture *f = *state;
    struct bf_rights all;
    assert_true(bf_visible_rights(&f->whole, f->arena, &all));
    assert_int_equal(all.n, 3);
    assert_true(bf_str_eq(all.names[0], BF_STR("read:a")));
    assert_true(bf_str_eq(all.names[1], BF_STR("read:b")));
    assert_true(bf_str_eq(all.names[2], BF_STR("read:c")));
}

/* ---- what everybody sees ---- */

static void everybody_sees_no_private_dataset(void **state)
{
    struct fixture *f = *state;
    const struct bf_registry *r = seen(f, NULL, 0);
    assert_int_equal(r->n, 2);
    assert_null(find(r, "hidden"));
    assert_null(find(r, "Other"));
    /* What is not private is the very same. */
    const struct bf_entry *open = find(r, "open"), *was = find(&f->whole, "open");
    assert_ptr_equal(open->manifest, was->manifest);
    assert_memory_equal(open->digest, was->digest, sizeof open->digest);
    assert_false(open->restricted || open->records_hidden);
}

static void a_private_field_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    const struct bf_entry *e = find(seen(f, NULL, 0), "partial");
    const struct bf_manifest *m = e->manifest;
    static const char *const gone[] = {"a", "b", "g", "old_a"};
    assert_true(e->records_hidden && !e->restricted);
    assert_int_equal(m->nfields, 2);
    assert_int_equal(m->geometry, -1);
    assert_int_equal(m->nfield_aliases, 1);
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) {
        assert_null(bf_schema_column(&m->schema, bf_str_of(gone[i])));
        assert_null(bf_schema_column(&m->generations[0].schema, bf_str_of(gone[i])));
    }
    assert_non_null(bf_schema_column(&m->schema, BF_STR("old_nom")));
    assert_true(has(m->schema.words, "\"nom\""));
    assert_false(has(m->schema.words, "\"a\"") || has(m->schema.words, "\"b\""));
    assert_false(has(bf_schema_column(&m->schema, BF_STR("record_size"))->sql, "\"a\""));
    /* It may be computed of what is not seen, today and in the past. */
    assert_non_null(bf_schema_column(&m->schema, BF_STR("shown")));
    assert_true(has(m->schema.history, "\"a\""));
    assert_true(bf_str_eq(m->generations[0].schema.history, m->schema.history));
}

static void each_right_shows_its_own(void **state)
{
    struct fixture *f = *state;
    static const struct bf_str b[] = {BF_STR_INIT("read:b")};
    const struct bf_registry *r = seen(f, b, 1);
    const struct bf_entry *e = find(r, "partial");
    assert_int_equal(r->n, 3);
    assert_non_null(find(r, "Other"));
    assert_true(find(r, "hidden")->restricted && e->restricted && e->records_hidden);
    assert_false(find(r, "open")->restricted);
    assert_null(bf_schema_column(&e->manifest->schema, BF_STR("a")));
    assert_non_null(bf_schema_column(&e->manifest->schema, BF_STR("b")));
    assert_int_equal(e->manifest->geometry, 2);
    assert_true(has(e->manifest->schema.words, "\"b\""));
}

static void all_rights_show_all(void **state)
{
    struct fixture *f = *state;
    struct bf_rights all;
    assert_true(bf_visible_rights(&f->whole, f->arena, &all));
    const struct bf_entry *e = find(seen(f, all.names, all.n), "partial");
    assert_false(e->records_hidden);
    assert_int_equal(e->manifest->nfields, 5);
    assert_non_null(bf_schema_column(&e->manifest->schema, BF_STR("old_a")));
}

static void each_class_has_a_digest_of_its_own(void **state)
{
    struct fixture *f = *state;
    static const struct bf_str names[] = {BF_STR_INIT("read:a"), BF_STR_INIT("read:b"),
                                          BF_STR_INIT("read:c")};
    const struct bf_entry *e[8];
    for (unsigned mask = 0; mask < 8; mask++) {
        struct bf_str held[3];
        size_t n = 0;
        for (unsigned i = 0; i < 3; i++)
            if (mask >> i & 1)
                held[n++] = names[i];
        e[mask] = find(seen(f, held, n), "partial");
        for (unsigned other = 0; other < mask; other++)
            assert_memory_not_equal(e[mask]->digest, e[other]->digest, sizeof e[0]->digest);
        assert_memory_not_equal(e[mask]->digest, find(&f->whole, "partial")->digest,
                                sizeof e[0]->digest);
    }
}

/* A right that a dataset does not ask for changes nothing of it. */
static void another_right_is_none(void **state)
{
    struct fixture *f = *state;
    static const struct bf_str other[] = {BF_STR_INIT("read:z")};
    const struct bf_entry *e = find(seen(f, other, 1), "partial");
    assert_memory_equal(e->digest, find(seen(f, NULL, 0), "partial")->digest, sizeof e->digest);
    assert_false(e->restricted);
}

/* A view is whole or is not there. */
static void lack_of_memory_is_told(void **state)
{
    struct fixture *f = *state;
    size_t refused = 0;
    for (size_t cap = 0; cap < 40000; cap += 64) {
        struct bf_registry out;
        struct bf_rights none = {NULL, 0};
        struct bf_arena *a = bf_arena_new(cap);
        bf_registry_init(&out, a);
        bool ok = bf_visible_registry(&f->whole, &none, &out);
        if (ok)
            assert_int_equal(find(&out, "partial")->manifest->nfields, 2);
        refused += !ok;
        bf_arena_free(a);
    }
    assert_true(refused > 10 && refused < 600);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_right_has_one_form),
        TEST(all_rights_once_in_order),
        TEST(everybody_sees_no_private_dataset),
        TEST(a_private_field_leaves_no_trace),
        TEST(each_right_shows_its_own),
        TEST(all_rights_show_all),
        TEST(each_class_has_a_digest_of_its_own),
        TEST(another_right_is_none),
        TEST(lack_of_memory_is_told),
    };
    return cmocka_run_group_tests_name("catalog/rights", tests, NULL, NULL);
}
