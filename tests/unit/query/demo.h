/*
 * A fixed dataset for the tests of the query language: bike stations with a field of every type,
 * names that are words of the language, an alias, a hidden column, a computed one and one that a
 * hook fills.
 */
#ifndef DEMO_H
#define DEMO_H

#include "query/query.h"

static const struct bf_column demo_columns[] = {
    {BF_STR_INIT("libelle"), BF_INT, BF_COLUMN_FACET, BF_STR_INIT("t.\"libelle\"")},
    {BF_STR_INIT("nom"), BF_TEXT, 0, BF_STR_INIT("t.\"nom\"")},
    {BF_STR_INIT("commune"), BF_TEXT, BF_COLUMN_FACET | BF_COLUMN_DISJUNCTIVE,
     BF_STR_INIT("t.\"commune\"")},
    {BF_STR_INIT("etat"), BF_TEXT, BF_COLUMN_FACET, BF_STR_INIT("t.\"etat\"")},
    {BF_STR_INIT("nbvelosdispo"), BF_INT, 0, BF_STR_INIT("t.\"nbvelosdispo\"")},
    {BF_STR_INIT("max"), BF_INT, 0, BF_STR_INIT("t.\"max\"")},
    {BF_STR_INIT("taux"), BF_DOUBLE, 0, BF_STR_INIT("t.\"taux\"")},
    {BF_STR_INIT("ouvert"), BF_BOOL, BF_COLUMN_FACET, BF_STR_INIT("t.\"ouvert\"")},
    {BF_STR_INIT("pose"), BF_DATE, BF_COLUMN_FACET, BF_STR_INIT("t.\"pose\"")},
    {BF_STR_INIT("datemiseajour"), BF_DATETIME, BF_COLUMN_FACET,
     BF_STR_INIT("t.\"datemiseajour\"")},
    {BF_STR_INIT("geo"), BF_GEO_POINT, 0, BF_STR_INIT("t.\"geo\"")},
    {BF_STR_INIT("contour"), BF_GEO_SHAPE, 0, BF_STR_INIT("t.\"contour\"")},
    {BF_STR_INIT("extra"), BF_JSON, 0, BF_STR_INIT("t.\"extra\"")},
    {BF_STR_INIT("total"), BF_INT, BF_COLUMN_COMPUTED,
     BF_STR_INIT("(t.\"nbvelosdispo\" + t.\"max\")")},
    {BF_STR_INIT("libre_dans"), BF_INT, BF_COLUMN_OUTPUT_ONLY, BF_STR_INIT("")},
    {BF_STR_INIT("recordid"), BF_TEXT, BF_COLUMN_HIDDEN, BF_STR_INIT("encode(t._id, 'hex')")},
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

static inline void demo_schema(struct bf_schema *schema, struct bf_arena *arena)
{
    *schema = (struct bf_schema){
        .id = BF_STR("demo"),
        .relation = BF_STR("data.\"demo\""),
        .order = BF_STR("t._seq"),
        .record_id = BF_STR("t._id"),
        .columns = demo_columns,
        .n = DEMO_COLUMNS,
    };
    bf_map_init(&schema->names, arena);
    for (size_t i = 0; i < DEMO_COLUMNS; i++)
        demo_name(schema, demo_columns[i].name, i);
    demo_name(schema, BF_STR("nb_velos_dispo"), 4);
}

#endif
