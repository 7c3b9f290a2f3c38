/* api: the route tables as they are described: those by which the server routes. */
#include "api/admin/describe.h"
#include "api/explore/describe.h"
#include "api/explore/explore.h"
#include "api/push/describe.h"
#include "api/push/order.h"
#include "api/push/push.h"
#include "api/records1/describe.h"
#include "api/records1/records1.h"
#include "api/server.h"
#include "worker/ops.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static const struct bf_route *tables[BF_SERVER_TABLES];
static size_t ntables;

static int set_up(void **state)
{
    (void)state;
    arena = bf_arena_new(1 << 20);
    ntables = bf_server_tables(arena, bf_ops_routes, tables);
    return ntables == BF_SERVER_TABLES ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* Every description that the server prints; v2.0's routes stand in the last table but one. */
static const struct described {
    const struct bf_openapi_api *api;
    const char *root;
    size_t table;
} all[] = {
    {&explore_api, "/api/explore/v2.1", 0},
    {&push_api, "/api/push", 1},
    {&records1_api, "", 2},
    {&explore_old_api, "/api/explore/v2.0", 3},
    {&explore_old_api, "/api/v2", 3},
    {&admin_api, "/api", 5},
};

enum { ALL = sizeof all / sizeof all[0] };

static struct bf_openapi openapi(const struct described *d, struct bf_buf *out)
{
    return (struct bf_openapi){.d = {.b = out},
                               .api = d->api,
                               .base_url = "http://127.0.0.1:8080",
                               .root = d->root,
                               .routes = tables[d->table]};
}

/* In how many descriptions a row stands. */
static size_t descriptions_of(size_t table, const struct bf_route *route)
{
    size_t n = 0;
    for (size_t i = 0; i < ALL; i++) {
        struct bf_openapi o = openapi(&all[i], NULL);
        n += all[i].table == table && bf_openapi_described(&o, route);
    }
    return n;
}

static void every_route_is_described_once_or_says_why_not(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t t = 0; t < ntables; t++)
        for (const struct bf_route *r = tables[t]; r->name; r++, seen++) {
            bool reason = r->undescribed && r->undescribed[0];
            if (reason == (r->operation != NULL))
                fail_msg("%s has %s", r->name,
                         reason ? "an operation, and a reason why it has none"
                                : "neither an operation nor a reason");
            if (descriptions_of(t, r) != !reason)
                fail_msg("%s stands in %zu descriptions", r->name, descriptions_of(t, r));
        }
    assert_true(seen > 90);
}

/* ---- operations ---- */

/* The parameters of the path, as the variables of the address: "{a}{b}". */
static void print_variables(const struct bf_route *r, char *out, size_t room)
{
    size_t n = 0;
    out[0] = '\0';
    for (const struct bf_parameter *const *p = r->operation->parameters; *p; p++)
        if ((*p)->flags & BF_PARAMETER_PATH)
            n += (size_t)snprintf(out + n, room - n, "{%s}", (*p)->name);
}

static void variables_of(const char *pattern, char *out, size_t room)
{
    size_t n = 0;
    for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
        size_t length = strcspn(p, "}") + 1;
        assert_true(n + length < room);
        memcpy(out + n, p, length);
        n += length;
    }
    out[n] = '\0';
}

static const char *key_of(const struct bf_parameter *p)
{
    return p->key ? p->key : p->name;
}

static void check_parameters(const struct bf_route *r)
{
    const struct bf_parameter *const *p = r->operation->parameters;
    for (size_t i = 0; p[i]; i++) {
        assert_true(p[i]->fr && p[i]->fr[0] && p[i]->en && p[i]->en[0]);
        assert_true(p[i]->type != BF_PARAMETER_INTEGER || p[i]->least < p[i]->most);
        for (size_t j = 0; j < i; j++)
            if (strcmp(p[i]->name, p[j]->name) == 0 || strcmp(key_of(p[i]), key_of(p[j])) == 0)
                fail_msg("%s has the parameter %s twice", r->name, p[i]->name);
    }
}

static void an_operation_has_the_variables_of_its_address(void **state)
{
    (void)state;
    char named[256];
    char there[256];
    for (size_t t = 0; t < ntables; t++)
        for (const struct bf_route *r = tables[t]; r->name; r++) {
            if (!r->operation)
                continue;
            assert_true(r->operation->id && r->operation->tag);
            assert_true(r->operation->fr && r->operation->en);
            print_variables(r, named, sizeof named);
            variables_of(r->pattern, there, sizeof there);
            if (strcmp(named, there) != 0)
                fail_msg("%s: the address has %s, the operation %s", r->name, there, named);
            check_parameters(r);
        }
}

