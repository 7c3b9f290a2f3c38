/* Manifests: what is read, what is refused, and that every mistake is told in one run. */
#include "catalog/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                     \
    "{\"id\": \"demo\", \"title\": {\"fr\": \"Démo\"}, \"publisher\": \"MEL\"," \
    " \"licence\": {\"name\": \"LO\"}, \"key\": [\"nom\"],"
#define FIELDS "\"fields\": [{\"name\": \"nom\", \"type\": \"text\"}]"
#define WITH_FIELD(members)                                                                       \
    HEAD "\"fields\": [{\"name\": \"nom\", \"type\": \"text\"},"                                  \
         " {\"name\": \"n\", \"type\": \"int\"}, {\"name\": \"g\", \"type\": \"geo_point_2d\"}, " \
         "{" members "}]}"

struct fixture {
    struct bf_arena *arena;
    struct bf_report report;
    struct bf_buf text; /* of the report */
    struct bf_manifest *m;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = bf_arena_new(16u << 20);
    bf_buf_init(&f->text, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    bf_arena_free(f->arena);
    bf_buf_fini(&f->text);
    free(f);
    return 0;
}

static struct bf_manifest *read_n(struct fixture *f, const char *json, size_t n)
{
    /* A copy of its own, so that reading one byte too many is seen. */
    char *copy = malloc(n ? n : 1);
    memcpy(copy, json, n);
    bf_arena_reset(f->arena);
    bf_report_init(&f->report, f->arena);
    f->m = bf_manifest_read(f->arena, (struct bf_str){copy, n}, "f.json", &f->report);
    free(copy);
    bf_buf_clear(&f->text);
    bf_report_print(&f->report, &f->text);
    bf_buf_char(&f->text, '\0');
    assert_int_equal(f->m != NULL, bf_report_empty(&f->report));
    return f->m;
}

static struct bf_manifest *read(struct fixture *f, const char *json)
{
    return read_n(f, json, strlen(json));
}

static void good(struct fixture *f, const char *json)
{
    if (!read(f, json))
        fail_msg("%s\nwas refused: %s", json, f->text.p);
}

/* Exactly one mistake, and this is its line. */
static void bad(struct fixture *f, const char *json, const char *line)
{
    if (read(f, json))
        fail_msg("%s\nwas taken", json);
    bf_buf_clear(&f->text);
    bf_report_print(&f->report, &f->text);
    f->text.n--; /* the line feed */
    bf_buf_char(&f->text, '\0');
    assert_string_equal(f->text.p, line);
}

static void has(struct fixture *f, const char *part)
{
    if (!strstr(f->text.p, part))
        fail_msg("\"%s\" is not in the report:\n%s", part, f->text.p);
}

static void assert_str(struct bf_str s, const char *text)
{
    assert_int_equal(s.n, strlen(text));
    assert_memory_equal(s.p, text, s.n);
}

/* ---- what is read ---- */

static const char full[] =
    "{\"$schema\": \"https://x/y\", \"id\": \"velos-1_a\","
    " \"title\": {\"fr\": \"Vélos\", \"en\": \"Bikes\"}, \"description\": {\"fr\": \"D\"},"
    " \"publisher\": \"MEL\", \"licence\": {\"name\": \"LO\", \"url\": \"https://l\"},"
    " \"themes\": [\"T1\", \"T2\"], \"keywords\": [\"k\"], \"language\": \"en\", \"synthetic\": "
    "true,"
    " \"expected_every\": \"PT1M\", \"history\": {\"keep\": \"P2Y\"}, \"key\": [\"jour\", \"nom\"],"
    " \"geometry\": \"lieu\", \"handler\": \"fusion\","
    " \"options\": {\"a\": \"x\", \"b\": 3, \"c\": true, \"d\": 0.5},"
    " \"push\": {\"ignore\": [\"x\", \"Autre Chose\"]},"
    " \"aliases\": {\"dataset\": [\"ilevia:velos_old\"], \"fields\": {\"Name\": \"nom\", \"lon\": "
    "\"x\"}},"
    " \"fields\": ["
    "  {\"name\": \"nom\", \"type\": \"text\", \"facet\": true, \"disjunctive\": true,"
    "   \"label\": {\"fr\": \"Nom\", \"en\": \"Name\"}, \"description\": {\"fr\": \"d\"}},"
    "  {\"name\": \"jour\", \"type\": \"date\", \"sortable\": true},"
    "  {\"name\": \"geo\", \"type\": \"geo_point_2d\"},"
    "  {\"name\": \"lieu\", \"type\": \"geo_point_2d\", \"sql\": \"geo\"},"
    "  {\"name\": \"x\", \"type\": \"double\", \"sql\": \"ST_X(geo)\", \"unit\": \"deg\"},"
    "  {\"name\": \"vu\", \"type\": \"datetime\", \"z_is_local\": \"Europe/Paris\"},"
    "  {\"name\": \"note\", \"type\": \"json_blob\", \"handler\": true}]}";

static void reads_everything(void **state)
{
    struct fixture *f = *state;
    good(f, full);
    const struct bf_manifest *m = f->m;
    assert_str(m->id, "velos-1_a");
    assert_str(m->title.en, "Bikes");
    assert_str(m->description.en, "D");
    assert_str(m->licence_url, "https://l");
    assert_int_equal(m->nthemes, 2);
    assert_str(m->language, "en");
    assert_true(m->synthetic);
    assert_int_equal(m->expected_every_us, 60 * INT64_C(1000000));
    assert_int_equal(m->frozen_after_us, 3600 * INT64_C(1000000));
    assert_int_equal(m->keep_history_us, 2 * 31557600 * INT64_C(1000000));
    assert_int_equal(m->nfields, 7);
    assert_int_equal(m->nkey, 2);
    assert_int_equal(m->key[0], 1);
    assert_int_equal(m->key[1], 0);
    assert_true(m->fields[0].in_key && m->fields[1].in_key && !m->fields[2].in_key);
    assert_int_equal(m->geometry, 3);
    assert_str(m->aliases[0], "ilevia:velos_old");
    assert_str(m->ignored[1], "Autre Chose");
    assert_str(m->handler, "fusion");
    assert_int_equal(m->noptions, 4);
    assert_str(m->fields[1].label.fr, "jour");
    assert_str(m->fields[5].z_is_local, "Europe/Paris");
}

static void options_become_texts(void **state)
{
    struct fixture *f = *state;
    good(f, HEAD FIELDS ", \"handler\": \"h\","
                        " \"options\": {\"a\": \"\", \"b\": -3, \"c\": false, \"d\": 0.5}}");
    for (size_t i = 0; i < f->m->noptions; i++) {
        static const char *const expected[] = {"", "-3", "false", "0.5"};
        assert_str(f->m->option_values[i], expected[f->m->option_keys[i].p[0] - 'a']);
    }
}

static void schema_is_what_queries_see(void **state)
{
    struct fixture *f = *state;
    good(f, WITH_FIELD("\"name\": \"y\", \"type\": \"double\", \"sql\": \"ST_Y(g)\"}, {\"name\":"
                       " \"o\", \"type\": \"text\", \"handler\": true"));
    const struct bf_schema *s = &f->m->schema;
    assert_str(s->id, "demo");
    assert_str(s->relation, "data.\"demo\"");
    assert_str(s->order, "t._seq");
    assert_str(s->record_id, "t._id");
    assert_int_equal(s->n, 9); /* with recordid, record_timestamp, record_size, datasetid */
    assert_str(s->columns[0].sql, "t.\"nom\"");
    assert_str(s->columns[3].sql, "(ST_Y(g))");
    assert_int_equal(s->columns[3].flags, BF_COLUMN_COMPUTED);
    assert_int_equal(s->columns[4].flags, BF_COLUMN_OUTPUT_ONLY);
    assert_int_equal(s->columns[4].sql.n, 0);
    assert_int_equal(s->columns[5].flags, BF_COLUMN_HIDDEN);
    assert_ptr_equal(bf_map_get(&s->names, BF_STR("recordid")), &s->columns[5]);
    assert_str(bf_schema_column(s, BF_STR("datasetid"))->sql, "'demo'::text");
    assert_ptr_equal(bf_map_get(&s->names, BF_STR("y")), &s->columns[3]);
    const struct bf_column *dataset = bf_map_get(&s->names, BF_STR("datasetid"));
    assert_str(dataset->sql, "'demo'::text");
    assert_int_equal(dataset->flags, BF_COLUMN_HIDDEN);
    assert_null(bf_manifest_field(f->m, BF_STR("recordid")));
    assert_null(bf_manifest_field(f->m, BF_STR("nothing")));
    assert_ptr_equal(bf_manifest_field(f->m, BF_STR("n")), &f->m->fields[1]);
}

static void a_text_may_hold_several_values_and_levels(void **state)
{
    struct fixture *f = *state;
    good(f,
         WITH_FIELD("\"name\": \"y\", \"type\": \"text\", \"facet\": true, \"multivalued\": \"';\","
                    " \"hierarchical\": \" > \", \"facetsort\": \"-alphanum\""));
    const struct bf_column *c = bf_schema_column(&f->m->schema, BF_STR("y"));
    assert_int_equal(c->flags, BF_COLUMN_FACET | BF_COLUMN_MULTIVALUED | BF_COLUMN_SEARCHED);
    assert_str(c->list, "string_to_array(t.\"y\", ''';', '')");
    assert_str(c->separator, "';");
    assert_str(c->path, " > ");
    assert_int_equal(c->facet_order, BF_FACET_VALUE_DOWN);
    assert_int_equal(f->m->schema.facet_order, BF_FACET_COUNT_DOWN);
}

static void aliases_name_fields(void **state)
{
    struct fixture *f = *state;
    good(f, HEAD FIELDS ", \"aliases\": {\"fields\": {\"Nom_Station\": \"nom\"}}}");
    assert_ptr_equal(bf_manifest_field(f->m, BF_STR("Nom_Station")), &f->m->fields[0]);
    assert_int_equal(f->m->nfield_aliases, 1);
}

static void digest_is_of_the_meaning(void **state)
{
    struct fixture *f = *state;
    unsigned char first[32];
    good(f, "{\"id\": \"demo\", \"title\": {\"fr\": \"D\"}, \"publisher\": \"M\", \"licence\":"
            " {\"name\": \"L\"}, \"key\": [\"nom\"], " FIELDS "}");
    memcpy(first, f->m->digest, 32);
    good(f, "{" FIELDS ",\n\"key\": [\"nom\"], \"title\": {\"fr\": \"\\u0044\"}, \"licence\":"
            " {\"name\": \"L\"}, \"publisher\": \"M\", \"id\": \"demo\"}");
    assert_memory_equal(first, f->m->digest, 32);
    good(f, "{\"id\": \"demo\", \"title\": {\"fr\": \"E\"}, \"publisher\": \"M\", \"licence\":"
            " {\"name\": \"L\"}, \"key\": [\"nom\"], " FIELDS "}");
    assert_memory_not_equal(first, f->m->digest, 32);
}

static void frozen_has_a_least(void **state)
{
    struct fixture *f = *state;
    good(f, HEAD FIELDS ", \"expected_every\": \"PT5S\"}");
    assert_int_equal(f->m->frozen_after_us, 600 * INT64_C(1000000));
    good(f, HEAD FIELDS ", \"expected_every\": \"PT5S\", \"frozen_after\": \"PT30S\"}");
    assert_int_equal(f->m->frozen_after_us, 30 * INT64_C(1000000));
    good(f, HEAD FIELDS "}");
    assert_int_equal(f->m->frozen_after_us, 0);
    bad(f, HEAD FIELDS ", \"expected_every\": \"PT5M\", \"frozen_after\": \"PT30S\"}",
        "f.json: /frozen_after: a feed cannot be frozen before the next push is expected; "
        "write a longer duration, or leave it out");
}

/* ---- what is refused ---- */

static void refuses_what_is_not_json(void **state)
{
    struct fixture *f = *state;
    bad(f, "",
        "f.json:1:1: '[' or '{' expected near end of file; the file ends before its last bracket");
    bad(f, "[]", "f.json: the file holds an array; a manifest is one JSON object");
    read(f, "{\"id\": \"a\",\n \"id\": \"b\"}");
    has(f, "f.json:2:");
    has(f, "duplicate object key");
    read(f, "{\"id\": \"a\",\n \"title\" \"b\"}");
    has(f, "f.json:2:");
    read(f, "{\"id\": \"a\"} trailing");
    has(f, "f.json:1:");
    read(f, "\xEF\xBB\xBF{}");
    has(f, "f.json:1:1: the file starts with a byte order mark");
    read(f, "{\"id\": \"\xC3\x28\"}");
    has(f, "f.json:1:9: the bytes here are not UTF-8");
    read(f, "{\"id\":\n\"\xC3\xA9\xED\xA0\x80\"}");
    has(f, "f.json:2:3: the bytes here are not UTF-8");
    read(f, "{\"id\": \"a\\u0000b\"}");
    has(f, "f.json:1:");
}

static void refuses_depth_and_size(void **state)
{
    struct fixture *f = *state;
    char deep[200] = "{\"x\": ";
    size_t n = strlen(deep);
    memset(deep + n, '[', 16);
    read(f, deep);
    has(f, "f.json:1:22: the JSON is nested too deeply; at most 16 levels are read");
    /* Brackets inside a text do not nest. */
    read(f, "{\"id\": \"[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"}");
    has(f, "is not the id of a dataset");
    size_t big = 256 * 1024 + 1;
    char *text = malloc(big);
    memset(text, ' ', big);
    read_n(f, text, big);
    has(f, "f.json: the file has 262145 bytes; a manifest has at most 256 KiB");
    free(text);
}

static void every_mistake_in_one_run(void **state)
{
    struct fixture *f = *state;
    read(f, "{\"id\": \"Démo\", \"titel\": {}, \"licence\": {\"nam\": 1}, \"synthetic\": 1,"
            " \"key\": [\"nomm\", 3], \"fields\": [{\"name\": \"nom\", \"type\": \"string\"},"
            " {\"name\": \"_id\", \"typ\": \"int\"}, 7]}");
    has(f, "f.json: /id: \"Démo\" is not the id of a dataset; a lower case letter");
    has(f, "f.json: /titel: \"titel\" is not a member of this object; did you mean \"title\"?");
    has(f, "f.json: the member \"title\" is missing; an object is expected");
    has(f, "f.json: the member \"publisher\" is missing; a text is expected");
    has(f, "f.json: /licence/nam: \"nam\" is not a member of this object; did you mean \"name\"?");
    has(f, "f.json: /licence: the member \"name\" is missing");
    has(f, "f.json: /synthetic: this is a number; true or false is expected");
    has(f, "f.json: /fields/0/type: \"string\" is not a type; one of text, int, double");
    has(f, "f.json: /fields/1/name: \"_id\" is not a field name");
    has(f, "f.json: /fields/1/typ: \"typ\" is not a member of this object; did you mean \"type\"?");
    has(f, "f.json: /fields/1: the member \"type\" is missing");
    has(f, "f.json: /fields/2: this is a number");
    has(f, "f.json: /key/0: there is no field \"nomm\"; did you mean \"nom\"?");
    has(f, "f.json: /key/1: this is a number; a text is expected");
}

static void refuses_fields(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *members, *line;
    } cases[] = {
        {"\"name\": \"nom\", \"type\": \"text\"",
         "/fields/3/name: the name \"nom\" is taken by another field; every field has a name of "
         "its own"},
        {"\"name\": \"recordid\", \"type\": \"text\"",
         "/fields/3/name: \"recordid\" is reserved: it is a technical field of every dataset; "
         "choose another name"},
        {"\"name\": \"xmin\", \"type\": \"text\"",
         "/fields/3/name: \"xmin\" is reserved: PostgreSQL has a column of that name in every "
         "table; choose another name"},
        {"\"name\": \"f\", \"type\": \"file\"",
         "/fields/3/type: \"file\" is not supported yet; publish a link as text"},
        {"\"name\": \"f\", \"type\": \"text\", \"unit\": \"a b\"",
         "/fields/3/unit: \"a b\" is not a unit code; write a UCUM code such as m, km/h, Cel or "
         "{bike}"},
        {"\"name\": \"f\", \"type\": \"geo_shape\", \"facet\": true",
         "/fields/3/facet: a geo_shape field cannot be one; leave it out"},
        {"\"name\": \"f\", \"type\": \"text\", \"disjunctive\": true",
         "/fields/3/disjunctive: only a facet can be disjunctive; add \"facet\": true"},
        {"\"name\": \"f\", \"type\": \"text\", \"handler\": true, \"sortable\": true",
         "/fields/3/sortable: a field that a handler fills is output only; leave it out, or "
         "compute the field by an \"sql\" expression"},
        {"\"name\": \"f\", \"type\": \"int\", \"handler\": true, \"sql\": \"n\"",
         "/fields/3/handler: a field is computed by \"sql\" or filled by a handler, not both; "
         "keep one of the two"},
        {"\"name\": \"f\", \"type\": \"datetime\", \"z_is_local\": \"Europe/Pariss\"",
         "/fields/3/z_is_local: \"Europe/Pariss\" is not a time zone; write the name of a time "
         "zone such as Europe/Paris"},
        {"\"name\": \"f\", \"type\": \"date\", \"z_is_local\": \"Europe/Paris\"",
         "/fields/3/z_is_local: only a datetime field can have a local Z; leave it out"},
        {"\"name\": \"f\", \"type\": \"int\", \"sql\": \"(n\"",
         "/fields/3/sql: near \"(\": a bracket is not closed; balance the brackets"},
        {"\"name\": \"f\", \"type\": \"int\", \"sql\": \"f + 1\"",
         "/fields/3/sql: near \"f\": the expression names a field that is not stored; use only "
         "stored fields of the same row"},
        {"\"name\": \"f\", \"type\": \"text\", \"label\": \"F\"",
         "/fields/3/label: this is a text; write {\"fr\": \"…\", \"en\": \"…\"}"},
        {"\"name\": \"f\", \"type\": \"text\", \"label\": {\"en\": \"F\"}",
         "/fields/3/label: the member \"fr\" is missing; a text is expected"},
        {"\"name\": \"f\", \"type\": \"text\", \"facet\": null",
         "/fields/3/facet: this is null; true or false is expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[1000], line[400];
        snprintf(json, sizeof json, WITH_FIELD("%s"), cases[i].members);
        snprintf(line, sizeof line, "f.json: %s", cases[i].line);
        bad(f, json, line);
    }
}

static void refuses_the_rest(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *members, *line;
    } cases[] = {
        {"\"geometry\": \"nom\"",
         "/geometry: \"nom\" is a text; name a geo_point_2d or geo_shape field"},
        {"\"geometry\": \"geo\"", "/geometry: there is no field \"geo\"; name one of the fields"},
        {"\"language\": \"fran\"",
         "/language: \"fran\" is not a language; write an ISO 639 code such as fr or en"},
        {"\"expected_every\": \"1m\"",
         "/expected_every: \"1m\" is not a duration; write an ISO 8601 duration such as PT1M, P1D "
         "or P2Y"},
        {"\"history\": {\"keep\": \"P0D\"}",
         "/history/keep: \"P0D\" is not a duration; write an ISO 8601 duration such as PT1M, P1D "
         "or P2Y"},
        {"\"themes\": [\"a\", \"a\"]",
         "/themes/1: \"a\" stands twice in the list; leave one of them out"},
        {"\"keywords\": [\" a\"]", "/keywords/0: the text starts or ends with a blank; remove it"},
        {"\"keywords\": [\"a\\u0007\"]",
         "/keywords/0: the text has control characters; remove them"},
        {"\"options\": {\"a\": 1}",
         "/options: options are for a handler, and there is none; name a \"handler\", or leave "
         "them out"},
        {"\"handler\": \"../x\"",
         "/handler: \"../x\" is not the name of a handler; a lower case letter, then letters, "
         "digits, _ and -"},
        {"\"aliases\": {\"dataset\": [\"demo\"]}",
         "/aliases/dataset/0: \"demo\" is the id itself; leave it out"},
        {"\"aliases\": {\"dataset\": [\"a/b\"]}", "/aliases/dataset/0: \"a/b\" cannot be part of "
                                                  "an address; 1 to 127 letters, digits, and _ "
                                                  "- : behind the first"},
        {"\"aliases\": {\"fields\": {\"nom\": \"nom\"}}",
         "/aliases/fields/nom: \"nom\" is a field of its own; leave it out"},
        {"\"aliases\": {\"fields\": {\"a/~\": \"nom\"}}",
         "/aliases/fields/a~1~0: this is not a field name; a letter, then at most 62 letters, "
         "digits and underscores"},
        {"\"aliases\": {\"fields\": {\"recordid\": \"nom\"}}",
         "/aliases/fields/recordid: the name is reserved: it is a technical field of every "
         "dataset; leave it out"},
        {"\"aliases\": {\"fields\": {\"a\": \"nam\"}}",
         "/aliases/fields/a: there is no field \"nam\"; did you mean \"nom\"?"},
        {"\"push\": {\"ignore\": [\"nom\"]}",
         "/push/ignore/0: \"nom\" is a stored field or another name of one; leave it out: its "
         "values are stored"},
        {"\"push\": {\"drop\": []}",
         "/push/drop: \"drop\" is not a member of this object; handlers/README.md lists the "
         "members"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[1000], line[400];
        snprintf(json, sizeof json, HEAD FIELDS ", %s}", cases[i].members);
        snprintf(line, sizeof line, "f.json: %s", cases[i].line);
        bad(f, json, line);
    }
}

static void refuses_keys(void **state)
{
    struct fixture *f = *state;
#define KEY(key)                                                                                   \
    "{\"id\": \"demo\", \"title\": {\"fr\": \"D\"}, \"publisher\": \"M\", \"licence\": {\"name\":" \
    " \"L\"}, " key " \"fields\": [{\"name\": \"nom\", \"type\": \"text\"}, {\"name\": \"x\","     \
    " \"type\": \"double\"}, {\"name\": \"c\", \"type\": \"int\", \"sql\": \"1\"}]}"
    bad(f, KEY(""),
        "f.json: the member \"key\" is missing; name the 1 to 8 stored fields that "
        "tell one record from another");
    bad(f, KEY("\"key\": [],"), "f.json: /key: the key is empty; name 1 to 8 stored fields");
    bad(f, KEY("\"key\": \"nom\","), "f.json: /key: this is a text; an array is expected");
    bad(f, KEY("\"key\": [\"x\"],"),
        "f.json: /key/0: \"x\" is a double; a key is made of text, "
        "int, date, datetime and boolean fields");
    bad(f, KEY("\"key\": [\"c\"],"),
        "f.json: /key/0: \"c\" is not stored; a key is made of stored fields");
    bad(f, KEY("\"key\": [\"nom\", \"nom\"],"),
        "f.json: /key/1: \"nom\" stands twice in the list; leave one of them out");
}

static void long_names_do_not_overflow(void **state)
{
    struct fixture *f = *state;
    struct bf_buf json;
    bf_buf_init(&json, 1 << 20);
    bf_buf_text(&json, HEAD FIELDS ", \"");
    for (int i = 0; i < 5000; i++)
        bf_buf_text(&json, i % 2 ? "é" : "/");
    bf_buf_text(&json, "\": 1, \"themes\": [\"");
    for (int i = 0; i < 5000; i++)
        bf_buf_char(&json, 'a');
    bf_buf_text(&json, "\"]}\0");
    read_n(f, json.p, json.n);
    bf_buf_fini(&json);
    assert_int_equal(f->report.n, 2);
    assert_true(bf_str_is_utf8(f->report.mistakes[0].pointer));
    assert_true(bf_str_is_utf8(f->report.mistakes[0].wrong));
}

static void two_hundred_mistakes_are_enough(void **state)
{
    struct fixture *f = *state;
    struct bf_buf json;
    bf_buf_init(&json, 1 << 20);
    bf_buf_text(&json, HEAD FIELDS ", \"themes\": [], \"aliases\": {\"fields\": {");
    for (int i = 0; i < 400; i++)
        bf_buf_printf(&json, "%s\"a%d\": 1", i ? "," : "", i);
    bf_buf_text(&json, "}}}");
    read_n(f, json.p, json.n);
    bf_buf_fini(&json);
    assert_int_equal(f->report.n, 200);
    assert_int_equal(f->report.dropped, 200);
    has(f, "and 200 more mistakes\n");
}

/* Whatever the arena's room is, reading ends with a manifest or with NULL. */
static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    struct bf_arena *own = bf_arena_new(4u << 20);
    size_t refused = 0;
    for (size_t cap = 0; cap < 20000; cap += 16) {
        struct bf_arena *a = bf_arena_new(cap);
        struct bf_report report;
        bf_arena_reset(own);
        bf_report_init(&report, own);
        const struct bf_manifest *m = bf_manifest_read(
            a, BF_STR(WITH_FIELD("\"name\": \"f\", \"type\": \"text\"")), "f.json", &report);
        assert_int_equal(m != NULL, bf_report_empty(&report));
        refused += m == NULL;
        bf_arena_free(a);
    }
    bf_arena_free(own);
    assert_true(refused > 50 && refused < 1000);
}

