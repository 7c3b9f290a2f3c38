#include "query/schema.h"

const struct bf_column *bf_schema_column(const struct bf_schema *schema, struct bf_str name)
{
    return bf_map_get(&schema->names, name);
}

struct bf_str bf_column_word(const struct bf_column *column, struct bf_str value)
{
    struct bf_str word = value;
    for (size_t i = 0; i < column->nspellings; i++) {
        if (bf_str_eq(column->spellings[i].word, value))
            return value;
        if (bf_str_eq(column->spellings[i].stored, value))
            word = column->spellings[i].word;
    }
    return word;
}
