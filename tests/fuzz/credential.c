/* The places of a request where a key may stand. Lines: the first is the header field Authorization
 * (`-`: there is none), the second the query of the address, the third a form. What is found is one
 * word that came from there; what is refused is not repeated. */
#include "api/keys/credential.h"

#include "core/arena.h"
#include "core/buf.h"
#include "http/authorization.h"
#include "http/href.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
    if (!ok)
        abort();
}

static const char *variable(struct bf_arena *a, const char *name, struct bf_str value)
{
    return bf_arena_printf(a, "%s=%.*s", name, BF_STR_ARG(value)).p;
}

static void look(const struct bf_http_request *http, bool push)
{
    struct bf_str token, key = {NULL, 0};
    struct bf_err err;
    bf_err_clear(&err);
    bool ok = bf_credential_find(http, push, &token, &err);
    check(ok == !bf_err_is_set(&err));
    check(ok || (!token.p && (err.http == 400 || err.http == 401)));
    check(!token.p || bf_authorization_is_word(token));
    bf_authorization_read(http->authorization, &key);
    if (!ok && key.n > 40)
        check(!memmem(err.message, strlen(err.message), key.p, key.n));
}

/* No parameter that carries a key comes back. */
static void links(const struct bf_http_request *http)
{
    static const char *const without[] = {NULL};
    struct bf_buf b;
    bf_buf_init(&b, 1 << 20);
    bf_href_params(&b, http, without);
    struct bf_str text = bf_buf_view(&b);
    check(!text.n || !bf_str_starts(text, BF_STR("apikey=")));
    check(!text.n || !memmem(text.p, text.n, "&pushkey=", 9));
    bf_buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bf_str query, form;
    struct bf_str field = bf_str_cut((struct bf_str){(const char *)data, size}, '\n', &query);
    struct bf_arena *a = bf_arena_new(1u << 20);
    struct bf_http_request http;
    struct bf_err err;
    form = (struct bf_str){NULL, 0};
    query = query.p ? bf_str_cut(query, '\n', &form) : (struct bf_str){"", 0};
    if (size == 0 || !a)
        goto out;
    const char *env[] = {"REQUEST_METHOD=GET", "REQUEST_URI=/a", variable(a, "QUERY_STRING", query),
                         variable(a, "HTTP_AUTHORIZATION", field), NULL};
    if (bf_str_eq(field, BF_STR("-")))
        env[3] = NULL;
    bf_err_clear(&err);
    if (!env[2] || !bf_http_request_read(&http, a, env, NULL, &err))
        goto out;
    if (form.p && !bf_http_request_add(&http, a, form, &err))
        goto out;
    look(&http, false);
    look(&http, true);
    links(&http);
out:
    bf_arena_free(a);
    return 0;
}
