/*
 * A fixed dataset for the tests of the query language: bike stations with a field of every type,
 * names that are words of the language, an alias, hidden columns (recordid, and facets with levels
 * or several values), a computed one and one that a hook fills.
 */
#ifndef DEMO_H
#define DEMO_H

#include "query/query.h"

#define DEMO(name_, type_, flags_, sql_)                                                         \
    {                                                                                            \
        .name = BF_STR_INIT(name_), .type = (type_), .flags = (flags_), .sql = BF_STR_INIT(sql_) \
    }

static const struct bf_column demo_columns[] = {
    DEMO("libelle", BF_INT, BF_COLUMN_FACET, "t.\"libelle\""),
    DEMO("nom", BF_TEXT, BF_COLUMN_SEARCHED, "t.\"nom\""),
    DEMO("commune", BF_TEXT, BF_COLUMN_FACET | BF_COLUMN_DISJUNCTIVE | BF_COLUMN_SEARCHED,
         "t.\"commune\""),
    DEMO("etat", BF_TEXT, BF_COLUMN_FACET | BF_COLUMN_SEARCHED, "t.\"etat\""),
    DEMO("nbvelosdispo", BF_INT, 0, "t.\"nbvelosdispo\""),
    DEMO("max", BF_INT, 0, "t.\"max\""),
    DEMO("taux", BF_DOUBLE, 0, "t.\"taux\""),
    DEMO("ouvert", BF_BOOL, BF_COLUMN_FACET, "t.\"ouvert\""),
    DEMO("pose", BF_DATE, BF_COLUMN_FACET, "t.\"pose\""),
    DEMO("datemiseajour", BF_DATETIME, BF_COLUMN_FACET, "t.\"datemiseajour\""),
    DEMO("geo", BF_GEO_POINT, 0, "t.\"geo\""),
    DEMO("contour", BF_GEO_SHAPE, 0, "t.\"contour\""),
    DEMO("extra", BF_JSON, 0, "t.\"extra\""),
    DEMO("total", BF_INT, BF_COLUMN_COMPUTED, "(t.\"nbvelosdispo\" + t.\"max\")"),
    DEMO("libre_dans", BF_INT, BF_COLUMN_OUTPUT_ONLY, ""),
    DEMO("recordid", BF_TEXT, BF_COLUMN_HIDDEN, "encode(t._id, 'hex')"),
    {.name = BF_STR_INIT("genre"),
     .type = BF_TEXT,
     .flags = BF_COLUMN_HIDDEN | BF_COLUMN_FACET,
     .sql = BF_STR_INIT("t.\"genre\""),
     .path = BF_STR_INIT("/")},
    {.name = BF_STR_INIT("mots"),
     .type = BF_TEXT,
     .flags = BF_COLUMN_HIDDEN | BF_COLUMN_FACET | BF_COLUMN_MULTIVALUED,
     .sql = BF_STR_INIT("t.\"mots\""),
     .list = BF_STR_INIT("string_to_array(t.\"mots\", ',', '')"),
     .separator = BF_STR_INIT(",")},
    {.name = BF_STR_INIT("lieux"),
     .type = BF_TEXT,
     .flags = BF_COLUMN_HIDDEN | BF_COLUMN_FACET | BF_COLUMN_MULTIVALUED,
     .sql = BF_STR_INIT("array_to_string(t.\"lieux\", ',')"),
     .list = BF_STR_INIT("t.\"lieux\""),
     .path = BF_STR_INIT(" > ")},
};

enum { DEMO_COLUMNS = sizeof demo_columns / sizeof demo_columns[0] };

static inline const struct bf_column *demo_column(const struct bf_schema *schema, const char *name)
{
    return bf_schema_column(schema, bf_str_of(name));
}

static inline void demo_name(struct bf_schema *schema, struct bf_str name, size_t column)
{
    union {
        const struct bf_column *in;
        void *out;
    } cast = {&demo_columns[column]};
    bf_map_put(&schema->names, name, cast.out);
}

/* That of the first dataset in a database (tests/suites/test_odsql.py). */
static const int demo_number = 1;

static inline void demo_schema(struct bf_schema *schema, struct bf_arena *arena)
{
    *schema = (struct bf_schema){
        .id = BF_STR("demo"),
        .number = &demo_number,
        .french = true,
        .relation = BF_STR("data.\"demo\""),
        .order = BF_STR("t._seq"),
        .record_id = BF_STR("t._id"),
        .words = BF_STR("catalog.words(coalesce(t.\"nom\", '') || ' ' || "
                        "coalesce(t.\"commune\", '') || ' ' || coalesce(t.\"etat\", ''))"),
        .columns = demo_columns,
        .n = DEMO_COLUMNS,
        .facet_order = BF_FACET_COUNT_DOWN,
    };
    bf_map_init(&schema->names, arena);
    for (size_t i = 0; i < DEMO_COLUMNS; i++)
        demo_name(schema, demo_columns[i].name, i);
    demo_name(schema, BF_STR("nb_velos_dispo"), 4);
}

#endif
