/* What must hold for every query, whoever wrote it: see odsql.c and odsql_grammar.c. Nothing of it
 * may become SQL text, every parameter is used, and the same query prints the same twice. */
#ifndef TESTS_FUZZ_ODSQL_CHECKS_H
#define TESTS_FUZZ_ODSQL_CHECKS_H

#include "../unit/query/demo.h"

#include "query/facet.h"

#include <stdlib.h>
#include <string.h>

static void check(bool ok)
{
    if (!ok)
        abort();
}

struct input {
    struct bf_query_text text;
    struct bf_str handler;
    struct bf_str facets[BF_MOST_REPEATS];
};

/* The only texts with single quotes are those of hidden columns and of full text. */
static size_t schema_text(struct bf_str sql)
{
    static const struct bf_str fulltext[] = {
        BF_STR_INIT(", '') || ' ' || coalesce(t.\""),
        BF_STR_INIT(", ''))"),
        BF_STR_INIT("concat_ws(' ', "),
    };
    for (size_t i = 0; i < sizeof fulltext / sizeof *fulltext; i++)
        if (bf_str_starts(sql, fulltext[i]))
            return fulltext[i].n;
    for (size_t i = 0; i < DEMO_COLUMNS; i++) {
        const struct bf_column *c = &demo_columns[i];
        if (memchr(c->list.n ? c->list.p : "", '\'', c->list.n) && bf_str_starts(sql, c->list))
            return c->list.n;
        if (memchr(c->sql.p, '\'', c->sql.n) && bf_str_starts(sql, c->sql))
            return c->sql.n;
    }
    return 0;
}

/* Texts of our own stand in single quotes and hold no quote, backslash or semicolon; names stand in
 * double quotes. Nothing of a stranger does. */
static size_t foreign_bytes(struct bf_str sql)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_$:.,()\"&<>=+-*/| []@'";
    size_t foreign = 0;
    bool quoted = false;
    for (size_t i = 0; i < sql.n; i++) {
        size_t known = schema_text((struct bf_str){sql.p + i, sql.n - i});
        if (known) {
            i += known - 1;
            continue;
        }
        quoted ^= sql.p[i] == '\'';
        bool ours = quoted && (unsigned char)sql.p[i] >= 0x80;
        foreign += !ours && memchr(allowed, sql.p[i], sizeof allowed - 1) == NULL;
    }
    return foreign + quoted;
}

/* Marks the parameters that the text names; false: one that there is not. */
static bool mark_params(struct bf_str sql, bool *used, size_t n)
{
    for (size_t i = 0; i < sql.n; i++) {
        size_t number = 0;
        if (sql.p[i] != '$')
            continue;
        while (i + 1 < sql.n && sql.p[i + 1] >= '0' && sql.p[i + 1] <= '9')
            number = number * 10 + (size_t)(sql.p[++i] - '0');
        if (number < 1 || number > n)
            return false;
        used[number - 1] = true;
    }
    return true;
}

static size_t count_params(struct bf_str sql)
{
    size_t n = 0;
    for (size_t i = 0; i < sql.n; i++)
        n += sql.p[i] == '$';
    return n;
}

static void check_params(const struct bf_sql *sql)
{
    bool *used = calloc(sql->nparams + 1, 1);
    check(
        mark_params(sql->where, used, sql->nparams) && mark_params(sql->with, used, sql->nparams) &&
        mark_params(sql->columns, used, sql->nparams) &&
        mark_params(sql->rows, used, sql->nparams) && mark_params(sql->order, used, sql->nparams) &&
        mark_params(sql->window, used, sql->nparams));
    for (size_t i = 0; i < sql->nparams; i++)
        check(used[i] && sql->params[i].type != BF_NULL);
    free(used);
}

static struct bf_query *make(struct bf_arena *a, const struct input *in,
                             const struct bf_schema *schema, struct bf_err *err)
{
    struct bf_query *q = bf_query_parse(a, &in->text, err);
    if (!q || (in->handler.n && !bf_query_and(q, in->handler, &in->handler, 1, err)))
        return NULL;
    return bf_query_check(q, schema, err) ? q : NULL;
}

static void look_at(struct bf_query *q, struct bf_err *err)
{
    struct bf_sql sql;
    check(bf_query_sql(q, &sql, err));
    check_params(&sql);
    check(foreign_bytes(sql.columns) + foreign_bytes(sql.where) + foreign_bytes(sql.order) +
              foreign_bytes(sql.with) + foreign_bytes(sql.rows) + foreign_bytes(sql.total) ==
          0);
    check(sql.columns.n && sql.order.n && sql.ncolumns >= sql.noutputs);
}

/* The fixed text of facets.c has quotes and the names of intervals; values are parameters there,
 * too. */
static void look_at_facets(struct bf_query *q, struct bf_err *err)
{
    struct bf_sql sql;
    check(bf_query_facets_sql(q, &sql, err));
    check(sql.nparams == count_params(sql.from));
    for (size_t i = 0; i < sql.nparams; i++)
        check(sql.params[i].type != BF_NULL);
}

static void compare_prints(const struct bf_query *q, const struct bf_query *again)
{
    struct bf_buf a;
    struct bf_buf b;
    bf_buf_init(&a, 1u << 20);
    bf_buf_init(&b, 1u << 20);
    bf_query_print(q, &a);
    bf_query_print(again, &b);
    check(!bf_buf_failed(&a) && bf_str_eq(bf_buf_view(&a), bf_buf_view(&b)));
    bf_buf_fini(&a);
    bf_buf_fini(&b);
}

/* Whether the query was taken. */
static bool hold(const struct input *in)
{
    static struct bf_schema schema;
    static struct bf_arena *names;
    static struct bf_err err;
    if (!names) {
        names = bf_arena_new(1u << 20);
        demo_schema(&schema, names);
    }
    struct bf_arena *a = bf_arena_new(16u << 20);
    bf_err_clear(&err);
    struct bf_query *q = make(a, in, &schema, &err);
    check((q == NULL) == bf_err_is_set(&err));
    if (q) {
        look_at(q, &err);
        look_at_facets(q, &err);
        compare_prints(q, make(a, in, &schema, &err));
    } else {
        check(err.code == BF_E_ODSQL || err.code == BF_E_ODSQL_SYNTAX);
        check(strstr(err.message, "Clause(s) containing the error(s): ") != NULL);
    }
    bf_arena_free(a);
    return q != NULL;
}

#endif
