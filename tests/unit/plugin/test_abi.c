/*
 * The handler ABI across versions: what was released stays where it was, handlers that were built
 * against a released header work, and those from elsewhere are refused.
 */
#include "fixture.h"

#include "../../abi/layout.h"
#include "plugin/host.h"
#include "plugin/loader.h"

#include <dirent.h>
#include <dlfcn.h>

#define PROBE                                                                                      \
    "{\"id\":\"probe\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\",\"licence\":{\"name\":\"L\"}," \
    "\"key\":[\"id\"],\"handler\":\"probe\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"},"       \
    "{\"name\":\"name\",\"type\":\"text\"},"                                                       \
    "{\"name\":\"extra\",\"type\":\"text\",\"handler\":true}]}"

static struct fixture f;

static int setup(void **state)
{
    (void)state;
    fixture_init(&f);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_fini(&f);
    return 0;
}

static const char *abi_file(const char *version, const char *what)
{
    static char name[128];
    snprintf(name, sizeof name, "tests/handlers/abi-%s-%s.so", version, what);
    return name;
}

/* Calls test(version) for each folder of tests/abi, and for the header as it is now. */
static void each_version(void (*test)(const char *version))
{
    DIR *dir = opendir("tests/abi");
    int n = 0;
    if (!dir)
        fail_msg("tests/abi: run the tests from the top of the tree");
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] < '0' || e->d_name[0] > '9')
            continue;
        test(e->d_name);
        n++;
    }
    closedir(dir);
    assert_true(n >= 1);
    test("now");
}

struct layout {
    const struct layout_entry *entries;
    const unsigned *version;
    const unsigned long *sizes;
};

