#include "plugin/facts.h"

#include "value/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A text of the descriptor, copied; an absent one is empty. */
static bool take_text(struct bf_arena *a, const char *text, const char *what, struct bf_str *out,
                      struct bf_err *err)
{
    struct bf_str s = {text, text ? strnlen(text, BF_FACTS_TEXT + 1) : 0};
    if (s.n > BF_FACTS_TEXT)
        return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler's %s is longer than %d bytes", what,
                            BF_FACTS_TEXT);
    if (!bf_str_is_utf8(s))
        return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler's %s is not UTF-8", what);
    *out = bf_arena_dup(a, s);
    if (!out->p)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the handler's facts");
    return true;
}

static bool is_name(struct bf_str s, bool dash)
{
    if (s.n == 0 || s.n > 63 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (!good && !(dash && c == '-'))
            return false;
    }
    return true;
}

/* What a row hook can fill: there is a set_ function for it. */
static bool can_fill(enum bf_type type)
{
    return type > BF_NULL && type <= BF_GEO_POINT;
}

static bool read_field(struct bf_arena *a, const struct bf_field *f, struct bf_manifest_field *out,
                       struct bf_err *err)
{
    struct bf_str label;
    if (!take_text(a, f->name, "field name", &out->column.name, err) ||
        !take_text(a, f->label, "field label", &label, err) ||
        !take_text(a, f->unit, "field unit", &out->unit, err))
        return false;
    if (!is_name(out->column.name, false))
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler adds a field \"%.*s\", which is not a field name: "
                            "[a-z][a-z0-9_]{0,62}",
                            BF_STR_ARG(out->column.name));
    if (!can_fill(f->type))
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler adds the field \"%.*s\" of type %d, which no row hook can "
                            "fill",
                            BF_STR_ARG(out->column.name), (int)f->type);
    out->column.type = f->type;
    out->column.flags = BF_COLUMN_OUTPUT_ONLY;
    out->label = (struct bf_text2){label, label};
    out->added_by_handler = true;
    return true;
}

static bool read_adds(struct bf_arena *a, const struct bf_field *adds, struct bf_plugin_facts *out,
                      struct bf_err *err)
{
    size_t n = 0;
    while (adds && n <= BF_FACTS_LIST && adds[n].name)
        n++;
    if (n > BF_FACTS_LIST)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler adds more than %d fields, or the list does not end with "
                            "a NULL name",
                            BF_FACTS_LIST);
    struct bf_manifest_field *fields = bf_arena_zalloc(a, n, sizeof *fields);
    if (!fields)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the handler's fields");
    out->adds = fields;
    for (; out->nadds < n; out->nadds++) {
        if (!read_field(a, &adds[out->nadds], &fields[out->nadds], err))
            return false;
        for (size_t i = 0; i < out->nadds; i++)
            if (bf_str_eq(fields[i].column.name, fields[out->nadds].column.name))
                return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler adds \"%.*s\" twice",
                                    BF_STR_ARG(fields[i].column.name));
    }
    return true;
}

/* What an option of that type wants to be; NULL: the text is one. */
static const char *option_wants(enum bf_type type, struct bf_str text)
{
    int64_t integer;
    double real;
    if (type == BF_BOOL)
        return bf_str_eq(text, BF_STR("true")) || bf_str_eq(text, BF_STR("false"))
                   ? NULL
                   : "true or false";
    if (type == BF_INT)
        return bf_number_int(text, &integer) ? NULL : "a whole number";
    if (type == BF_DOUBLE)
        return bf_number_real(text, &real) && isfinite(real) ? NULL : "a number";
    return NULL;
}

static bool read_option(struct bf_arena *a, const struct bf_option *o, struct bf_plugin_option *out,
                        struct bf_err *err)
{
    if (!take_text(a, o->key, "option key", &out->key, err) ||
        !take_text(a, o->preset, "option preset", &out->preset, err) ||
        !take_text(a, o->help, "option help", &out->help, err))
        return false;
    out->required = !o->preset;
    out->type = o->type;
    if (!is_name(out->key, false))
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler has an option \"%.*s\", which is not a key: "
                            "[a-z][a-z0-9_]{0,62}",
                            BF_STR_ARG(out->key));
    if (o->type != BF_BOOL && o->type != BF_INT && o->type != BF_DOUBLE && o->type != BF_TEXT)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler's option \"%.*s\" has type %d; one of BF_BOOL, BF_INT, "
                            "BF_DOUBLE, BF_TEXT is expected",
                            BF_STR_ARG(out->key), (int)o->type);
    const char *wants = out->required ? NULL : option_wants(out->type, out->preset);
    if (wants)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the preset \"%.*s\" of the handler's option \"%.*s\" is not %s",
                            BF_STR_ARG(out->preset), BF_STR_ARG(out->key), wants);
    return true;
}

