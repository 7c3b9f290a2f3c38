#include "catalog/reader.h"

#include "catalog/duration.h"
#include "catalog/nearest.h"

#include <stdio.h>
#include <string.h>

void bf_reader_init(struct bf_reader *r, struct bf_arena *a, struct bf_report *report,
                    const char *path)
{
    *r = (struct bf_reader){.arena = a, .report = report, .path = path};
}

/* ---- where we are ---- */

static void put(struct bf_reader *r, const char *text)
{
    size_t n = strlen(text);
    if (n >= sizeof r->pointer - r->pointer_n)
        return;
    memcpy(r->pointer + r->pointer_n, text, n + 1);
    r->pointer_n += n;
}

/* `~` and `/` are escaped (RFC 6901 section 3); a name that does not fit ends early. */
size_t bf_reader_into(struct bf_reader *r, const char *member)
{
    size_t mark = r->pointer_n;
    put(r, "/");
    for (const char *p = member; *p; p++) {
        char one[2] = {*p, '\0'};
        put(r, *p == '~' ? "~0" : *p == '/' ? "~1" : one);
    }
    return mark;
}

size_t bf_reader_into_index(struct bf_reader *r, size_t index)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", index);
    return bf_reader_into(r, text);
}

void bf_reader_back(struct bf_reader *r, size_t mark)
{
    r->pointer_n = mark;
    r->pointer[mark] = '\0';
}

static void wrong(struct bf_reader *r, const char *right, const char *format, va_list args)
{
    struct bf_str text = bf_arena_vprintf(r->report->arena, format, args);
    bf_report_add(r->report, r->path, r->pointer, right, "%.*s", BF_STR_ARG(text));
}

void bf_reader_wrong(struct bf_reader *r, const char *right, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wrong(r, right, format, args);
    va_end(args);
}

void bf_reader_wrong_at(struct bf_reader *r, const char *member, const char *right,
                        const char *format, ...)
{
    size_t back = bf_reader_into(r, member);
    va_list args;
    va_start(args, format);
    wrong(r, right, format, args);
    va_end(args);
    bf_reader_back(r, back);
}

/* ---- members ---- */

const char *bf_json_kind(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
    default:
        return "null";
    }
}

struct bf_str bf_json_text(const json_t *string)
{
    return (struct bf_str){json_string_value(string), json_string_length(string)};
}

static bool is_one_of(const char *name, const char *const *known, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, known[i]) == 0)
            return true;
    return false;
}

static void report_unknown(struct bf_reader *r, const char *name, const char *const *known,
                           size_t n)
{
    struct bf_nearest near;
    bf_nearest_start(&near, bf_str_of(name));
    for (size_t i = 0; i < n; i++)
        bf_nearest_try(&near, bf_str_of(known[i]));
    struct bf_str right = near.best.n ? bf_arena_printf(r->report->arena, "did you mean \"%.*s\"?",
                                                        BF_STR_ARG(near.best))
                                      : (struct bf_str){"handlers/README.md lists the members", 36};
    bf_reader_wrong_at(r, name, right.p, "\"%.64s\" is not a member of this object", name);
}

void bf_reader_known(struct bf_reader *r, json_t *object, const char *const *known, size_t n)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        if (!is_one_of(name, known, n))
            report_unknown(r, name, known, n);
    }
}

static const char *kind_wanted(json_type type)
{
    switch (type) {
    case JSON_OBJECT:
        return "an object is expected";
    case JSON_ARRAY:
        return "an array is expected";
    case JSON_STRING:
        return "a text is expected";
    case JSON_TRUE:
        return "true or false is expected";
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_FALSE:
    case JSON_NULL:
    default:
        return "another type is expected";
    }
}

json_t *bf_reader_member(struct bf_reader *r, json_t *object, const char *name, json_type type,
                         enum bf_need need)
{
    json_t *value = json_object_get(object, name);
    if (!value) {
        if (need == BF_REQUIRED)
            bf_reader_wrong(r, kind_wanted(type), "the member \"%s\" is missing", name);
        return NULL;
    }
    bool same = type == JSON_TRUE ? json_is_boolean(value) : json_typeof(value) == type;
    if (same)
        return value;
    bf_reader_wrong_at(r, name, kind_wanted(type), "this is %s", bf_json_kind(value));
    return NULL;
}

bool bf_reader_bool(struct bf_reader *r, json_t *object, const char *name)
{
    return json_is_true(bf_reader_member(r, object, name, JSON_TRUE, BF_OPTIONAL));
}

/* ---- texts ---- */

/* Line feeds are part of a description; other controls have no place in a title or a name. */
static bool has_controls(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f)
            return true;
    }
    return false;
}

