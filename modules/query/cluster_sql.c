#include "query/cluster_sql.h"

#include "query/bound.h"

#include <string.h>

static void put(struct bf_sql_writer *w, const char *text)
{
    bf_text_str(&w->text, bf_str_of(text));
}

static void put_number(struct bf_sql_writer *w, size_t n)
{
    bf_text_number(&w->text, n);
}

const struct bf_node *bf_cluster_of(const struct bf_query *q)
{
    for (size_t i = 0; i < q->nkeys; i++)
        if (q->keys[i].node->kind == BF_NODE_CLUSTER)
            return q->keys[i].node;
    return NULL;
}

/* ---- both ways ------------------------------------------------------------------------------ */

static void put_from(struct bf_sql_writer *w, size_t from, size_t where)
{
    put(w, " FROM ");
    bf_text_str(&w->text, w->q->as_of ? w->q->schema->history : w->q->schema->relation);
    put(w, " AS t");
    bf_text_again(&w->text, from, where);
}

static void put_geohash(struct bf_sql_writer *w, const struct bf_node *cluster)
{
    put(w, "ST_GeoHash(");
    bf_sql_node(w, cluster->left);
    put(w, ", ");
    bf_sql_node(w, cluster->right);
    put(w, "::int)");
}

/* `… AS cell, … AS x, … AS y` */
static void put_cell(struct bf_sql_writer *w, const struct bf_node *cluster)
{
    put_geohash(w, cluster);
    put(w, " AS cell, avg(ST_X(");
    bf_sql_node(w, cluster->left);
    put(w, ")) AS x, avg(ST_Y(");
    bf_sql_node(w, cluster->left);
    put(w, ")) AS y");
}

/* Over `m`, the cells. */
static void put_cluster(struct bf_sql_writer *w, const struct bf_node *cluster)
{
    put(w, "ST_ClusterDBSCAN(ST_MakePoint(m.x * 111319.49079327358, 6378137 * ln(tan(radians(45 + "
           "least(greatest(m.y, -85.06), 85.06) / 2)))), ");
    bf_sql_node(w, cluster->right->next);
    put(w, ", 1) OVER ()");
}

/* Nothing when there are few enough; more end the statement, before clusters are made of them, and
 * tell the highest of the zooms that would make few enough. */
static void put_few_cells(struct bf_sql_writer *w, const struct bf_node *zooms)
{
    put(w, " WHERE CASE WHEN (SELECT count(m.cell) FROM m) <= ");
    put_number(w, BF_MOST_CELLS);
    put(w, " THEN true ELSE catalog.too_many_cells(ARRAY(SELECT m.cell FROM m"
           " WHERE m.cell IS NOT NULL), ");
    put_number(w, BF_MOST_CELLS);
    put(w, ", ARRAY[");
    for (const struct bf_node *zoom = zooms; zoom; zoom = zoom->next) {
        bf_sql_node(w, zoom);
        put(w, zoom->next ? ", " : "");
    }
    put(w, "]) END");
}

/* ---- records, then cells, then clusters ----------------------------------------------------- */

/* An aggregate, what it is of the records of a cell, and of the cells of a cluster; %1 is the
 * argument, and behind the cells the first or second part. */
struct part {
    const char *whole, *first, *second, *of_cells;
};

