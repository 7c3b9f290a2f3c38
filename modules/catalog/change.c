#include "catalog/change.h"

#include <stdio.h>

enum origin { STORED, COMPUTED, ADDED };

static enum origin origin_of(const struct bf_manifest_field *f)
{
    return f->added_by_handler ? ADDED : f->computed.n ? COMPUTED : STORED;
}

static const char *const origins[] = {"stored", "computed", "filled by a handler"};

static void at_field(const struct bf_manifest *now, const struct bf_manifest_field *f,
                     const char *member, char pointer[64])
{
    snprintf(pointer, 64, "/fields/%zu/%s", (size_t)(f - now->fields), member);
}

/* Values of a field come from where they came from. Only what a handler filled may become an
 * expression: that takes nothing away from anybody. */
static bool origin_may_change(enum origin old, enum origin now)
{
    return old == now || (old == ADDED && now == COMPUTED);
}

static void check_field(const struct bf_manifest *now, const struct bf_manifest_field *was,
                        const struct bf_manifest_field *is, const char *path,
                        struct bf_report *report)
{
    char pointer[64];
    if (was->column.type != is->column.type) {
        at_field(now, is, "type", pointer);
        bf_report_add(report, path, pointer, "keep the type, and publish another field beside it",
                      "\"%.*s\" was published as %s and cannot become %s",
                      BF_STR_ARG(is->column.name), bf_type_info(was->column.type)->name,
                      bf_type_info(is->column.type)->name);
    }
    enum origin before = origin_of(was), after = origin_of(is);
    if (!origin_may_change(before, after)) {
        at_field(now, is, after == ADDED || before == ADDED ? "handler" : "sql", pointer);
        bf_report_add(report, path, pointer, "keep the field, and publish another one beside it",
                      "the values of \"%.*s\" were %s and would now be %s",
                      BF_STR_ARG(is->column.name), origins[before], origins[after]);
    }
}

static void check_key(const struct bf_manifest *old, const struct bf_manifest *now,
                      const char *path, struct bf_report *report)
{
    bool same = old->nkey == now->nkey;
    for (size_t i = 0; same && i < old->nkey; i++)
        same =
            bf_str_eq(old->fields[old->key[i]].column.name, now->fields[now->key[i]].column.name);
    if (!same)
        bf_report_add(report, path, "/key", "keep the key, or publish the data as another dataset",
                      "the key was another one, and the ids of all records are made from it");
}

static void check_rows(const struct bf_manifest *old, const struct bf_manifest *now,
                       const char *path, struct bf_report *report)
{
    if (old->given != now->given)
        bf_report_add(report, path, "/rows", "keep it, or publish the data as another dataset",
                      old->given ? "the rows came from the handler and would now be a table's"
                                 : "the rows were a table's and would now come from a handler");
}

static void check_aliases(const struct bf_manifest *old, const struct bf_manifest *now,
                          const char *path, struct bf_report *report)
{
    for (size_t i = 0; i < old->naliases; i++)
        if (!bf_str_in(old->aliases[i], now->aliases, now->naliases))
            bf_report_add(report, path, "/aliases/dataset", "add it again",
                          "the alias \"%.*s\" was published and is gone",
                          BF_STR_ARG(old->aliases[i]));
    for (size_t i = 0; i < old->nfield_aliases; i++) {
        struct bf_str alias = old->field_aliases[i];
        const struct bf_manifest_field *was = bf_manifest_field(old, alias);
        const struct bf_manifest_field *is = bf_manifest_field(now, alias);
        if (is && is == bf_manifest_field(now, was->column.name))
            continue;
        bf_report_add(report, path, "/aliases/fields", "let it name the same field as before",
                      is ? "the alias \"%.*s\" was published for another field"
                         : "the alias \"%.*s\" was published and is gone",
                      BF_STR_ARG(alias));
    }
}

size_t bf_change_check(const struct bf_manifest *old, const struct bf_manifest *now,
                       const char *path, struct bf_report *report, struct bf_merge *merges)
{
    size_t n = 0;
    for (size_t i = 0; i < old->nfields; i++) {
        const struct bf_manifest_field *was = &old->fields[i];
        const struct bf_manifest_field *is = bf_manifest_field(now, was->column.name);
        if (!is)
            bf_report_add(report, path, "/fields", "keep it, or make its name an alias",
                          "the field \"%.*s\" was published and is gone",
                          BF_STR_ARG(was->column.name));
        else if (bf_str_eq(is->column.name, was->column.name))
            check_field(now, was, is, path, report);
        else if (bf_manifest_stored(was))
            merges[n++] = (struct bf_merge){was, is};
    }
    check_key(old, now, path, report);
    check_rows(old, now, path, report);
    check_aliases(old, now, path, report);
    return n;
}
