#include "query/query.h"

#include "query/check.h"
#include "query/decided.h"
#include "query/facet.h"
#include "query/first.h"
#include "query/fulltext.h"
#include "query/group.h"
#include "query/outputs.h"
#include "query/parse.h"
#include "query/print.h"
#include "query/refine.h"
#include "query/sql.h"
#include "query/tally.h"
#include "query/vertices.h"

#include <string.h>

static enum bf_in in_clause(const char *name)
{
    static const struct {
        const char *name;
        enum bf_in in;
    } others[] = {{"select", BF_IN_SELECT}, {"group_by", BF_IN_GROUP}, {"order_by", BF_IN_ORDER}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(name, others[i].name) == 0)
            return others[i].in;
    return BF_IN_WHERE;
}

bool bf_clause_open(struct bf_query *q, struct bf_clause *c, const char *name, struct bf_str text,
                    struct bf_err *err)
{
    *c = (struct bf_clause){
        .name = name,
        .in = in_clause(name),
        .text = BF_STR(""),
        .arena = q->arena,
        .err = err,
        .nodes = &q->nodes,
        .client = true,
    };
    if (!bf_str_is_utf8(text))
        return BF_MALFORMED(c, -1, "The clause is not UTF-8 text without U+0000");
    if (text.n > BF_MOST_CLAUSE)
        return bf_vertices_too_long(c, text);
    c->text = bf_arena_dup(q->arena, text);
    return c->text.p || bf_clause_memory(c);
}

/* An empty parameter means the same as none. */
static bool blank(struct bf_str text)
{
    return bf_str_trim(text).n == 0;
}

static bool parse_list(struct bf_query *q, struct bf_clause *c, const char *name,
                       enum bf_parse_what what, struct bf_str text, struct bf_node **out,
                       struct bf_err *err)
{
    if (!bf_clause_open(q, c, name, blank(text) ? BF_STR("") : text, err))
        return false;
    return c->text.n == 0 || bf_parse_clause(c, what, NULL, 0, out);
}

static struct bf_condition *add_condition(struct bf_query *q, const char *name, struct bf_str text,
                                          struct bf_err *err)
{
    struct bf_condition *condition = bf_arena_zalloc(q->arena, 1, sizeof *condition);
    if (!condition) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The query needs more memory than a request may have.");
        return NULL;
    }
    if (!bf_clause_open(q, &condition->clause, name, text, err))
        return NULL;
    if (q->last)
        q->last->next = condition;
    else
        q->conditions = condition;
    q->last = condition;
    return condition;
}

static bool parse_where(struct bf_query *q, struct bf_str text, struct bf_err *err)
{
    if (blank(text))
        return true;
    struct bf_condition *c = add_condition(q, "where", text, err);
    return c && bf_parse_clause(&c->clause, BF_PARSE_WHERE, NULL, 0, &c->node);
}

static bool parse_refine(struct bf_query *q, struct bf_str text, bool exclude, struct bf_err *err)
{
    if (blank(text))
        return true;
    struct bf_condition *c = add_condition(q, exclude ? "exclude" : "refine", text, err);
    if (!c)
        return false;
    c->refine = true;
    c->exclude = exclude;
    return bf_refine_parse(c);
}

static bool parse_conditions(struct bf_query *q, const struct bf_query_text *text,
                             struct bf_err *err)
{
    for (size_t i = 0; i < text->wheres; i++)
        if (!parse_where(q, text->where[i], err))
            return false;
    for (size_t i = 0; i < text->refines; i++)
        if (!parse_refine(q, text->refine[i], false, err))
            return false;
    for (size_t i = 0; i < text->excludes; i++)
        if (!parse_refine(q, text->exclude[i], true, err))
            return false;
    return true;
}

