/* http: parameters that come as a form, and addresses that an answer names. */
#include "http/form.h"
#include "http/href.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bf_arena *arena;
static struct bf_http_request request;
static struct bf_err err;

struct body {
    const char *p;
    size_t n, at, piece;
    bool cut;
};

static ssize_t read_piece(void *self, void *to, size_t room)
{
    struct body *b = self;
    size_t n = b->n - b->at;
    if (n == 0)
        return b->cut ? -1 : 0;
    n = n < b->piece ? n : b->piece;
    n = n < room ? n : room;
    memcpy(to, b->p + b->at, n);
    b->at += n;
    return (ssize_t)n;
}

static bool post(const char *query, const char *type, const char *body, size_t n, bool cut)
{
    static char address[512];
    static char content[256];
    static char length[64];
    static struct body b;
    static struct bf_http_io io;
    snprintf(address, sizeof address, "QUERY_STRING=%s", query);
    snprintf(content, sizeof content, "CONTENT_TYPE=%s", type);
    snprintf(length, sizeof length, "CONTENT_LENGTH=%zu", n);
    const char *env[] = {"REQUEST_METHOD=POST", "REQUEST_URI=/a", address, content, length, NULL};
    b = (struct body){body, cut ? n / 2 : n, 0, 7, cut};
    io = (struct bf_http_io){.self = &b, .read = read_piece, .fd = -1};
    bf_arena_reset(arena);
    bf_err_clear(&err);
    assert_true(bf_http_request_read(&request, arena, env, &io, &err));
    return bf_http_form_read(&request, arena, &err);
}

#define FORM "application/x-www-form-urlencoded"

static bool value_is(const char *name, const char *value)
{
    return bf_str_eq(bf_http_param(&request, name), bf_str_of(value));
}

static void a_form_stands_behind_the_address(void **state)
{
    (void)state;
    const char *body = "b=2&c=%C3%A9+x&&a=3";
    assert_true(post("a=1", FORM "; charset=UTF-8", body, strlen(body), false));
    assert_int_equal(request.nparams, 4);
    assert_true(value_is("a", "3")); /* the last one wins */
    assert_true(value_is("b", "2"));
    assert_true(value_is("c", "é x"));
    struct bf_str all[2];
    assert_int_equal(bf_http_params(&request, "a", all, 2), 2);
    assert_true(bf_str_eq(all[0], BF_STR("1")));
}

static void no_body_is_no_form(void **state)
{
    (void)state;
    assert_true(post("a=1", "", "", 0, false));
    assert_true(post("a=1", "text/plain", "", 0, false));
    assert_int_equal(request.nparams, 1);
}

static void what_is_no_form_is_refused(void **state)
{
    (void)state;
    assert_false(post("", "application/json", "{}", 2, false));
    assert_int_equal(err.code, BF_E_MEDIA_TYPE);
    assert_false(post("", FORM, "a=%zz", 5, false));
    assert_int_equal(err.code, BF_E_REQUEST);
    assert_false(post("", FORM, "a=%00", 5, false));
    assert_int_equal(err.code, BF_E_REQUEST);
    assert_false(post("", FORM, "abcdef=1", 8, true));
    assert_int_equal(err.code, BF_E_ABORTED);
}

static void a_form_has_an_end(void **state)
{
    (void)state;
    static char large[BF_FORM_BYTES + 2];
    memset(large, 'x', sizeof large);
    assert_false(post("", FORM, large, BF_FORM_BYTES + 1, false));
    assert_int_equal(err.code, BF_E_TOO_LARGE);
    assert_true(post("", FORM, large, BF_FORM_BYTES, false));
    char many[256];
    memset(many, '&', sizeof many);
    for (size_t i = 0; i < 202; i += 2)
        many[i] = 'a';
    assert_false(post("", FORM, many, 202, false));
    assert_int_equal(err.code, BF_E_REQUEST);
}

static void addresses_are_encoded_and_keep_no_key(void **state)
{
    (void)state;
    static const char *const without[] = {"offset", NULL};
    struct bf_buf b;
    bf_buf_init(&b, 4096);
    assert_true(post("q=a%26b%20%C3%A9%22&apikey=secret&offset=3&access_token=x&pushkey=y&e", FORM,
                     "", 0, false));
    bf_href_path(&b, BF_STR("/a b/é~-._"));
    bf_buf_char(&b, ' ');
    bf_href_part(&b, BF_STR("a/b\r\n"));
    bf_buf_char(&b, ' ');
    bf_href_params(&b, &request, without);
    bf_buf_char(&b, '\0');
    assert_string_equal(b.p, "/a%20b/%C3%A9~-._ a%2Fb%0D%0A q=a%26b%20%C3%A9%22&e=&");
    bf_buf_fini(&b);
}

static int setup(void **state)
{
    (void)state;
    arena = bf_arena_new(8u << 20);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    bf_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_stands_behind_the_address),
        cmocka_unit_test(no_body_is_no_form),
        cmocka_unit_test(what_is_no_form_is_refused),
        cmocka_unit_test(a_form_has_an_end),
        cmocka_unit_test(addresses_are_encoded_and_keep_no_key),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