/* Parameters of one key are one component, so they must be one row. */
static void a_key_means_one_parameter(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++) {
        struct bf_buf out;
        bf_buf_init(&out, 4 << 20);
        struct bf_openapi o = openapi(&all[i], &out);
        bf_openapi_print(&o);
        assert_false(bf_buf_failed(&out));
        for (size_t a = 0; a < o.nparameters; a++)
            for (size_t b = 0; b < a; b++)
                if (strcmp(key_of(o.parameters[a]), key_of(o.parameters[b])) == 0)
                    fail_msg("%s has two parameters %s", all[i].root, key_of(o.parameters[a]));
        bf_buf_fini(&out);
    }
}

static void every_shape_has_its_own_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++)
        for (const struct bf_shape *const *t = all[i].api->shapes; *t; t++)
            for (const struct bf_shape *s = *t; s->name; s++)
                for (const struct bf_shape *const *u = all[i].api->shapes; *u; u++)
                    for (const struct bf_shape *v = *u; v->name; v++)
                        if (v != s && strcmp(v->name, s->name) == 0)
                            fail_msg("%s has two shapes %s", all[i].root, s->name);
}

static void what_is_sent_is_of_a_type_that_is_read(void **state)
{
    (void)state;
    size_t n = 0;
    for (const struct bf_route *r = bf_push_routes; r->name; r++) {
        const struct bf_operation_body *body = r->operation ? r->operation->body : NULL;
        for (size_t i = 0; body && body->types[i]; i++, n++) {
            enum bf_push_format format;
            assert_true(bf_push_format_of(bf_str_of(body->types[i]), &format));
        }
    }
    assert_true(n > 0);
}

static bool refuses(const struct described *d, const struct bf_route *r, int status)
{
    for (const struct bf_refusal *f = d->api->refusals; f->key; f++)
        if (f->status == status && bf_openapi_refuses(r, f))
            return true;
    return false;
}

static void what_a_handler_may_say_is_described_wherever_it_is_asked(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < ALL; i++)
        for (const struct bf_route *r = tables[all[i].table]; r->name; r++) {
            bool handled =
                r->flags & BF_ROUTE_QUERY && r->flags & (BF_ROUTE_DATASET | BF_ROUTE_DATASET_PARAM);
            if (!handled || !r->operation || r->operation->gone)
                continue;
            for (int status = 400; status < 600; status++)
                if (bf_err_is_refusal(status) && !refuses(&all[i], r, status))
                    fail_msg("%s may answer %d, which is not described", r->name, status);
            n++;
        }
    assert_true(n > 20);
}

/* ---- documents ---- */

static void check_document(const struct described *d, bool v31, bool english)
{
    struct bf_buf out;
    bf_buf_init(&out, 4 << 20);
    struct bf_openapi o = openapi(d, &out);
    o.v31 = v31;
    o.english = english;
    bf_openapi_print(&o);
    assert_false(bf_buf_failed(&out));
    json_error_t error;
    json_t *document = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s: %s at %d", d->root, error.text, error.position);
    assert_string_equal(json_string_value(json_object_get(document, "openapi")),
                        v31 ? "3.1.0" : "3.0.3");
    json_decref(document);
    bf_buf_fini(&out);
}

static void every_document_is_json_in_which_no_name_stands_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALL; i++)
        for (int version = 0; version < 2; version++)
            for (int language = 0; language < 2; language++)
                check_document(&all[i], version == 1, language == 1);
}

/* The compiler tells: two flags of one number are one case twice, and a new one is missing. */
static void every_flag_is_its_own(void **state)
{
    (void)state;
    switch ((enum bf_route_flag)0) {
    case BF_ROUTE_DATASET:
    case BF_ROUTE_QUERY:
    case BF_ROUTE_CACHEABLE:
    case BF_ROUTE_PUSH:
    case BF_ROUTE_QUIET:
    case BF_ROUTE_DATASET_PARAM:
    case BF_ROUTE_FORM:
    case BF_ROUTE_KEY:
    case BF_ROUTE_ADMIN:
    case BF_ROUTE_EXPORT:
    case BF_ROUTE_UNCHARGED:
    case BF_ROUTE_WITHOUT_RECORDS:
        fail();
        break;
    default:
        break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described_once_or_says_why_not),
        cmocka_unit_test(every_flag_is_its_own),
        cmocka_unit_test(an_operation_has_the_variables_of_its_address),
        cmocka_unit_test(a_key_means_one_parameter),
        cmocka_unit_test(every_shape_has_its_own_name),
        cmocka_unit_test(what_a_handler_may_say_is_described_wherever_it_is_asked),
        cmocka_unit_test(what_is_sent_is_of_a_type_that_is_read),
        cmocka_unit_test(every_document_is_json_in_which_no_name_stands_twice),
    };
    return cmocka_run_group_tests_name("api/routes", tests, set_up, tear_down);
}