static bool read_options(struct bf_arena *a, const struct bf_option *options,
                         struct bf_plugin_facts *out, struct bf_err *err)
{
    size_t n = 0;
    while (options && n <= BF_FACTS_LIST && options[n].key)
        n++;
    if (n > BF_FACTS_LIST)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler has more than %d options, or the list does not end with "
                            "a NULL key",
                            BF_FACTS_LIST);
    struct bf_plugin_option *list = bf_arena_zalloc(a, n, sizeof *list);
    if (!list)
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory for the handler's options");
    out->options = list;
    for (; out->noptions < n; out->noptions++) {
        if (!read_option(a, &options[out->noptions], &list[out->noptions], err))
            return false;
        for (size_t i = 0; i < out->noptions; i++)
            if (bf_str_eq(list[i].key, list[out->noptions].key))
                return BF_FAIL_WITH(err, BF_E_HANDLER, "the handler has two options \"%.*s\"",
                                    BF_STR_ARG(list[i].key));
    }
    return true;
}

static unsigned hooks_of(const struct bf_handler *h)
{
    return (h->open ? BF_PLUGIN_OPEN : 0u) | (h->rewrite ? BF_PLUGIN_REWRITE : 0u) |
           (h->source_next ? BF_PLUGIN_SOURCE : 0u) | (h->row ? BF_PLUGIN_ROW : 0u) |
           (h->finish ? BF_PLUGIN_FINISH : 0u) | (h->close ? BF_PLUGIN_CLOSE : 0u);
}

bool bf_facts_read(struct bf_arena *a, const struct bf_handler *h, struct bf_plugin_facts *out,
                   struct bf_err *err)
{
    *out = (struct bf_plugin_facts){.major = h->major,
                                    .minor = h->minor,
                                    .rewrites = h->rewrite != NULL,
                                    .has_row = h->row != NULL,
                                    .gives_rows = h->source_next != NULL,
                                    .hooks = hooks_of(h)};
    if (!take_text(a, h->name, "name", &out->name, err) ||
        !take_text(a, h->version, "version", &out->version, err) ||
        !take_text(a, h->summary, "summary", &out->summary, err))
        return false;
    if (!is_name(out->name, true) || bf_str_eq(out->name, BF_STR("table")))
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler's name is \"%.*s\"; [a-z][a-z0-9_-]{0,62} other "
                            "than table is expected",
                            BF_STR_ARG(out->name));
    if (!read_adds(a, h->adds, out, err) || !read_options(a, h->options, out, err))
        return false;
    if (out->nadds > 0 && !out->has_row)
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler adds fields but has no row hook to fill them");
    if (!out->gives_rows && (h->source_open || h->source_close))
        return BF_FAIL_WITH(err, BF_E_HANDLER,
                            "the handler opens a source but has no source_next to give its rows");
    return true;
}

/* ---- against a manifest -------------------------------------------------------------------- */

static const struct bf_manifest_field *find(const struct bf_manifest_field *fields, size_t n,
                                            struct bf_str name)
{
    for (size_t i = 0; i < n; i++)
        if (bf_str_eq(fields[i].column.name, name))
            return &fields[i];
    return NULL;
}

static const char *type_name(enum bf_type type)
{
    const struct bf_type_info *info = bf_type_info(type);
    return info ? info->name : "?";
}

/* "the handler "x"", "the script hook.lua"; lives until the next call. */
static const char *called(const struct bf_plugin_facts *facts)
{
    static char text[96];
    if (facts->script)
        return "hook.lua";
    snprintf(text, sizeof text, "the handler \"%.*s\"", BF_STR_ARG(facts->name));
    return text;
}

static void match_declared(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                           size_t i, const char *file, struct bf_report *report)
{
    const struct bf_manifest_field *f = &m->fields[i];
    const struct bf_manifest_field *add = find(facts->adds, facts->nadds, f->column.name);
    char pointer[48];
    snprintf(pointer, sizeof pointer, "/fields/%zu/%s", i, add ? "type" : "handler");
    if (!add && f->added_by_handler)
        bf_report_add(report, file, pointer, "remove it, or let the handler add the field",
                      "%s does not add the field \"%.*s\"", called(facts),
                      BF_STR_ARG(f->column.name));
    if (add && f->added_by_handler && add->column.type != f->column.type)
        bf_report_add(report, file, pointer, type_name(add->column.type),
                      "%s adds \"%.*s\" as %s, not as %s", called(facts),
                      BF_STR_ARG(f->column.name), type_name(add->column.type),
                      type_name(f->column.type));
}

