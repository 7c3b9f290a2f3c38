#include "api/admin/body.h"

#include "auth/key.h"
#include "http/form.h"
#include "store/events.h"
#include "value/json_text.h"

#include <stdio.h>
#include <string.h>

enum { MOST = 16 * 1024, DEPTH = 8 };

static bool refuse(struct bf_request *r, const char *name, const char *expected)
{
    bf_err_at(&r->err, bf_str_of(name), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%s: %s expected.", name, expected);
}

/* ---- the bytes ----------------------------------------------------------------------------- */

static bool is_type(struct bf_str type, struct bf_str wanted)
{
    struct bf_str rest;
    return bf_str_eq_nocase(bf_str_trim(bf_str_cut(type, ';', &rest)), wanted);
}

static bool is_json(struct bf_str type)
{
    return is_type(type, (struct bf_str){NULL, 0}) || is_type(type, BF_STR("application/json"));
}

static bool read_bytes(struct bf_request *r, struct bf_str *out)
{
    char *to = bf_arena_alloc(r->arena, MOST + 1);
    size_t n = 0;
    ssize_t got = 0;
    if (!to)
        return BF_FAIL_WITH(&r->err, BF_E_MEMORY, "The request needs too much memory.");
    while (n <= MOST &&
           (got = r->http.io->read(r->http.io->self, to + n, (size_t)MOST + 1 - n)) > 0)
        n += (size_t)got;
    if (n > MOST)
        return BF_FAIL_WITH(&r->err, BF_E_TOO_LARGE, "The body has more than %d bytes.", MOST);
    if (got < 0 || (r->http.content_length >= 0 && (size_t)r->http.content_length != n))
        return BF_FAIL_WITH(&r->err, BF_E_ABORTED, "The body did not arrive whole.");
    *out = (struct bf_str){to, n};
    return true;
}

static json_t *parse(struct bf_request *r, struct bf_str text)
{
    json_error_t at;
    if (!bf_str_trim(text).n)
        return json_object();
    json_t *object = bf_str_is_utf8(text) && bf_json_text_too_deep(text, DEPTH) == text.n
                         ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &at)
                         : NULL;
    if (json_is_object(object))
        return object;
    json_decref(object);
    BF_FAIL_WITH(&r->err, BF_E_BODY, "A JSON object is expected.");
    return NULL;
}

/* ---- the members --------------------------------------------------------------------------- */

static bool take_text(struct bf_request *r, const json_t *object, const char *name,
                      struct bf_str *out)
{
    const json_t *v = json_object_get(object, name);
    if (!v || json_is_null(v))
        return true;
    if (!json_is_string(v) || json_string_length(v) == 0)
        return refuse(r, name, "a text is");
    *out = bf_arena_dup(r->arena, (struct bf_str){json_string_value(v), json_string_length(v)});
    return out->p != NULL;
}

static bool take_number(struct bf_request *r, const json_t *object, const char *name, int64_t least,
                        int64_t most, const char *expected, int64_t *out)
{
    const json_t *v = json_object_get(object, name);
    if (!v || json_is_null(v))
        return true;
    if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most)
        return refuse(r, name, expected);
    *out = json_integer_value(v);
    return true;
}

static bool take_days(struct bf_request *r, const json_t *object, const char *name, int64_t least,
                      int64_t *out)
{
    return take_number(r, object, name, least, BF_KEY_DAYS_MAX,
                       least ? "1 to 400 days are" : "0 to 400 days are", out);
}

/* One text with blanks, or a list of texts. */
static bool take_scope(struct bf_request *r, const json_t *object, struct bf_str *out)
{
    const json_t *v = json_object_get(object, "scope");
    struct bf_buf b;
    if (!json_is_array(v))
        return take_text(r, object, "scope", out);
    bf_buf_init(&b, MOST + 64);
    bool ok = json_array_size(v) > 0;
    for (size_t i = 0; ok && i < json_array_size(v); i++) {
        const json_t *one = json_array_get(v, i);
        ok = json_is_string(one);
        if (ok)
            bf_buf_printf(&b, "%s%s", i ? " " : "", json_string_value(one));
    }
    ok = ok && !bf_buf_failed(&b);
    if (ok)
        *out = bf_arena_dup(r->arena, bf_buf_view(&b));
    bf_buf_fini(&b);
    return ok || refuse(r, "scope", "a list of scopes, or a text with blanks between them, is");
}