static struct layout layout_of(const char *version)
{
    void *library = dlopen(built(abi_file(version, "layout")), RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    struct layout l = {dlsym(library, "layout"), dlsym(library, "layout_version"),
                       dlsym(library, "layout_sizes")};
    assert_true(l.entries && l.version && l.sizes);
    return l;
}

static const struct layout_entry *entry(const struct layout *l, const char *name)
{
    for (const struct layout_entry *e = l->entries; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e;
    return NULL;
}

static void layout_is_kept(const char *version)
{
    struct layout then = layout_of(version);
    struct layout now = layout_of("now");
    for (const struct layout_entry *e = then.entries; e->name; e++) {
        const struct layout_entry *same = entry(&now, e->name);
        if (!same || same->place != e->place || same->size != e->size)
            fail_msg("%s is not where ABI %s had it: add at the end, and raise the minor version",
                     e->name, version);
    }
    bool grown = now.sizes[0] > then.sizes[0] || now.sizes[1] > then.sizes[1];
    assert_true(now.sizes[0] >= then.sizes[0] && now.sizes[1] >= then.sizes[1]);
    if (grown && now.version[1] <= then.version[1])
        fail_msg("the ABI has grown since %s: raise BF_ABI_MINOR and freeze a copy", version);
    assert_int_equal(now.version[0], then.version[0]);
}

/* Every member of the two structs is in tests/abi/layout.c, or the test above sees nothing. */
static void layout_is_whole(const char *version)
{
    struct layout l = layout_of(version);
    long ends[2] = {0, 0};
    for (const struct layout_entry *e = l.entries; e->name; e++) {
        if (strncmp(e->name, "bf_api.", 7) == 0 && e->place + e->size > ends[0])
            ends[0] = e->place + e->size;
        if (strncmp(e->name, "bf_handler.", 11) == 0 && e->place + e->size > ends[1])
            ends[1] = e->place + e->size;
    }
    assert_int_equal(ends[0], l.sizes[0]);
    assert_int_equal(ends[1], l.sizes[1]);
}

static void test_layout(void **state)
{
    (void)state;
    each_version(layout_is_kept);
    each_version(layout_is_whole);
}

static void probe_works(const char *version)
{
    struct bf_cell cells[3];
    fixture_bind(&f, abi_file(version, "probe"), PROBE);
    if (!fixture_ask(&f, "*"))
        fail_msg("ABI %s: %s", version, bf_binding_out(f.binding));
    cells[0] = cell(&f, INT(1));
    cells[1] = cell(&f, TEXT("Gare"));
    cells[2] = cell(&f, NIL);
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_KEEP);
    assert_true(bf_str_eq(bf_cell_text(cells[2]), BF_STR("Gare")));
    cells[1] = cell(&f, NIL);
    assert_int_equal(bf_binding_row(f.binding, &f.hook, cells, 3), BF_ROW_KEEP);
    assert_true(bf_str_eq(bf_cell_text(cells[2]), BF_STR("none")));
    assert_true(bf_binding_finish(f.binding, &f.hook));
    bf_plugins_free(f.plugins);
}

static void template_is_one(const char *version)
{
    struct bf_plugin_facts facts;
    if (!bf_plugin_inspect(f.generation, built(abi_file(version, "template")), &facts, &f.err))
        fail_msg("ABI %s: %s", version, f.err.message);
    assert_string_equal(facts.name.p, "template");
}

#define PROBE_SOURCE                                                                              \
    "{\"id\":\"probe\",\"title\":{\"fr\":\"T\"},\"publisher\":\"P\","                             \
    "\"licence\":{\"name\":\"L\"},\"key\":[\"id\"],\"handler\":\"probe-source\","                 \
    "\"rows\":\"handler\",\"fields\":[{\"name\":\"id\",\"type\":\"int\"},"                        \
    "{\"name\":\"name\",\"type\":\"text\"},{\"name\":\"seen\",\"type\":\"datetime\"},"            \
    "{\"name\":\"place\",\"type\":\"geo_point_2d\"},{\"name\":\"shape\",\"type\":\"geo_shape\"}," \
    "{\"name\":\"more\",\"type\":\"json_blob\"}]}"

/* Sources came with 1.1. What it was told of the request it shows in its only row. */
static void source_works(const char *version)
{
    struct bf_source_told told;
    const struct bf_value *values;
    if (strcmp(version, "1.0") == 0)
        return;
    fixture_bind(&f, abi_file(version, "probe-source"), PROBE_SOURCE);
    if (!fixture_ask_where(&f, "*",
                           "id in (7, 8) and name = \"Gare\" and seen >= date'2026-01-01' and "
                           "seen <= date'2026-01-02' and in_bbox(place, 50, 3, 51, 4)"))
        fail_msg("ABI %s: %s", version, bf_binding_out(f.binding));
    assert_true(bf_binding_source_open(f.binding, &f.hook, 10, &told));
    assert_true(bf_str_eq(told.version, BF_STR("1.1")) && told.dated);
    assert_int_equal(bf_binding_source_next(f.binding, &f.hook, &values), BF_GIVEN_ROW);
    assert_int_equal(values[0].integer, 7);
    if (!bf_str_eq(values[1].text, BF_STR("all is as it was")))
        fail_msg("ABI %s: %.*s", version, BF_STR_ARG(values[1].text));
    assert_int_equal(values[4].type, BF_GEO_SHAPE);
    assert_true(bf_str_eq(values[5].text, BF_STR("{\"n\": 2}")));
    assert_int_equal(bf_binding_source_next(f.binding, &f.hook, &values), BF_GIVEN_END);
    assert_true(bf_binding_finish(f.binding, &f.hook));
    bf_plugins_free(f.plugins);
}

static void template_source_is_one(const char *version)
{
    struct bf_plugin_facts facts;
    if (strcmp(version, "1.0") == 0)
        return;
    if (!bf_plugin_inspect(f.generation, built(abi_file(version, "template-source")), &facts,
                           &f.err))
        fail_msg("ABI %s: %s", version, f.err.message);
    assert_string_equal(facts.name.p, "template-source");
    assert_true(facts.gives_rows);
}

static void test_released_headers(void **state)
{
    (void)state;
    each_version(probe_works);
    each_version(template_is_one);
    each_version(source_works);
    each_version(template_source_is_one);
}

static bool enter(const char *file, struct bf_handler *out)
{
    struct bf_loaded loaded;
    bf_err_clear(&f.err);
    return bf_loader_load(built(file), &loaded, &f.err) &&
           bf_loader_enter(&loaded, bf_host_api(), out, &f.err);
}

static void test_a_smaller_struct(void **state)
{
    (void)state;
    struct bf_handler h;
    assert_true(enter("tests/handlers/smaller-struct.so", &h));
    assert_string_equal(h.name, "smaller-struct");
    assert_null(h.rewrite); /* what lies behind the struct is not a hook */
    assert_null(h.row);
    assert_null(h.finish);
}

static void test_other_versions(void **state)
{
    (void)state;
    struct bf_handler h;
    assert_false(enter("tests/handlers/newer-minor.so", &h));
    assert_string_equal(f.err.message,
                        "the handler was built for ABI 1.2, which is newer than this server's 1.1: "
                        "update the server, or build the handler with its header");
    assert_false(enter("tests/handlers/wrong-major.so", &h));
    assert_string_equal(f.err.message, "the handler was built for ABI 2.0, this server speaks 1.1");
}

static struct bf_handler odd;

static const struct bf_handler *odd_entry(const struct bf_api *host)
{
    (void)host;
    return &odd;
}

static bool enter_odd(void)
{
    struct bf_handler out;
    struct bf_loaded loaded = {odd_entry};
    bf_err_clear(&f.err);
    return bf_loader_enter(&loaded, bf_host_api(), &out, &f.err);
}

static void test_odd_sizes_and_flags(void **state)
{
    (void)state;
    odd = (struct bf_handler){.major = 1, .name = "odd", .version = "1"};
    for (uint32_t size = 0; size < 5000; size++) {
        odd.size = size;
        bool good = size >= offsetof(struct bf_handler, options) && size <= 4096 && size % 8 == 0;
        if (good && size > sizeof odd)
            continue; /* would be read past our struct */
        assert_int_equal(enter_odd(), good);
    }
    odd.size = UINT32_MAX;
    assert_false(enter_odd());
    odd.size = sizeof odd;
    odd.flags = 1;
    assert_false(enter_odd());
    assert_non_null(strstr(f.err.message, "flags 0x1"));
}

static void test_host_table(void **state)
{
    (void)state;
    const struct bf_api *api = bf_host_api();
    assert_int_equal(api->size, sizeof *api);
    assert_int_equal(api->major, BF_ABI_MAJOR);
    assert_int_equal(api->minor, BF_ABI_MINOR);
    /* No member was forgotten: all behind the numbers are functions. */
    size_t start = offsetof(struct bf_api, alloc);
    for (size_t at = start; at < sizeof *api; at += sizeof(void (*)(void))) {
        void *member;
        memcpy(&member, (const char *)api + at, sizeof member);
        assert_non_null(member);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_layout),         T(test_released_headers),    T(test_a_smaller_struct),
        T(test_other_versions), T(test_odd_sizes_and_flags), T(test_host_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