static void match_adds(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                       const char *file, struct bf_report *report)
{
    for (size_t i = 0; i < m->nfields; i++)
        match_declared(facts, m, i, file, report);
    for (size_t i = 0; i < facts->nadds; i++) {
        const struct bf_manifest_field *add = &facts->adds[i];
        const struct bf_manifest_field *f = find(m->fields, m->nfields, add->column.name);
        char right[160];
        snprintf(right, sizeof right, "{\"name\": \"%.*s\", \"type\": \"%s\", \"handler\": true}",
                 BF_STR_ARG(add->column.name), type_name(add->column.type));
        if (!f)
            bf_report_add(report, file, "/fields", right,
                          "%s adds the field \"%.*s\", which is not declared", called(facts),
                          BF_STR_ARG(add->column.name));
        else if (!f->added_by_handler)
            bf_report_add(report, file, "/fields", right,
                          "%s adds the field \"%.*s\", which is declared as a field of the "
                          "table",
                          called(facts), BF_STR_ARG(add->column.name));
    }
}

static const struct bf_plugin_option *find_option(const struct bf_plugin_facts *facts,
                                                  struct bf_str key)
{
    for (size_t i = 0; i < facts->noptions; i++)
        if (bf_str_eq(facts->options[i].key, key))
            return &facts->options[i];
    return NULL;
}

/* "radius, unit" for the report; cut when it is long. */
static const char *option_keys(const struct bf_plugin_facts *facts, char *out, size_t room)
{
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < facts->noptions && at < room; i++) {
        int n = snprintf(out + at, room - at, "%s%.*s", i ? ", " : "one of ",
                         BF_STR_ARG(facts->options[i].key));
        at += n > 0 ? (size_t)n : 0;
    }
    return out[0] ? out : "no options";
}

static void match_options(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                          const char *file, struct bf_report *report)
{
    char pointer[600];
    char keys[400];
    for (size_t i = 0; i < m->noptions; i++) {
        const struct bf_plugin_option *o = find_option(facts, m->option_keys[i]);
        snprintf(pointer, sizeof pointer, "/options/%.*s", BF_STR_ARG(m->option_keys[i]));
        if (!o) {
            bf_report_add(report, file, pointer, option_keys(facts, keys, sizeof keys),
                          "the handler \"%.*s\" has no such option", BF_STR_ARG(facts->name));
            continue;
        }
        const char *wants = option_wants(o->type, m->option_values[i]);
        if (wants)
            bf_report_add(report, file, pointer, wants, "\"%.*s\" is not %s",
                          BF_STR_ARG(m->option_values[i]), wants);
    }
    for (size_t i = 0; i < facts->noptions; i++) {
        const struct bf_plugin_option *o = &facts->options[i];
        bool given = !o->required;
        for (size_t j = 0; j < m->noptions && !given; j++)
            given = bf_str_eq(m->option_keys[j], o->key);
        if (!given)
            bf_report_add(report, file, "/options", o->help.n ? o->help.p : "give it",
                          "the handler \"%.*s\" needs the option \"%.*s\"", BF_STR_ARG(facts->name),
                          BF_STR_ARG(o->key));
    }
}

static void match_rows(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                       const char *file, struct bf_report *report)
{
    if (m->given && !facts->gives_rows)
        bf_report_add(report, file, "/rows", "leave it out, or write source_next",
                      "the handler \"%.*s\" gives no rows", BF_STR_ARG(facts->name));
    if (!m->given && facts->gives_rows)
        bf_report_add(report, file, "/handler", "say \"rows\": \"handler\"",
                      "the handler \"%.*s\" gives the rows, which the manifest takes from a table",
                      BF_STR_ARG(facts->name));
}

bool bf_facts_match(const struct bf_plugin_facts *facts, const struct bf_manifest *m,
                    const char *file, struct bf_report *report)
{
    size_t before = report->n + report->dropped;
    if (!facts->script && !bf_str_eq(facts->name, m->handler))
        bf_report_add(report, file, "/handler", facts->name.p,
                      "the manifest names the handler \"%.*s\", the file holds \"%.*s\"",
                      BF_STR_ARG(m->handler), BF_STR_ARG(facts->name));
    match_rows(facts, m, file, report);
    match_adds(facts, m, file, report);
    match_options(facts, m, file, report);
    return report->n + report->dropped == before;
}
