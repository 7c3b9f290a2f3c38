#include "api/keys/narrowing.h"

/* ---- printing ------------------------------------------------------------------------------ */

void bf_narrowing_print(struct bf_buf *out, const struct bf_narrowing *n)
{
    size_t start = out->n;
    bf_narrowing_members(out, n);
    if (out->n > start)
        out->p[start] = '{'; /* for the comma */
    bf_buf_text(out, out->n > start ? "}" : "{}");
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool wrong(struct bf_err *err, const char *name, const char *expected)
{
    bf_err_at(err, bf_str_of(name), -1);
    return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s expected.", name, expected);
}

static bool read_list(struct bf_arena *a, const json_t *object, const char *name,
                      const struct bf_str **out, size_t *n, struct bf_err *err)
{
    const json_t *list = json_object_get(object, name);
    if (!list || json_is_null(list))
        return true;
    size_t many = json_array_size(list);
    if (!json_is_array(list) || many == 0 || many > 64)
        return wrong(err, name, "a list of one or more texts is");
    struct bf_str *texts = bf_arena_zalloc(a, many, sizeof *texts);
    for (size_t i = 0; texts && i < many; i++) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(one))
            return wrong(err, name, "a list of texts is");
        texts[i] =
            bf_arena_dup(a, (struct bf_str){json_string_value(one), json_string_length(one)});
    }
    *out = texts;
    *n = texts ? many : 0;
    return texts || BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
}

static bool read_box(const json_t *object, struct bf_narrowing *out, struct bf_err *err)
{
    const json_t *box = json_object_get(object, "bbox");
    double *sides[] = {&out->box.west, &out->box.south, &out->box.east, &out->box.north};
    if (!box || json_is_null(box))
        return true;
    if (json_array_size(box) != 4)
        return wrong(err, "bbox", "[west, south, east, north] is");
    for (size_t i = 0; i < 4; i++) {
        if (!json_is_number(json_array_get(box, i)))
            return wrong(err, "bbox", "[west, south, east, north] is");
        *sides[i] = json_number_value(json_array_get(box, i));
    }
    return out->has_box = true;
}

static bool read_rate(const json_t *object, struct bf_narrowing *out, struct bf_err *err)
{
    const json_t *rate = json_object_get(object, "rate");
    if (!rate || json_is_null(rate))
        return true;
    if (!json_is_integer(rate) || json_integer_value(rate) < 1)
        return wrong(err, "rate", "a whole number of requests a minute is");
    out->rate = json_integer_value(rate);
    return true;
}

bool bf_narrowing_read(struct bf_arena *a, const json_t *object, struct bf_narrowing *out,
                       struct bf_err *err)
{
    *out = (struct bf_narrowing){0};
    if (!read_list(a, object, "datasets", &out->datasets, &out->ndatasets, err) ||
        !read_list(a, object, "origins", &out->origins, &out->norigins, err) ||
        !read_box(object, out, err) || !read_rate(object, out, err))
        return false;
    const char *why = bf_narrowing_wrong(out);
    return !why || BF_FAIL_WITH(err, BF_E_PARAMETER, "%s", why);
}

static bool read_shares(struct bf_arena *a, json_t *object, struct bf_narrowing *out,
                        struct bf_err *err)
{
    json_t *rates = json_object_get(object, "rates"), *rate;
    const char *jti;
    struct bf_key_share *list = bf_arena_zalloc(a, json_object_size(rates) + 1, sizeof *list);
    if (!list)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "The request needs too much memory.");
    json_object_foreach(rates, jti, rate)
    {
        struct bf_key_share share = {bf_arena_dup(a, bf_str_of(jti)), json_integer_value(rate)};
        bf_narrowing_add_share(list, &out->nshares, share);
    }
    out->shares = list;
    const char *why = bf_narrowing_wrong(out);
    return !why || BF_FAIL_WITH(err, BF_E_INTERNAL, "%s", why);
}

bool bf_narrowing_parse(struct bf_arena *a, struct bf_str text, struct bf_narrowing *out,
                        struct bf_err *err)
{
    json_error_t at;
    json_t *object = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &at);
    bool ok = object ? bf_narrowing_read(a, object, out, err) && read_shares(a, object, out, err)
                     : BF_FAIL_WITH(err, BF_E_INTERNAL, "The narrowing of a key is no JSON.");
    json_decref(object);
    return ok;
}