static bool all_known(struct bf_request *r, json_t *object, const char *known)
{
    const char *name;
    json_t *value;
    char word[64];
    json_object_foreach(object, name, value)
    {
        snprintf(word, sizeof word, " %.60s ", name);
        if (strlen(name) > 60 || !strstr(known, word)) {
            bf_err_at(&r->err, bf_str_of(name), -1);
            return BF_FAIL_WITH(&r->err, BF_E_PARAMETER, "%.60s is not known here; there are:%s.",
                                name, known);
        }
    }
    return true;
}

static bool take_texts(struct bf_request *r, const json_t *object, struct admin_body *out)
{
    const struct {
        const char *name;
        struct bf_str *to;
    } texts[] = {
        {"partner", &out->partner},         {"plan", &out->plan},   {"key", &out->key},
        {"reason", &out->reason},           {"title", &out->title}, {"until", &out->until},
        {"title_en", &out->title_en},       {"code", &out->code},   {"device", &out->device},
        {"signing_key", &out->signing_key},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!take_text(r, object, texts[i].name, texts[i].to))
            return false;
    return take_scope(r, object, &out->scope);
}

static bool take_numbers(struct bf_request *r, const json_t *object, struct admin_body *out)
{
    return take_days(r, object, "days", 1, &out->days) &&
           take_days(r, object, "overlap_days", 0, &out->overlap) &&
           take_number(r, object, "devices", 1, BF_EVENT_PLACES, "1 to 10000 are", &out->devices);
}

bool admin_body_read(struct bf_request *r, const char *known, struct admin_body *out)
{
    struct bf_str text;
    *out = (struct admin_body){.overlap = -1};
    if (!is_json(r->http.content_type))
        return BF_FAIL_WITH(&r->err, BF_E_MEDIA_TYPE, "The body is expected as application/json.");
    json_t *object = read_bytes(r, &text) ? parse(r, text) : NULL;
    bool ok = object && all_known(r, object, known) && take_texts(r, object, out) &&
              take_numbers(r, object, out) &&
              bf_narrowing_read(r->arena, object, &out->narrow, &r->err);
    json_decref(object);
    return ok;
}

/* ---- a claim ------------------------------------------------------------------------------- */

static bool take_field(struct bf_request *r, const char *name, struct bf_str *out)
{
    size_t n = bf_http_params(&r->http, name, out, 1);
    if (n == 0)
        return true;
    return (n == 1 && out->n && bf_str_is_utf8(*out)) || refuse(r, name, "one text is");
}

static bool read_form(struct bf_request *r, struct admin_body *out)
{
    if (!bf_http_form_read(&r->http, r->arena, &r->err))
        return false;
    for (size_t i = 0; i < r->http.nparams; i++) {
        struct bf_str name = r->http.params[i].name;
        if (bf_str_eq(name, BF_STR("code")) || bf_str_eq(name, BF_STR("device")))
            continue;
        bf_err_at(&r->err, name, -1);
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "The form may have the fields code and device, and no other.");
    }
    return take_field(r, "code", &out->code) && take_field(r, "device", &out->device);
}

bool admin_body_read_claim(struct bf_request *r, struct admin_body *out)
{
    *out = (struct admin_body){.overlap = -1};
    /* Addresses are kept in many a log and history; a code is not to be there. */
    if (r->http.nparams)
        return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                            "This address has no parameters: the code is sent in the body.");
    return is_type(r->http.content_type, BF_STR("application/x-www-form-urlencoded"))
               ? read_form(r, out)
               : admin_body_read(r, " code device ", out);
}
