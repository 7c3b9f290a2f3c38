/* http: what arrives from nginx is decoded once and checked; what leaves is whole or held back. */
#include "http/etag.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bf_http_request request;
static struct bf_err err;
static struct bf_arena *arena;

static bool parse(const char *uri, const char *query)
{
    static char target[40000];
    static char text[40000];
    snprintf(target, sizeof target, "REQUEST_URI=%s", uri);
    snprintf(text, sizeof text, "QUERY_STRING=%s", query);
    const char *env[] = {"REQUEST_METHOD=GET", target, text, NULL};
    bf_err_clear(&err);
    return bf_http_request_read(&request, arena, env, NULL, &err);
}

static void paths_are_decoded_and_collapsed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/", "/"},
        {"//", "/"},
        {"/a//b///", "/a/b"},
        {"/a/?x=1", "/a"},
        {"/caf%C3%A9", "/café"},
        {"/a+b", "/a+b"},
        {"/a%2Fb", "/a/b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(parse(cases[i][0], ""));
        assert_string_equal(request.path.p, cases[i][1]);
    }
}

static void bad_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"/a%0d%0ab", "/a%00", "/%zz", "/%4", "/%", "/%ff", "*", ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(parse(bad[i], ""));
        assert_int_equal(err.code, BF_E_REQUEST);
    }
}

static void parameters_keep_their_order_and_repeats(void **state)
{
    (void)state;
    assert_true(parse("/", "where=a%3D1&limit=5&where=b+%2B+c&empty=&flag&&limit=7"));
    struct bf_str values[4];
    assert_int_equal(bf_http_params(&request, "where", values, 4), 2);
    assert_true(bf_str_eq(values[0], BF_STR("a=1")));
    assert_true(bf_str_eq(values[1], BF_STR("b + c")));
    assert_true(bf_str_eq(bf_http_param(&request, "limit"), BF_STR("7")));
    assert_non_null(bf_http_param(&request, "empty").p);
    assert_non_null(bf_http_param(&request, "flag").p);
    assert_null(bf_http_param(&request, "other").p);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"a=%0", "a=%c3%28", "a%00=1", "a=%00", "a%0a=1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(parse("/", bad[i]));
    char many[101 * 4 + 1];
    for (int i = 0; i < 101; i++)
        memcpy(many + (ptrdiff_t)i * 4, "a=1&", 5);
    assert_false(parse("/", many));
    assert_non_null(strstr(err.message, "more than 100 parameters"));
}

static void a_header_that_stands_twice_is_refused(void **state)
{
    (void)state;
    const char *env[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/", "HTTP_AUTHORIZATION=Bearer a",
                         "HTTP_AUTHORIZATION=Bearer b", NULL};
    bf_err_clear(&err);
    assert_false(bf_http_request_read(&request, arena, env, NULL, &err));
    assert_int_equal(err.code, BF_E_REQUEST);
}

/* Which protocol it belongs to decides how the mistake is told. */
static void the_address_is_known_whatever_else_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bad[] = {"CONTENT_LENGTH=x", "HTTP_X_BEFFROI_DRY_RUN=yes",
                                      "QUERY_STRING=a=%zz"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *env[] = {bad[i], bad[i], "REQUEST_METHOD=GET", "REQUEST_URI=//a/b", NULL};
        for (size_t from = 0; from < 2; from++) { /* twice, or once */
            bf_err_clear(&err);
            assert_false(bf_http_request_read(&request, arena, env + from, NULL, &err));
            assert_true(bf_str_eq(request.path, BF_STR("/a/b")));
            assert_int_equal(request.method, BF_GET);
        }
    }
    assert_false(parse("/api/%ff", ""));
    assert_true(bf_str_eq(request.path, BF_STR("/api/%ff")));
}

static void lengths_are_numbers(void **state)
{
    (void)state;
    static const char *const bad[] = {"CONTENT_LENGTH=-1", "CONTENT_LENGTH=1x",
                                      "CONTENT_LENGTH=99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *env[] = {"REQUEST_METHOD=POST", "REQUEST_URI=/", bad[i], NULL};
        bf_err_clear(&err);
        assert_false(bf_http_request_read(&request, arena, env, NULL, &err));
    }
    const char *env[] = {"REQUEST_METHOD=POST", "REQUEST_URI=/", "CONTENT_LENGTH=", NULL};
    bf_err_clear(&err);
    assert_true(bf_http_request_read(&request, arena, env, NULL, &err));
    assert_int_equal(request.content_length, -1);
}

/* ---- answers ---- */

static struct bf_buf sent;
static bool peer_gone;

static bool take(void *self, const void *p, size_t n)
{
    (void)self;
    if (!peer_gone)
        bf_buf_bytes(&sent, p, n);
    return !peer_gone;
}

static struct bf_http_io io = {.write = take, .fd = -1};

