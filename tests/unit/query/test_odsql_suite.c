/*
 * The case folders of tests/suites/odsql: each case is a folder with `input` (lines
 * `parameter=text`) and `expected` (the SQL, its parameters and the normal form; or the error).
 * Adding a case is adding a folder; BEFFROI_UPDATE=1 writes `expected`, to be read before it is
 * committed.
 */
#include "demo.h"

#include "query/facet.h"
#include "query/function.h"

#include "value/instant.h"
#include "value/number.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 100000 };

static struct bf_schema schema;
static struct bf_arena *names;

static struct bf_str read_file(struct bf_arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return (struct bf_str){NULL, 0};
    char *p = bf_arena_alloc(a, 1 << 16);
    size_t n = p ? fread(p, 1, 1 << 16, f) : 0;
    fclose(f);
    return (struct bf_str){p, n};
}

struct input {
    struct bf_query_text text;
    struct bf_str and; /* of the server: a condition, then one value per line `value=` */
    struct bf_str values[8];
    size_t nvalues;
    struct bf_str carry;
    struct bf_str many; /* not empty: bf_query_expect_many */
    struct bf_str full; /* not empty: bf_query_expect_full */
    int64_t number;     /* bf_query_expect_number */
    struct bf_str facets[8];
};

static bool take(struct bf_str name, const char *wanted, struct bf_str value, struct bf_str *out)
{
    if (!bf_str_eq(name, bf_str_of(wanted)))
        return false;
    *out = value;
    return true;
}

static bool take_more(struct bf_str name, const char *wanted, struct bf_str value,
                      struct bf_str *list, size_t *n)
{
    return take(name, wanted, value, &list[*n]) && ++*n;
}

static void take_line(struct input *in, struct bf_str line)
{
    struct bf_str value;
    struct bf_str number = {NULL, 0};
    struct bf_str name = bf_str_cut(line, '=', &value);
    struct bf_query_text *t = &in->text;
    bool known =
        take(name, "select", value, &t->select) || take(name, "order_by", value, &t->order_by) ||
        take(name, "group_by", value, &t->group_by) || take(name, "record", value, &t->record_id) ||
        take(name, "and", value, &in->and) || take(name, "carry", value, &in->carry) ||
        take(name, "many", value, &in->many) || take(name, "full", value, &in->full) ||
        take_more(name, "where", value, t->where, &t->wheres) ||
        take_more(name, "refine", value, t->refine, &t->refines) ||
        take_more(name, "exclude", value, t->exclude, &t->excludes) ||
        take_more(name, "value", value, in->values, &in->nvalues) ||
        take_more(name, "facet", value, in->facets, &t->nfacets);
    struct bf_instant now;
    if (bf_str_eq(name, BF_STR("now")) && bf_instant_read(value, &now))
        t->now = bf_instant_resolve(&now, bf_zone_utc());
    else if (bf_str_eq(name, BF_STR("lang")))
        t->english = bf_str_eq(value, BF_STR("en"));
    else if (take(name, "limit", value, &number))
        assert_true(bf_number_int(number, &t->limit));
    else if (take(name, "offset", value, &number))
        assert_true(bf_number_int(number, &t->offset));
    else if (take(name, "number", value, &number))
        assert_true(bf_number_int(number, &in->number));
    else if (bf_str_eq(name, BF_STR("timezone")))
        assert_non_null(t->zone = bf_zone_find(value));
    else if (!known)
        fail_msg("unknown line %.*s", BF_STR_ARG(line));
}

static void parse_input(struct input *in, struct bf_str file)
{
    *in = (struct input){.text = {.zone = bf_zone_utc(), .limit = 10}, .number = -1};
    struct bf_str rest = file;
    while (rest.n) {
        struct bf_str line = bf_str_cut(rest, '\n', &rest);
        if (line.n)
            take_line(in, line);
    }
    in->text.facets = in->facets;
    in->text.every_facet = in->text.nfacets == 1 && bf_str_eq(in->facets[0], BF_STR("*"));
    if (in->text.every_facet)
        in->text.nfacets = 0;
}

static void print_value(struct bf_buf *b, const struct bf_value *v)
{
    bf_buf_text(b, bf_type_info(v->type)->name);
    bf_buf_char(b, ' ');
    if (v->type == BF_BOOL)
        bf_buf_text(b, v->boolean ? "true" : "false");
    else if (v->type == BF_INT)
        bf_buf_i64(b, v->integer);
    else if (v->type == BF_DOUBLE)
        bf_number_print(b, v->real);
    else if (v->type == BF_TEXT && bf_str_is_utf8(v->text))
        bf_buf_json(b, v->text);
    else if (v->type == BF_DATE)
        bf_date_print(b, v->date);
    else if (v->type == BF_DATETIME)
        bf_instant_print_utc_z(b, v->instant);
    else if (v->type == BF_GEO_POINT)
        bf_buf_printf(b, "%g %g", v->point.lon, v->point.lat);
    else
        bf_buf_hex(b, v->text.p, v->text.n);
    bf_buf_char(b, '\n');
}

static void print_piece(struct bf_buf *b, const char *name, struct bf_str s)
{
    if (s.n)
        bf_buf_printf(b, "%s: %.*s\n", name, BF_STR_ARG(bf_str_trim(s)));
}