static bool parse_facets(struct bf_query *q, const struct bf_query_text *text, struct bf_err *err)
{
    q->every_facet = text->every_facet;
    for (size_t i = 0; i < text->nfacets; i++)
        if (!blank(text->facets[i]) && !bf_facet_parse(q, text->facets[i], err))
            return false;
    return true;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_record(struct bf_query *q, struct bf_str id, struct bf_err *err)
{
    bool good = id.n == 2 * sizeof q->record;
    for (size_t i = 0; good && i < sizeof q->record; i++) {
        int high = hex(id.p[2 * i]);
        int low = hex(id.p[2 * i + 1]);
        good = high >= 0 && low >= 0;
        q->record[i] = (char)(high * 16 + low);
    }
    q->one = true;
    return good || BF_FAIL_WITH(err, BF_E_NOT_FOUND_RESOURCE,
                                "The requested record does not exist: an id has 40 hexadecimal "
                                "digits.");
}

struct bf_query *bf_query_parse(struct bf_arena *a, const struct bf_query_text *text,
                                struct bf_err *err)
{
    struct bf_query *q = bf_arena_zalloc(a, 1, sizeof *q);
    if (!q) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "The query needs more memory than a request may have.");
        return NULL;
    }
    q->arena = a;
    q->zone = text->zone;
    q->english = text->english;
    q->now = text->now;
    q->shapes = text->shapes;
    q->limit = text->limit;
    q->offset = text->offset;
    q->number = -1;
    bool good =
        parse_list(q, &q->select, "select", BF_PARSE_SELECT, text->select, &q->select_list, err) &&
        parse_conditions(q, text, err) && parse_facets(q, text, err) &&
        parse_list(q, &q->group, "group_by", BF_PARSE_GROUP, text->group_by, &q->group_list, err) &&
        parse_list(q, &q->order, "order_by", BF_PARSE_ORDER, text->order_by, &q->order_list, err) &&
        (!text->record_id.p || parse_record(q, text->record_id, err));
    return good ? q : NULL;
}

static bool copy_values(struct bf_query *q, const struct bf_clause *c, const struct bf_str *values,
                        size_t n, struct bf_str **out)
{
    struct bf_str *copies = bf_arena_zalloc(q->arena, n + 1, sizeof *copies);
    if (!copies)
        return bf_clause_memory(c);
    for (size_t i = 0; i < n; i++) {
        if (!bf_str_is_utf8(values[i]))
            return BF_MALFORMED(c, -1, "A value is not UTF-8 text without U+0000");
        copies[i] = bf_arena_dup(q->arena, values[i]);
        if (!copies[i].p)
            return bf_clause_memory(c);
    }
    *out = copies;
    return true;
}

bool bf_query_and(struct bf_query *q, struct bf_str condition, const struct bf_str *values,
                  size_t n, struct bf_err *err)
{
    struct bf_condition *c = add_condition(q, "where", condition, err);
    struct bf_str *copies = NULL;
    if (!c || !copy_values(q, &c->clause, values, n, &copies))
        return false;
    c->clause.client = false;
    return bf_parse_clause(&c->clause, BF_PARSE_WHERE, copies, n, &c->node);
}

static bool check_first(struct bf_query *q, const struct bf_schema *schema, struct bf_err *err)
{
    q->schema = schema;
    q->named = bf_arena_zalloc(q->arena, schema->n + 1, sizeof *q->named);
    if (!q->named)
        return BF_FAIL_WITH(err, BF_E_MEMORY,
                            "The query needs more memory than a request may have.");
    q->select.err = q->group.err = q->order.err = err;
    return bf_group_check(q) && bf_outputs_select(q) && bf_outputs_order(q) &&
           bf_facet_check(q, err);
}

bool bf_query_check(struct bf_query *q, const struct bf_schema *schema, struct bf_err *err)
{
    if (!q->schema && !check_first(q, schema, err))
        return false;
    for (struct bf_condition *c = q->conditions; c; c = c->next) {
        if (c->checked)
            continue;
        c->checked = true;
        c->clause.err = err;
        if (c->refine ? !bf_refine_check(q, c) : !bf_check_condition(q, &c->clause, c->node))
            return false;
    }
    return bf_facet_mark(q, err);
}