/* Checks the text at the current place and keeps it. */
static struct bf_str keep_text(struct bf_reader *r, const json_t *value, size_t most)
{
    struct bf_str s = bf_json_text(value);
    if (s.n == 0 || bf_str_trim(s).n != s.n) {
        bf_reader_wrong(r, s.n ? "remove it" : "write something, or leave the member out",
                        s.n ? "the text starts or ends with a blank" : "the text is empty");
        return (struct bf_str){NULL, 0};
    }
    if (s.n > most) {
        struct bf_str right = bf_arena_printf(r->report->arena, "at most %zu bytes are kept", most);
        bf_reader_wrong(r, right.p, "the text has %zu bytes", s.n);
        return (struct bf_str){NULL, 0};
    }
    if (has_controls(s)) {
        bf_reader_wrong(r, "remove them", "the text has control characters");
        return (struct bf_str){NULL, 0};
    }
    return bf_arena_dup(r->arena, s);
}

struct bf_str bf_reader_text(struct bf_reader *r, json_t *object, const char *name, size_t most,
                             enum bf_need need)
{
    json_t *value = bf_reader_member(r, object, name, JSON_STRING, need);
    if (!value)
        return (struct bf_str){NULL, 0};
    size_t back = bf_reader_into(r, name);
    struct bf_str s = keep_text(r, value, most);
    bf_reader_back(r, back);
    return s;
}

struct bf_text2 bf_reader_text2(struct bf_reader *r, json_t *object, const char *name, size_t most,
                                enum bf_need need)
{
    static const char *const languages[] = {"fr", "en"};
    struct bf_text2 t = {{NULL, 0}, {NULL, 0}};
    json_t *value = json_object_get(object, name);
    if (value && !json_is_object(value)) {
        bf_reader_wrong_at(r, name, "write {\"fr\": \"…\", \"en\": \"…\"}", "this is %s",
                           bf_json_kind(value));
        return t;
    }
    value = bf_reader_member(r, object, name, JSON_OBJECT, need);
    if (!value)
        return t;
    size_t back = bf_reader_into(r, name);
    bf_reader_known(r, value, languages, 2);
    t.fr = bf_reader_text(r, value, "fr", most, BF_REQUIRED);
    t.en = bf_reader_text(r, value, "en", most, BF_OPTIONAL);
    if (!t.en.n)
        t.en = t.fr;
    bf_reader_back(r, back);
    return t;
}

int64_t bf_reader_duration(struct bf_reader *r, json_t *object, const char *name)
{
    int64_t us = 0;
    json_t *value = bf_reader_member(r, object, name, JSON_STRING, BF_OPTIONAL);
    if (value && !bf_duration_read(bf_json_text(value), &us)) {
        bf_reader_wrong_at(r, name, "write an ISO 8601 duration such as PT1M, P1D or P2Y",
                           "\"%.64s\" is not a duration", json_string_value(value));
        us = 0;
    }
    return us;
}

/* ---- lists ---- */

static void list_item(struct bf_reader *r, struct bf_list *list, const json_t *value,
                      const struct bf_list_rule *rule)
{
    if (!json_is_string(value)) {
        bf_reader_wrong(r, "a text is expected", "this is %s", bf_json_kind(value));
        return;
    }
    struct bf_str s = keep_text(r, value, rule->most_bytes);
    if (!s.n)
        return;
    if (bf_str_in(s, list->items, list->n))
        bf_reader_wrong(r, "leave one of them out", "\"%.64s\" stands twice in the list", s.p);
    else if (!rule->check || rule->check(r, rule->m, s))
        list->items[list->n++] = s;
}

struct bf_list bf_reader_list(struct bf_reader *r, json_t *object, const char *name,
                              const struct bf_list_rule *rule)
{
    struct bf_list list = {NULL, 0};
    json_t *value = bf_reader_member(r, object, name, JSON_ARRAY, BF_OPTIONAL);
    size_t n = json_array_size(value);
    if (n > rule->most) {
        struct bf_str right = bf_arena_printf(r->report->arena, "at most %zu are kept", rule->most);
        bf_reader_wrong_at(r, name, right.p, "the list has %zu entries", n);
        return list;
    }
    if (n)
        list.items = bf_arena_zalloc(r->arena, n, sizeof *list.items);
    if (!list.items)
        return list;
    size_t back = bf_reader_into(r, name);
    for (size_t i = 0; i < n; i++) {
        size_t item = bf_reader_into_index(r, i);
        list_item(r, &list, json_array_get(value, i), rule);
        bf_reader_back(r, item);
    }
    bf_reader_back(r, back);
    return list;
}