/* Every prefix, and every byte replaced: no crash, and a mistake whenever it is refused. */
static void broken_bytes(void **state)
{
    struct fixture *f = *state;
    static const char json[] = HEAD FIELDS ", \"handler\": \"h\", \"options\": {\"a\": [1]}}";
    for (size_t n = 0; n < sizeof json - 1; n++)
        assert_null(read_n(f, json, n));
    static const char bytes[] = {'\0', '"', '{', '[', '\\', '\n', (char)0xC3, (char)0xFF, '9'};
    for (size_t i = 0; i < sizeof json - 1; i++)
        for (size_t j = 0; j < sizeof bytes; j++) {
            char copy[sizeof json];
            memcpy(copy, json, sizeof json);
            copy[i] = bytes[j];
            read_n(f, copy, sizeof json - 1);
        }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(reads_everything),
        TEST(options_become_texts),
        TEST(schema_is_what_queries_see),
        TEST(aliases_name_fields),
        TEST(a_text_may_hold_several_values_and_levels),
        TEST(digest_is_of_the_meaning),
        TEST(frozen_has_a_least),
        TEST(refuses_what_is_not_json),
        TEST(refuses_depth_and_size),
        TEST(every_mistake_in_one_run),
        TEST(refuses_fields),
        TEST(refuses_the_rest),
        TEST(refuses_keys),
        TEST(long_names_do_not_overflow),
        TEST(two_hundred_mistakes_are_enough),
        TEST(lack_of_memory_is_an_error),
        TEST(broken_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
