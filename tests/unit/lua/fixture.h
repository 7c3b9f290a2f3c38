/*
 * What the tests of modules/lua share: a dataset with a field of each type, scripts over it, and
 * one row, all behind the server's own table of functions.
 *
 * Ownership  everything lies in struct fixture; fixture_init to fixture_fini.
 */
#ifndef TESTS_LUA_FIXTURE_H
#define TESTS_LUA_FIXTURE_H

#include "catalog/manifest.h"
#include "lua/handler.h"
#include "plugin/host.h"
#include "plugin/row.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { COLUMNS = 15 };

static const char manifest_text[] =
    "{\"id\": \"essai\", \"title\": {\"fr\": \"Essai\"}, \"publisher\": \"MEL\","
    "\"licence\": {\"name\": \"Licence Ouverte\"}, \"key\": [\"id\"],"
    "\"aliases\": {\"fields\": {\"compte\": \"n\"}}, \"fields\": ["
    "{\"name\": \"id\", \"type\": \"text\"}, {\"name\": \"n\", \"type\": \"int\"},"
    "{\"name\": \"d\", \"type\": \"double\"}, {\"name\": \"b\", \"type\": \"boolean\"},"
    "{\"name\": \"day\", \"type\": \"date\"}, {\"name\": \"at\", \"type\": \"datetime\"},"
    "{\"name\": \"place\", \"type\": \"geo_point_2d\"}, {\"name\": \"shape\", \"type\": "
    "\"geo_shape\"},"
    "{\"name\": \"j\", \"type\": \"json_blob\"}, {\"name\": \"out\", \"type\": \"text\"},"
    "{\"name\": \"extra\", \"type\": \"double\", \"handler\": true}"
    ", {\"name\": \"velos\", \"type\": \"int\"}, {\"name\": \"places\", \"type\": \"int\"},"
    "{\"name\": \"etat\", \"type\": \"text\"},"
    "{\"name\": \"taux\", \"type\": \"double\", \"handler\": true}]}";

struct fixture {
    struct bf_arena *arena, *row_arena;
    struct bf_entry entry;
    struct bf_dataset dataset;
    struct bf_lua_source source;
    struct bf_lua_script *script;
    struct bf_lua_handler *handler;
    struct bf_lua_fault fault;
    struct bf_cell cells[COLUMNS];
    struct bf_row_field fields[COLUMNS];
    struct bf_buf scratch;
    struct bf_row row;
};

static inline void fixture_init(struct fixture *f)
{
    struct bf_report report;
    *f = (struct fixture){.arena = bf_arena_new(16 << 20), .row_arena = bf_arena_new(4 << 20)};
    bf_report_init(&report, f->arena);
    f->entry.manifest =
        bf_manifest_read(f->arena, bf_str_of(manifest_text), "dataset.json", &report);
    assert_non_null(f->entry.manifest);
    const struct bf_schema *schema = &f->entry.manifest->schema;
    assert_true(schema->n >= COLUMNS);
    f->dataset = (struct bf_dataset){.arena = f->arena,
                                     .budget = 1 << 20,
                                     .entry = &f->entry,
                                     .asked = bf_arena_zalloc(f->arena, schema->n, sizeof(bool))};
    bf_buf_init(&f->scratch, 4 << 20);
    for (int i = 0; i < COLUMNS; i++) {
        f->fields[i] = (struct bf_row_field){i, schema->columns[i].type};
        f->cells[i] = (struct bf_cell){NULL, -1};
    }
    f->row = (struct bf_row){.cells = f->cells,
                             .fields = f->fields,
                             .nfields = COLUMNS,
                             .arena = f->row_arena,
                             .scratch = &f->scratch,
                             .writable = true};
    f->source =
        (struct bf_lua_source){.name = BF_STR("essai/hook.lua"), .dataset = BF_STR("essai")};
}

static inline void fixture_close(struct fixture *f)
{
    bf_lua_handler_free(f->handler);
    bf_lua_script_free(f->script);
    f->handler = NULL;
    f->script = NULL;
}

