#include "http/form.h"

static bool is_form(struct bf_str type)
{
    struct bf_str rest;
    return bf_str_eq_nocase(bf_str_trim(bf_str_cut(type, ';', &rest)),
                            BF_STR("application/x-www-form-urlencoded"));
}

static bool too_large(struct bf_err *err)
{
    return BF_FAIL_WITH(err, BF_E_TOO_LARGE, "The form has more than %d bytes.", BF_FORM_BYTES);
}

/* The body; {NULL, 0} when it is not whole or too large. */
static struct bf_str read_body(struct bf_http_request *r, char *to, struct bf_err *err)
{
    struct bf_str none = {NULL, 0};
    size_t n = 0;
    ssize_t got;
    while ((got = r->io->read(r->io->self, to + n, BF_FORM_BYTES + 1 - n)) > 0) {
        n += (size_t)got;
        if (n > BF_FORM_BYTES) {
            too_large(err);
            return none;
        }
    }
    if (got < 0 || (r->content_length >= 0 && (size_t)r->content_length != n)) {
        BF_FAIL_WITH(err, BF_E_ABORTED, "The form did not arrive whole.");
        return none;
    }
    return (struct bf_str){to, n};
}

bool bf_http_form_read(struct bf_http_request *r, struct bf_arena *a, struct bf_err *err)
{
    if (r->content_length == 0 || (r->content_length < 0 && !r->content_type.n))
        return true;
    if (!is_form(r->content_type))
        return BF_FAIL_WITH(err, BF_E_MEDIA_TYPE,
                            "The parameters are expected in the address, or as a body of the type "
                            "application/x-www-form-urlencoded.");
    if (r->content_length > BF_FORM_BYTES)
        return too_large(err);
    char *to = bf_arena_alloc(a, BF_FORM_BYTES + 1);
    if (!to)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    struct bf_str body = read_body(r, to, err);
    return body.p && bf_http_request_add(r, a, body, err);
}