static void print_sql(struct bf_buf *b, const struct bf_query *q, const struct bf_sql *sql)
{
    print_piece(b, "with", sql->with);
    print_piece(b, "columns", sql->columns);
    bf_buf_text(b, "keys:");
    for (size_t i = 0; i < sql->noutputs; i++)
        bf_buf_printf(b, " %.*s", BF_STR_ARG(sql->outputs[i].key));
    bf_buf_char(b, '\n');
    print_piece(b, "where", sql->where);
    if (sql->with.n || sql->order.n == 0)
        print_piece(b, "rows", sql->rows);
    if (sql->with.n)
        print_piece(b, "total", sql->total);
    print_piece(b, "order", sql->order);
    print_piece(b, "window", sql->window);
    for (size_t i = 0; i < sql->nparams; i++) {
        bf_buf_printf(b, "$%zu ", i + 1);
        print_value(b, &sql->params[i]);
    }
    bf_buf_text(b, "normal: ");
    bf_query_print(q, b);
    bf_buf_char(b, '\n');
}

static bool print_facets(struct bf_buf *b, const struct bf_query *q, struct bf_err *err)
{
    struct bf_sql sql;
    if (!bf_query_facets(q))
        return true;
    if (!bf_query_facets_sql(q, &sql, err))
        return false;
    print_piece(b, "facets", sql.from);
    for (size_t i = 0; i < sql.nparams; i++) {
        bf_buf_printf(b, "f$%zu ", i + 1);
        print_value(b, &sql.params[i]);
    }
    return true;
}

static bool run(struct bf_arena *a, struct input *in, struct bf_buf *out, struct bf_err *err)
{
    struct bf_sql sql;
    struct bf_query *q = bf_query_parse(a, &in->text, err);
    if (!q || (in->and.n && !bf_query_and(q, in->and, in->values, in->nvalues, err)) ||
        !bf_query_check(q, &schema, err))
        return false;
    if (in->many.n)
        bf_query_expect_many(q, MANY);
    bf_query_expect_full(q, in->full.n > 0);
    bf_query_expect_number(q, in->number);
    if (in->carry.n && !bf_query_carry(q, bf_schema_column(&schema, in->carry), err))
        return false;
    if (!bf_query_sql(q, &sql, err))
        return false;
    print_sql(out, q, &sql);
    return print_facets(out, q, err);
}

static int compare_case(const char *folder, bool valid)
{
    char path[1024];
    struct bf_err err;
    struct input in;
    struct bf_buf out;
    struct bf_arena *a = bf_arena_new(8u << 20);
    bf_err_clear(&err);
    bf_buf_init(&out, 1u << 20);
    snprintf(path, sizeof path, "%s/input", folder);
    struct bf_str file = read_file(a, path);
    assert_non_null(file.p);
    parse_input(&in, file);
    bool good = run(a, &in, &out, &err);
    if (!good)
        bf_buf_printf(&out, "%s at %d: %s\n", bf_code_info(err.code)->name, err.position,
                      err.message);
    snprintf(path, sizeof path, "%s/expected", folder);
    if (getenv("BEFFROI_UPDATE")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(out.p, 1, out.n, f);
        fclose(f);
    }
    struct bf_str expected = read_file(a, path);
    bool same = good == valid && bf_str_eq(expected, bf_buf_view(&out));
    if (!same)
        print_error("%s: got\n%.*s", folder, BF_STR_ARG(bf_buf_view(&out)));
    bf_buf_fini(&out);
    bf_arena_free(a);
    return !same;
}

static void walk(const char *kind, bool valid)
{
    const char *root = getenv("BEFFROI_ROOT");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/tests/suites/odsql/%s", root ? root : ".", kind);
    struct dirent **entries;
    int wrong = 0;
    int cases = 0;
    int n = scandir(folder, &entries, NULL, alphasort);
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        char path[800];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            wrong += compare_case(path, valid);
            cases++;
        }
        free(entries[i]);
    }
    free(entries);
    print_message("%d %s cases\n", cases, kind);
    assert_true(cases > 0);
    assert_int_equal(wrong, 0);
}

static void valid_cases(void **state)
{
    (void)state;
    walk("valid", true);
}

static void invalid_cases(void **state)
{
    (void)state;
    walk("invalid", false);
}

/* ---- coverage -------------------------------------------------------------------------------- */

static bool calls(struct bf_str text, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i + n < text.n; i++) {
        char before = i ? text.p[i - 1] : ' ';
        bool word = (before >= 'a' && before <= 'z') || before == '_';
        if (!word && text.p[i + n] == '(' &&
            bf_str_eq_nocase((struct bf_str){text.p + i, n}, bf_str_of(name)))
            return true;
    }
    return false;
}

static bool some_case_calls(const char *root, const char *name)
{
    char path[1024];
    struct dirent **entries;
    bool found = false;
    int n = scandir(root, &entries, NULL, alphasort);
    struct bf_arena *a = bf_arena_new(64u << 20);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/input", root, entries[i]->d_name);
        struct bf_str text = read_file(a, path);
        found |= text.p && calls(text, name);
        free(entries[i]);
    }
    free(entries);
    bf_arena_free(a);
    return found;
}

static void every_function_has_a_case(void **state)
{
    (void)state;
    const char *root = getenv("BEFFROI_ROOT");
    char valid[512];
    char invalid[512];
    snprintf(valid, sizeof valid, "%s/tests/suites/odsql/valid", root ? root : ".");
    snprintf(invalid, sizeof invalid, "%s/tests/suites/odsql/invalid", root ? root : ".");
    const struct bf_function *f;
    for (size_t i = 0; (f = bf_function_at(i)); i++) {
        /* What only the catalogue knows is refused here. */
        bool catalogue = strstr(f->doc, "the catalogue only") != NULL;
        if (bf_function_supported(f) && !some_case_calls(catalogue ? invalid : valid, f->name))
            fail_msg("no case of tests/suites/odsql calls %s()", f->name);
    }
}

int main(void)
{
    names = bf_arena_new(1u << 20);
    demo_schema(&schema, names);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_cases),
        cmocka_unit_test(invalid_cases),
        cmocka_unit_test(every_function_has_a_case),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    bf_arena_free(names);
    return failed;
}
