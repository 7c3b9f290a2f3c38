#include "pull/gbfs_record.h"

#include "api/push/members.h"
#include "value/instant.h"
#include "value/number.h"

enum { NAMES = 500 };

static const char *const instants[] = {"last_reported", "last_updated", "available_until", "start",
                                       "end"};
static const char *const booleans[] = {"is_installed", "is_renting", "is_returning", "is_reserved",
                                       "is_disabled"};

static bool is_one_of(struct bf_str name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bf_str_eq(name, bf_str_of(list[i])))
            return true;
    return false;
}
#define IS_ONE_OF(name, list) is_one_of(name, list, sizeof(list) / sizeof *(list))

/* ---- languages ----------------------------------------------------------------------------- */

/* `fr` of `fr-CA` and `fr_CA`. */
static struct bf_str primary(struct bf_str language)
{
    size_t n = 0;
    while (n < language.n && language.p[n] != '-' && language.p[n] != '_')
        n++;
    return (struct bf_str){language.p, n};
}

int bf_gbfs_language_fits(struct bf_str wanted, struct bf_str language)
{
    if (bf_str_eq_nocase(wanted, language))
        return 2;
    return bf_str_eq_nocase(primary(wanted), primary(language));
}

/* One element of such a list: exactly a text and its language. */
static bool read_localized(struct bf_arena *a, struct bf_str object, struct bf_str *text,
                           struct bf_str *language)
{
    struct bf_members m;
    struct bf_member one;
    size_t others = 0;
    *text = *language = (struct bf_str){NULL, 0};
    bf_members_open(&m, a, object);
    while (bf_members_next(&m, &one)) {
        bool is_text = one.kind == BF_MEMBER_TEXT;
        if (is_text && bf_str_eq(one.name, BF_STR("text")))
            *text = one.text;
        else if (is_text && bf_str_eq(one.name, BF_STR("language")))
            *language = one.text;
        else
            others++;
    }
    return !m.why && others == 0 && text->p && language->p;
}

/* false: the list is none of texts in several languages. */
static bool choose(const struct bf_gbfs_record *r, struct bf_str list, struct bf_str *best)
{
    struct bf_members m;
    struct bf_member one;
    struct bf_str text, language;
    int best_fit = -1;
    bf_members_open(&m, r->arena, list);
    while (bf_members_next_element(&m, &one)) {
        if (one.kind != BF_MEMBER_OBJECT || !read_localized(r->arena, one.text, &text, &language))
            return false;
        int fit = bf_gbfs_language_fits(r->language, language);
        if (fit > best_fit) {
            best_fit = fit;
            *best = text;
        }
    }
    return !m.why && best_fit >= 0;
}

/* ---- members ------------------------------------------------------------------------------- */

static void put_number(struct bf_buf *out, const struct bf_member *one)
{
    int64_t n;
    bool whole = bf_number_int(one->text, &n);
    if (whole && n >= 0 && n <= BF_INSTANT_MAX / 1000000 && IS_ONE_OF(one->name, instants)) {
        bf_buf_char(out, '"');
        bf_instant_print_utc_z(out, n * 1000000);
        bf_buf_char(out, '"');
    } else if (whole && (n == 0 || n == 1) && IS_ONE_OF(one->name, booleans)) {
        bf_buf_text(out, n ? "true" : "false");
    } else {
        bf_buf_json_line(out, one->text);
    }
}

static void put_value(const struct bf_gbfs_record *r, struct bf_buf *out,
                      const struct bf_member *one)
{
    struct bf_str text;
    if (one->kind == BF_MEMBER_NUMBER)
        put_number(out, one);
    else if (one->kind == BF_MEMBER_TEXT)
        bf_buf_json(out, one->text);
    else if (one->kind == BF_MEMBER_ARRAY && choose(r, one->text, &text))
        bf_buf_json(out, text);
    else
        bf_buf_json_line(out, one->text);
}

static void put_name(struct bf_buf *out, struct bf_str name)
{
    bf_buf_text(out, out->p[out->n - 1] == '{' ? "" : ",");
    bf_buf_json(out, name);
    bf_buf_char(out, ':');
}

struct names {
    struct bf_str list[NAMES];
    size_t n;
};

/* `said`: names that are left out; what is printed is added to `now`. */
static const char *put_members(const struct bf_gbfs_record *r, struct bf_buf *out,
                               struct bf_str object, const struct names *said, struct names *now)
{
    struct bf_members m;
    struct bf_member one;
    bf_members_open(&m, r->arena, object);
    while (bf_members_next(&m, &one)) {
        if (said && bf_str_in(one.name, said->list, said->n))
            continue;
        if (now && now->n == NAMES)
            return "it has too many members";
        if (now)
            now->list[now->n++] = one.name;
        put_name(out, one.name);
        put_value(r, out, &one);
    }
    return m.why;
}

const char *bf_gbfs_record_print(const struct bf_gbfs_record *r, struct bf_buf *out)
{
    struct names *names = bf_arena_zalloc(r->arena, 1, sizeof *names);
    if (!names)
        return "there is no memory for it";
    bf_buf_char(out, '{');
    if (bf_buf_failed(out))
        return "it is too large";
    const char *why = r->object.n ? put_members(r, out, r->object, NULL, names) : NULL;
    if (!why && r->other.n)
        why = put_members(r, out, r->other, names, NULL);
    if (r->geometry.n) {
        put_name(out, r->geometry);
        bf_buf_json_line(out, r->place.n ? r->place : BF_STR("null"));
    }
    bf_buf_text(out, "}\n");
    return why ? why : bf_buf_failed(out) ? "it is too large" : NULL;
}