bool bf_query_uses(const struct bf_query *q, const struct bf_column *column)
{
    return q->named[column - q->schema->columns];
}

void bf_query_print(const struct bf_query *q, struct bf_buf *out)
{
    bf_print_query(q, out);
}

void bf_query_print_conditions(const struct bf_query *q, struct bf_buf *out)
{
    bf_print_conditions(q, out);
}

void bf_query_print_counts(const struct bf_query *q, struct bf_buf *out)
{
    bf_print_counts(q, out);
}

bool bf_query_sql(const struct bf_query *q, struct bf_sql *out, struct bf_err *err)
{
    return bf_sql_make(q, out, err);
}

void bf_query_expect_few(struct bf_query *q)
{
    q->few = true;
}

void bf_query_expect_many(struct bf_query *q, int64_t records)
{
    q->records = records;
}

void bf_query_expect_full(struct bf_query *q, bool full)
{
    q->full = full;
}

bool bf_query_expects_full(const struct bf_query *q)
{
    return bf_first_full(q);
}

void bf_query_expect_number(struct bf_query *q, int64_t n)
{
    q->number = n;
}

bool bf_query_carry(struct bf_query *q, const struct bf_column *column, struct bf_err *err)
{
    if (q->nkeys || bf_query_place(q, column) >= 0)
        return true;
    if (q->ncarried == q->carried_room) {
        const struct bf_column **more =
            bf_arena_grow(q->arena, q->carried, &q->carried_room, q->ncarried + 1, sizeof *more);
        if (!more)
            return BF_FAIL_WITH(err, BF_E_MEMORY,
                                "The query needs more memory than a request may have.");
        q->carried = more;
    }
    q->carried[q->ncarried++] = column;
    return true;
}

int bf_query_place(const struct bf_query *q, const struct bf_column *column)
{
    for (size_t i = 0; i < q->noutputs; i++)
        if (q->outputs[i].column == column)
            return (int)i;
    for (size_t i = 0; i < q->ncarried; i++)
        if (q->carried[i] == column)
            return (int)(q->noutputs + i);
    return -1;
}

bool bf_query_grouped(const struct bf_query *q)
{
    return q->nkeys > 0;
}

size_t bf_query_keys(const struct bf_query *q)
{
    return q->nkeys;
}

bool bf_query_ranged(const struct bf_query *q)
{
    for (size_t i = 0; i < q->nkeys; i++)
        if (q->keys[i].range)
            return true;
    return false;
}

bool bf_query_orders_aggregates(const struct bf_query *q)
{
    return q->nsorts && bf_order_aggregates(q->sorts[0].node);
}

bool bf_query_ranked(const struct bf_query *q)
{
    return q->nfulltexts && q->nsorts == 0 && q->nkeys == 0 && !q->walking;
}

bool bf_query_volatile(const struct bf_query *q)
{
    return q->present;
}

/* What words find is known when they are looked up, which is after the plan. */
static bool is_steady(const struct bf_schema *schema, const struct bf_node *n)
{
    if (n->kind != BF_NODE_AND)
        return n->kind == BF_NODE_CONSTANT ||
               (n->kind == BF_NODE_FULLTEXT && bf_fulltext_indexed(schema, n));
    for (const struct bf_node *item = n->left; item; item = item->next)
        if (!is_steady(schema, item))
            return false;
    return true;
}

bool bf_query_steady(const struct bf_query *q)
{
    for (const struct bf_condition *c = q->conditions; c; c = c->next)
        if (c->node && !is_steady(q->schema, c->node))
            return false;
    return q->nkeys + q->naggregates == 0 && !q->facets && !q->as_of;
}

bool bf_query_decided(const struct bf_query *q)
{
    return bf_decided_is(q);
}

bool bf_query_counts_all(const struct bf_query *q)
{
    return q->facets && bf_tally_of_all(q);
}

size_t bf_query_width(const struct bf_query *q)
{
    return q->noutputs;
}

int64_t bf_query_limit(const struct bf_query *q)
{
    return q->limit;
}