static inline void fixture_fini(struct fixture *f)
{
    fixture_close(f);
    bf_buf_fini(&f->scratch);
    bf_arena_free(f->row_arena);
    bf_arena_free(f->arena);
}

/* For cmocka: one of them for each test, as its state. */
static inline int fixture_setup(void **state)
{
    static struct fixture f;
    fixture_init(&f);
    *state = &f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_fini(*state);
    return 0;
}

/* The script becomes a handler of the dataset. */
static inline bool fixture_bind(struct fixture *f)
{
    f->handler = bf_lua_handler_new(f->script, bf_host_api(), &f->entry.manifest->schema);
    assert_non_null(f->handler);
    void *self = bf_lua_handler_self(f->handler);
    f->dataset.opening = true;
    enum bf_rc rc = bf_lua_handler_abi(f->handler)->open(&f->dataset, &self);
    f->dataset.opening = false;
    return rc == BF_OK;
}

/* false: f->fault says why. */
static inline bool fixture_open(struct fixture *f, const char *text)
{
    fixture_close(f);
    f->source.text = bf_str_of(text);
    f->script = bf_lua_script_open(&f->source, &f->fault);
    return f->script && fixture_bind(f);
}

static inline int column(const struct fixture *f, const char *name)
{
    const struct bf_schema *schema = &f->entry.manifest->schema;
    const struct bf_column *c = bf_schema_column(schema, bf_str_of(name));
    assert_non_null(c);
    return (int)(c - schema->columns);
}

static inline void put(struct fixture *f, const char *name, struct bf_value v)
{
    struct bf_buf b;
    bf_buf_init(&b, 4 << 20);
    bf_cell_put(&b, &v);
    f->cells[column(f, name)] = (struct bf_cell){bf_arena_dup(f->arena, bf_buf_view(&b)).p,
                                                 v.type == BF_NULL ? -1 : (int32_t)b.n};
    bf_buf_fini(&b);
}

/* One row through on_record. */
static inline enum bf_rc run_row(struct fixture *f)
{
    bf_arena_reset(f->row_arena);
    return bf_lua_handler_abi(f->handler)->row(NULL, &f->row, bf_lua_handler_self(f->handler));
}

static inline const char *why(const struct fixture *f)
{
    const struct bf_lua_fault *fault = bf_lua_handler_why(f->handler);
    return fault ? fault->message : "nothing";
}

/* The text of `out`; "(null)" where there is none. */
static inline const char *out(struct fixture *f)
{
    struct bf_cell c = f->cells[column(f, "out")];
    return c.n < 0 ? "(null)" : bf_arena_dup(f->arena, bf_cell_text(c)).p;
}

/* Opens a script and runs one row, both of which must go well; what it wrote to `out`. */
static inline const char *run(struct fixture *f, const char *text)
{
    if (!fixture_open(f, text))
        fail_msg("%s: %s", text, f->fault.message);
    f->cells[column(f, "out")] = (struct bf_cell){NULL, -1};
    if (run_row(f) != BF_OK)
        fail_msg("%s: %s", text, why(f));
    return out(f);
}

/* What an expression gives, by tostring. */
static inline const char *value_of(struct fixture *f, const char *expression)
{
    static char text[1 << 16];
    snprintf(text, sizeof text, "function on_record(row) row.out = tostring(%s) end", expression);
    return run(f, text);
}

/* The statements fail in on_record, and why; or when the script is opened. */
static inline const char *failure_of(struct fixture *f, const char *statements)
{
    static char text[1 << 17];
    snprintf(text, sizeof text, "function on_record(row)\n%s\nend", statements);
    if (!fixture_open(f, text))
        return f->fault.message;
    if (run_row(f) != BF_FAIL)
        fail_msg("%s: did not fail", statements);
    return why(f);
}

#define expect_result(f, expression, expected) \
    assert_string_equal(value_of(f, expression), expected)

#define expect_failure(f, statements, part)                                         \
    do {                                                                            \
        const char *message = failure_of(f, statements);                            \
        if (!strstr(message, part))                                                 \
            fail_msg("%s: \"%s\" is no part of \"%s\"", statements, part, message); \
    } while (0)

#endif
