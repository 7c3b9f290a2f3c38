#include "query/tally.h"

#include "value/zone.h"

#include <string.h>

bool bf_tally_of_all(const struct bf_query *q)
{
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        if (c->node)
            return false;
    return !q->as_of && q->nfulltexts == 0;
}

/* Only what stands in the table itself: `t."commune"`, by whatever name it is asked for. */
static struct bf_str stored_name(struct bf_str sql)
{
    static const char before[] = "t.\"";
    struct bf_str name = {sql.p + sizeof before - 1, sql.n - sizeof before};
    bool plain = sql.n > sizeof before && memcmp(sql.p, before, sizeof before - 1) == 0 &&
                 sql.p[sql.n - 1] == '"' && !memchr(name.p, '"', name.n);
    return plain ? name : (struct bf_str){NULL, 0};
}

struct bf_str bf_tally_field(const struct bf_query *q, const struct bf_column *column)
{
    bool kept = q->records && q->schema->record_id.n && column->flags & BF_COLUMN_FACET &&
                !(column->flags & (BF_COLUMN_COMPUTED | BF_COLUMN_OUTPUT_ONLY)) &&
                bf_tally_value(column->type) && bf_tally_of_all(q);
    if (!kept || (column->type == BF_DATETIME && q->zone != bf_zone_utc()))
        return (struct bf_str){NULL, 0};
    return stored_name(column->sql);
}

const char *bf_tally_value(enum bf_type type)
{
    switch (type) {
    case BF_TEXT:
        return "y.value";
    case BF_INT:
        return "y.value::bigint";
    case BF_BOOL:
        return "y.value::boolean";
    case BF_DATE:
    case BF_DATETIME:
        return "(date '1970-01-01' + y.value::integer)";
    case BF_NULL:
    case BF_DOUBLE:
    case BF_JSON:
    case BF_GEO_POINT:
    case BF_GEO_SHAPE:
        break;
    }
    return NULL;
}
