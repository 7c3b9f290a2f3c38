#include "query/schema.h"

const struct bf_column *bf_schema_column(const struct bf_schema *schema, struct bf_str name)
{
    return bf_map_get(&schema->names, name);
}
