#include "api/openapi/openapi.h"

#include <string.h>

/* ---- names in ODSQL ---- */

static bool is_word(struct bf_str name)
{
    static const char *const words[] = {"and",  "or",       "not",   "in",   "is",  "like",
                                        "null", "true",     "false", "as",   "asc", "desc",
                                        "to",   "distinct", "date",  "geom", NULL};
    for (size_t i = 0; words[i]; i++)
        if (bf_str_eq_nocase(name, bf_str_of(words[i])))
            return true;
    return false;
}

/* In back-quotes where ODSQL could read it as something else. */
static void print_name(const struct bf_openapi *o, struct bf_buf *out, struct bf_str name)
{
    bool plain = !is_word(name) && name.n && (name.p[0] < '0' || name.p[0] > '9');
    if (!o->api->odsql) {
        bf_buf_str(out, name);
        return;
    }
    for (size_t i = 0; plain && i < name.n; i++)
        plain = (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
                (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '_';
    bf_buf_text(out, plain ? "" : "`");
    bf_buf_str(out, name);
    bf_buf_text(out, plain ? "" : "`");
}

/* ---- which field shows a parameter best ---- */

static bool is_number(const struct bf_column *c)
{
    return c->type == BF_INT || c->type == BF_DOUBLE;
}

static bool is_plain(const struct bf_column *c)
{
    return is_number(c) || (c->type == BF_TEXT && !(c->flags & BF_COLUMN_MULTIVALUED)) ||
           c->type == BF_DATE || c->type == BF_DATETIME;
}

static bool is_facet(const struct bf_column *c)
{
    return c->flags & BF_COLUMN_FACET;
}

static bool is_text_facet(const struct bf_column *c)
{
    return is_facet(c) && c->type == BF_TEXT && !(c->flags & BF_COLUMN_MULTIVALUED) && !c->path.n;
}

static bool is_place(const struct bf_column *c)
{
    return c->type == BF_GEO_POINT || c->type == BF_GEO_SHAPE;
}

/* NULL: no field is such. Fields that only handlers fill cannot be asked about. */
static const struct bf_column *find(const struct bf_openapi *o,
                                    bool (*fits)(const struct bf_column *c))
{
    const struct bf_schema *schema = o->dataset->schema;
    unsigned not_asked = BF_COLUMN_HIDDEN | BF_COLUMN_OUTPUT_ONLY;
    for (size_t i = 0; i < schema->n; i++)
        if (!(schema->columns[i].flags & not_asked) && fits(&schema->columns[i]))
            return &schema->columns[i];
    return NULL;
}

static struct bf_str text_of(const struct bf_openapi *o, const struct bf_column *c)
{
    for (size_t i = 0; i < o->dataset->ncells; i++)
        if (o->dataset->outputs[i].column == c && !bf_cell_null(o->dataset->cells[i]))
            return bf_cell_text(o->dataset->cells[i]);
    return (struct bf_str){NULL, 0};
}

/* ---- one function per parameter ---- */

static bool example_where(const struct bf_openapi *o, struct bf_buf *out)
{
    const struct bf_column *number = find(o, is_number);
    const struct bf_column *any = number ? number : find(o, is_plain);
    if (!any)
        return false;
    print_name(o, out, any->name);
    bf_buf_text(out, number ? " > 0" : " is not null");
    return true;
}

static bool example_name(const struct bf_openapi *o, bool (*fits)(const struct bf_column *c),
                         struct bf_buf *out)
{
    const struct bf_column *c = find(o, fits);
    if (c)
        print_name(o, out, c->name);
    return c != NULL;
}

static bool example_order(const struct bf_openapi *o, struct bf_buf *out)
{
    if (!example_name(o, is_plain, out))
        return false;
    bf_buf_text(out, " desc");
    return true;
}

/* A value that a record has. */
static bool example_refine(const struct bf_openapi *o, struct bf_buf *out)
{
    const struct bf_column *c = find(o, is_text_facet);
    struct bf_str value = c ? text_of(o, c) : (struct bf_str){NULL, 0};
    if (value.n == 0 || memchr(value.p, '"', value.n) || memchr(value.p, '\\', value.n))
        return false;
    print_name(o, out, c->name);
    bf_buf_text(out, ":\"");
    bf_buf_str(out, value);
    bf_buf_char(out, '"');
    return true;
}

static bool is_group(const struct bf_column *c)
{
    return is_facet(c) && is_plain(c);
}

static bool example_group(const struct bf_openapi *o, struct bf_buf *out)
{
    return example_name(o, is_group, out);
}

static bool example_facet(const struct bf_openapi *o, struct bf_buf *out)
{
    return example_name(o, is_facet, out);
}

/* The bare name: it is not ODSQL. */
static bool example_place(const struct bf_openapi *o, struct bf_buf *out)
{
    const struct bf_column *c = find(o, is_place);
    if (c)
        bf_buf_str(out, c->name);
    return c != NULL;
}

static bool example_record(const struct bf_openapi *o, struct bf_buf *out)
{
    bf_buf_str(out, o->dataset->record_id);
    return o->dataset->record_id.n > 0;
}

static bool example_plain(const struct bf_openapi *o, struct bf_buf *out)
{
    return example_name(o, is_plain, out);
}

static bool example_number(const struct bf_openapi *o, struct bf_buf *out)
{
    return example_name(o, is_number, out);
}

static const struct maker {
    const char *parameter;
    bool (*make)(const struct bf_openapi *o, struct bf_buf *out);
} makers[] = {
    {"where", example_where},
    {"group_by", example_group},
    {"order_by", example_order},
    {"refine", example_refine},
    {"exclude", example_refine},
    {"facet", example_facet},
    {"main_geo_field", example_place},
    {"record_id", example_record},
    /* of v1 */
    {"record", example_record},
    {"geo_digest", example_record},
    {"geo_field", example_place},
    {"sort", example_plain},
    {"fields", example_plain},
    {"x", example_group},
    {"y.SERIES.expr", example_number},
    {NULL, NULL},
};

/* Of one that stands for each facet: a value of it that a record has. */
bool bf_openapi_example_of(const struct bf_openapi *o, const struct bf_parameter *p,
                           const struct bf_column *facet, struct bf_buf *out)
{
    if (!facet || p->example)
        return bf_openapi_example(o, p, out);
    if (facet->type == BF_TEXT && !(facet->flags & BF_COLUMN_MULTIVALUED) && !facet->path.n)
        bf_buf_str(out, text_of(o, facet));
    return out->n > 0;
}

static bool names_dataset(const struct bf_parameter *p)
{
    return p->flags & BF_PARAMETER_DATASET || strcmp(p->name, "dataset_id") == 0 ||
           strcmp(p->name, "dataset") == 0;
}

bool bf_openapi_example(const struct bf_openapi *o, const struct bf_parameter *p,
                        struct bf_buf *out)
{
    for (const struct maker *m = makers; o->dataset && m->parameter; m++)
        if (strcmp(m->parameter, p->name) == 0 && !p->example)
            return m->make(o, out);
    if (names_dataset(p) && (o->dataset || o->sample.n)) {
        bf_buf_str(out, o->dataset ? o->dataset->name : o->sample);
        return true;
    }
    if (!p->example)
        return false;
    bf_buf_text(out, p->example);
    return true;
}
