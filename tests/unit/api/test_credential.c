#include "api/keys/credential.h"

#include "core/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_err err;
static struct bf_str token;

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(4u << 20);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

/* field NULL: the request has none. */
static bool finds(const char *field, const char *query, bool push)
{
    struct bf_http_request http;
    char line[256], parameters[256];
    snprintf(line, sizeof line, "HTTP_AUTHORIZATION=%s", field ? field : "");
    snprintf(parameters, sizeof parameters, "QUERY_STRING=%s", query);
    const char *const env[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/", parameters,
                               field ? line : NULL, NULL};
    bf_err_clear(&err);
    assert_true(bf_http_request_read(&http, arena, env, NULL, &err));
    return bf_credential_find(&http, push, &token, &err);
}

static void one_key_in_one_place_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *field, *query;
        bool push;
        const char *key;
    } cases[] = {
        {NULL, "", false, ""},
        {NULL, "", true, ""},
        {"Bearer kKk", "", false, "kKk"},
        {"aPIKEY kKk", "limit=1", true, "kKk"},
        {NULL, "apikey=kKk", false, "kKk"},
        {NULL, "limit=1&apikey=kKk&where=a", true, "kKk"},
        {NULL, "access_token=kKk", false, "kKk"},
        {NULL, "pushkey=kKk", true, "kKk"},
        {NULL, "pushkey=kKk", false, ""}, /* no key where nothing is pushed */
        {NULL, "pushkey=kKk&pushkey=&apikey=a", false, "a"},
        {"Bearer kKk", "pushkey=other", false, "kKk"},
        {NULL, "APIKEY=kKk", false, ""},
        {NULL, "apikey%3D=kKk", false, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!finds(cases[i].field, cases[i].query, cases[i].push) ||
            !bf_str_eq(token, bf_str_of(cases[i].key)))
            fail_msg("case %zu: %s", i, err.message);
    }
}

static void everything_else_is_told_where_it_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *field, *query;
        int status;
        const char *parameter, *says;
    } cases[] = {
        {"Bearer kKk", "apikey=kKk", 400, "apikey", "a key twice"},
        {"Bearer kKk", "apikey=other", 400, "apikey", "two different keys"},
        {"Bearer kKk", "pushkey=kKk", 400, "pushkey", "a key twice"},
        {"Bearer kKk", "pushkey=other", 400, "pushkey", "two different keys"},
        {"Bearer kKk", "access_token=other", 400, "access_token", "in the header field"},
        {NULL, "apikey=kKk&access_token=kKk", 400, "access_token", "in apikey and in the"},
        {NULL, "apikey=kKk&pushkey=kKk", 400, "pushkey", "a key twice"},
        {NULL, "apikey=kKk&apikey=kKk", 400, "apikey", "more than once"},
        {NULL, "apikey=kKk&apikey=", 400, "apikey", "more than once"},
        {NULL, "pushkey=kKk&pushkey=other", 400, "pushkey", "more than once"},
        {NULL, "apikey=", 400, "apikey", "is empty"},
        {NULL, "apikey", 400, "apikey", "is empty"},
        {NULL, "pushkey=", 400, "pushkey", "is empty"},
        {NULL, "apikey=kKk%20", 400, "apikey", "visible ASCII"},
        {NULL, "apikey=kKk+kKk", 400, "apikey", "visible ASCII"},
        {NULL, "apikey=kKk%0D%0AX:kKk", 400, "apikey", "visible ASCII"},
        {NULL, "apikey=%C3%A9kKk", 400, "apikey", "visible ASCII"},
        {"", "", 400, "", "is empty"},
        {"", "apikey=kKk", 400, "", "is empty"},
        {"Bearer", "", 400, "", "no key"},
        {"Bearer kKk kKk", "", 400, "", "more than one word"},
        {"Bearer\tkKk", "", 400, "", "visible ASCII"},
        {"Bearer kKk\r\nX: y", "", 400, "", "visible ASCII"},
        {"Bearer kKk\xc3\xa9", "", 400, "", "visible ASCII"},
        {"Basic kKk", "", 401, "", "scheme that is not known"},
        {"kKk", "", 401, "", "scheme that is not known"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool found = finds(cases[i].field, cases[i].query, true);
        if (found || token.p || err.http != cases[i].status ||
            strcmp(err.parameter, cases[i].parameter) != 0 || !strstr(err.message, cases[i].says))
            fail_msg("case %zu: %d %s", i, err.http, err.message);
        assert_null(strstr(err.message, "kKk"));
        assert_null(strstr(err.detail, "kKk"));
        if (!*cases[i].parameter)
            assert_non_null(strstr(err.message, "Authorization: Bearer <key>"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_key_in_one_place_is_found),
        cmocka_unit_test(everything_else_is_told_where_it_is_wrong),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