static void a_small_answer_leaves_with_its_length(void **state)
{
    (void)state;
    struct bf_response r;
    bf_response_init(&r);
    bf_buf_clear(&sent);
    bf_response_header(&r, "X-A", BF_STR("1"));
    bf_response_header(&r, "X-Bad", BF_STR("1\r\nSet-Cookie: x"));
    bf_buf_text(&r.body, "hello");
    assert_true(bf_response_flush(&r, &io));
    assert_int_equal(sent.n, 0);
    assert_true(bf_response_finish(&r, &io));
    bf_buf_char(&sent, '\0');
    assert_string_equal(sent.p, "Status: 200 OK\r\nX-A: 1\r\nContent-Length: 5\r\n\r\nhello");
    bf_response_fini(&r);
}

static void a_head_request_gets_the_length_without_the_bytes(void **state)
{
    (void)state;
    struct bf_response r;
    bf_response_init(&r);
    bf_buf_clear(&sent);
    r.no_body = true;
    bf_buf_text(&r.body, "hello");
    assert_true(bf_response_finish(&r, &io));
    bf_buf_char(&sent, '\0');
    assert_string_equal(sent.p, "Status: 200 OK\r\nContent-Length: 5\r\n\r\n");
    bf_response_fini(&r);
}

static void a_long_answer_is_held_back_and_then_streamed(void **state)
{
    (void)state;
    struct bf_response r;
    bf_response_init(&r);
    bf_buf_clear(&sent);
    for (int i = 0; i < BF_RESPONSE_HOLD / 8; i++) {
        assert_false(r.started);
        bf_buf_text(&r.body, "12345678");
        assert_true(bf_response_flush(&r, &io));
    }
    assert_true(r.started);
    bf_buf_text(&r.body, "end");
    assert_true(bf_response_finish(&r, &io));
    assert_int_equal(r.bytes, BF_RESPONSE_HOLD + 3);
    assert_null(memmem(sent.p, 200, "Content-Length", 14));
    peer_gone = true;
    bf_buf_text(&r.body, "x");
    assert_false(bf_response_finish(&r, &io));
    peer_gone = false;
    bf_response_fini(&r);
}

static void a_problem_replaces_what_was_held(void **state)
{
    (void)state;
    struct bf_response r;
    bf_response_init(&r);
    bf_buf_text(&r.body, "half an answer");
    bf_err_clear(&err);
    BF_FAIL_WITH(&err, BF_E_PARAMETER, "a \"bad\" value");
    bf_err_at(&err, BF_STR("limit"), 3);
    bf_problem_open(&r, &err, "https://example.org", BF_STR("id1"));
    bf_buf_char(&r.body, '\0');
    assert_int_equal(r.status, 400);
    assert_string_equal(r.body.p, "{\"type\":\"https://example.org/problems/parameter\","
                                  "\"title\":\"A parameter is not valid\",\"status\":400,"
                                  "\"detail\":\"a \\\"bad\\\" value\",\"parameter\":\"limit\","
                                  "\"position\":3,\"request_id\":\"id1\"");
    bf_response_fini(&r);
}

static void tags_are_compared_weakly(void **state)
{
    (void)state;
    struct bf_str tag = BF_STR("abc");
    assert_true(bf_etag_matches(BF_STR("\"abc\""), tag));
    assert_true(bf_etag_matches(BF_STR("W/\"abc\""), tag));
    assert_true(bf_etag_matches(BF_STR("\"x\", W/\"abc\" ,\"y\""), tag));
    assert_true(bf_etag_matches(BF_STR("*"), tag));
    assert_false(bf_etag_matches(BF_STR("abc"), tag));
    assert_false(bf_etag_matches(BF_STR("\"abcd\""), tag));
    assert_false(bf_etag_matches(BF_STR("\"abc"), tag));
    assert_false(bf_etag_matches(BF_STR(""), tag));
    assert_false(bf_etag_matches(BF_STR(",,,"), tag));
}

static void a_tag_spells_the_first_132_bits(void **state)
{
    (void)state;
    unsigned char digest[BF_DIGEST_BYTES] = {0xFF, 0xFF, 0xFF};
    char out[BF_ETAG];
    bf_etag_print(digest, out);
    assert_memory_equal(out, "____AAAAAAAAAAAAAAAAAA", BF_ETAG);
}

static int open_arena(void **state)
{
    (void)state;
    arena = bf_arena_new(8 << 20);
    bf_buf_init(&sent, 1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    bf_arena_free(arena);
    bf_buf_fini(&sent);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_decoded_and_collapsed),
        cmocka_unit_test(bad_addresses_are_refused),
        cmocka_unit_test(parameters_keep_their_order_and_repeats),
        cmocka_unit_test(bad_parameters_are_refused),
        cmocka_unit_test(a_header_that_stands_twice_is_refused),
        cmocka_unit_test(the_address_is_known_whatever_else_cannot_be_read),
        cmocka_unit_test(lengths_are_numbers),
        cmocka_unit_test(a_small_answer_leaves_with_its_length),
        cmocka_unit_test(a_head_request_gets_the_length_without_the_bytes),
        cmocka_unit_test(a_long_answer_is_held_back_and_then_streamed),
        cmocka_unit_test(a_problem_replaces_what_was_held),
        cmocka_unit_test(tags_are_compared_weakly),
        cmocka_unit_test(a_tag_spells_the_first_132_bits),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