/* NULL: it does not follow from those of cells. */
static const struct part *part_of(const struct bf_node *n)
{
    static const struct part parts[] = {
        {"count(*)", "count(*)", NULL, "sum(%1)::bigint"},
        {"count(%1)", "count(%1)", NULL, "sum(%1)::bigint"},
        {"avg(ST_X(%1))", "avg(ST_X(%1))", "count(%1)",
         "sum(%1 * %2) / nullif(sum(%2), 0)::float8"},
        {"avg(ST_Y(%1))", "avg(ST_Y(%1))", "count(%1)",
         "sum(%1 * %2) / nullif(sum(%2), 0)::float8"},
        {"avg(%1)::float8", "sum(%1)", "count(%1)", "(sum(%1) / nullif(sum(%2), 0))::float8"},
        {"catalog.whole(sum(%1))", "sum(%1)", NULL, "catalog.whole(sum(%1))"},
        {"min(%1)", "min(%1)", NULL, "min(%1)"},
        {"max(%1)", "max(%1)", NULL, "max(%1)"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (n->kind == BF_NODE_APPLY && strcmp(n->sql, parts[i].whole) == 0)
            return &parts[i];
    return NULL;
}

bool bf_cluster_parts(const struct bf_query *q)
{
    bool alone = q->nkeys == 1 && q->keys[0].node->kind == BF_NODE_CLUSTER;
    for (size_t i = 0; alone && i < q->naggregates; i++)
        alone = part_of(q->aggregates[i]) != NULL;
    return alone;
}

/* `a1_2`: the second part of the first aggregate */
static void put_name(struct bf_sql_writer *w, size_t aggregate, char which)
{
    put(w, "a");
    put_number(w, aggregate + 1);
    put(w, which == '1' ? "_1" : "_2");
}

static void put_part(struct bf_sql_writer *w, size_t i, const char *sql, char which)
{
    struct bf_node n = *w->q->aggregates[i];
    if (!sql)
        return;
    n.sql = sql;
    put(w, ", ");
    bf_sql_node(w, &n);
    put(w, " AS ");
    put_name(w, i, which);
}

static void put_whole(struct bf_sql_writer *w, size_t i)
{
    const struct part *part = part_of(w->q->aggregates[i]);
    struct bf_str rest = bf_str_of(part ? part->of_cells : "");
    put(w, ", ");
    while (rest.n) {
        bf_text_str(&w->text, bf_str_cut(rest, '%', &rest));
        if (rest.n == 0)
            break;
        put(w, "c.");
        put_name(w, i, rest.p[0]);
        rest = (struct bf_str){rest.p + 1, rest.n - 1};
    }
    put(w, " AS _a");
    put_number(w, i + 1);
}

/* Cells are sorted behind a wall: PostgreSQL believes that there are as many as records, and would
 * sort those to group them in order. */
void bf_cluster_with(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                     size_t where)
{
    const struct bf_query *q = w->q;
    put(w, "WITH cells AS MATERIALIZED (SELECT ");
    put_cell(w, cluster);
    for (size_t i = 0; i < q->naggregates; i++) {
        const struct part *part = part_of(q->aggregates[i]);
        put_part(w, i, part ? part->first : NULL, '1');
        put_part(w, i, part ? part->second : NULL, '2');
    }
    put_from(w, from, where);
    put(w, " GROUP BY 1), m AS MATERIALIZED (SELECT * FROM cells ORDER BY cell), "
           "g AS (SELECT c._cluster AS _k1");
    for (size_t i = 0; i < q->naggregates; i++)
        put_whole(w, i);
    put(w, " FROM (SELECT m.*, ");
    put_cluster(w, cluster);
    put(w, " AS _cluster FROM m");
    put_few_cells(w, cluster->right->next->next);
    put(w, ") AS c GROUP BY 1) ");
}

/* ---- records with the cluster of their cell -------------------------------------------------- */

void bf_cluster_records(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                        size_t where)
{
    put(w, "(SELECT t.*, ");
    put_geohash(w, cluster);
    put(w, " AS _cell");
    put_from(w, from, where);
    put(w, ") AS t");
}

/* FULL JOIN finds no more than LEFT JOIN does, as every cell is that of a record: PostgreSQL
 * believes that a condition on a place leaves one row or two, and would compare each record with
 * each cell. */
void bf_cluster_join(struct bf_sql_writer *w, const struct bf_node *cluster, size_t from,
                     size_t where)
{
    put(w, " FULL JOIN (WITH m AS MATERIALIZED (SELECT ");
    put_cell(w, cluster);
    put_from(w, from, where);
    put(w, from == where ? " WHERE " : " AND ");
    bf_sql_node(w, cluster->left);
    put(w, " IS NOT NULL GROUP BY 1 ORDER BY 1) SELECT m.cell AS _cell, ");
    put_cluster(w, cluster);
    put(w, " AS _cluster FROM m");
    put_few_cells(w, cluster->right->next->next);
    put(w, ") AS c ON c._cell = t._cell");
}
