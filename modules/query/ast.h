/*
 * query/ast: the tree of a query.
 *
 * Purpose    one kind of node for everything that a clause may hold. The grammar makes the nodes of
 *            the first group, check turns them in place into those of the last group, print and sql
 *            read only these. A construct of the full language that is not supported yet has its
 *            node here and is refused by name in check.
 * Ownership  nodes lie in the request's arena and keep pointing into the clause's own copy of its
 *            text.
 * Limits     query/bound.h: length of a clause, depth, number of nodes, length of a list.
 * Errors     a builder returns NULL after an error is set or when the arena is full, and takes NULL
 *            operands.
 */
#ifndef BF_QUERY_AST_H
#define BF_QUERY_AST_H

#include "query/bound.h"
#include "query/query.h"

enum bf_node_kind {
    /* values, as written */
    BF_NODE_NAME,
    BF_NODE_STRING,
    BF_NODE_NUMBER, /* text: the digits; negated: a minus before them */
    BF_NODE_DATE,
    BF_NODE_GEOM,
    BF_NODE_BOOL,
    BF_NODE_NULL,
    /* other expressions and arguments */
    BF_NODE_CALL,
    BF_NODE_SIGN,       /* minus (negated) or plus before left */
    BF_NODE_ARITHMETIC, /* op: '+', '-', '*', '/' */
    BF_NODE_STAR,
    BF_NODE_PREFIX,   /* left, with a star behind it: include(p*) */
    BF_NODE_DISTINCT, /* distinct left */
    BF_NODE_MEASURE,  /* left with the unit `text`: 2km */
    BF_NODE_STEPS,    /* ]10, 50[: the list left; op: enum bf_range_open */
    /* conditions */
    BF_NODE_COMPARE, /* op: enum bf_compare */
    BF_NODE_IN,      /* left in the list `right` */
    BF_NODE_MEMBER,  /* left in the multivalued field `right` */
    BF_NODE_RANGE,   /* left between right and right->next; op: enum bf_range_open */
    BF_NODE_LIKE,
    BF_NODE_IS, /* op: enum bf_is */
    BF_NODE_NOT,
    BF_NODE_AND, /* a list */
    BF_NODE_OR,  /* a list */
    BF_NODE_LIST,
    BF_NODE_ITEM, /* of select, group_by, order_by: left, text: its alias, negated: descending */
    /* as checked */
    BF_NODE_COLUMN,
    BF_NODE_VALUE,
    BF_NODE_APPLY, /* `sql` with the arguments left …; function: what it was; ARITHMETIC too */
    BF_NODE_AGGREGATE, /* index: of q->aggregates */
    BF_NODE_KEY,       /* index: of q->keys */
    BF_NODE_BUCKET,    /* the place of left among the bounds `right`: VALUEs of its type */
    BF_NODE_LABEL,     /* the text of `right` (VALUEs) for the BUCKET left, a KEY */
    BF_NODE_CLUSTER,   /* geo_cluster: left: the column; right: VALUEs precision, metres, zooms */
    BF_NODE_CONSTANT,  /* value.boolean, for every row */
    BF_NODE_NEAR,      /* left: column; right: VALUEs point, metres, then the box around it */
    BF_NODE_BOX,       /* left: column; right: four VALUEs west, south, east, north */
    BF_NODE_ELEMENT,   /* one of the values of the multivalued column left; index: of q->keys */
    BF_NODE_AMONG,     /* the VALUE right is one of the multivalued column left */
    /* op: enum bf_fulltext; left: COLUMNs, or NULL: all text; right: VALUE; count: its number among
     * the full-text conditions of the query; negated: not like */
    BF_NODE_FULLTEXT,
    BF_NODE_KINDS
};

/* op of an APPLY: a text that is JSON. */
enum { BF_APPLY_JSON = 1 };
enum bf_compare { BF_EQ, BF_NE, BF_LT, BF_LE, BF_GT, BF_GE };
enum bf_is { BF_IS_NULL, BF_IS_TRUE, BF_IS_FALSE };
enum bf_range_open { BF_OPEN_LOW = 1, BF_OPEN_HIGH = 2 }; /* bounds that are not included */

struct bf_function;

struct bf_node {
    enum bf_node_kind kind;
    uint8_t op;
    bool negated;       /* not in, not like, is not; a number below zero */
    uint16_t depth;     /* of the tree below, this node included */
    uint32_t at, end;   /* place in the clause, bytes */
    uint32_t count;     /* members of a list */
    enum bf_type type;  /* of a checked value, see bf_node_type() */
    const char *sql;    /* APPLY, ARITHMETIC, SIGN as checked: see query/function.h */
    struct bf_str text; /* name, contents of a literal, unit; without quotes and escapes */
    struct bf_node *next;
    struct bf_node *left, *right; /* operands; first and last of a list or of arguments */
    union {
        const struct bf_column *column;     /* COLUMN */
        const struct bf_function *function; /* CALL, APPLY; NULL: not one of the language */
        size_t index;                       /* AGGREGATE, KEY */
    };
    struct bf_value value; /* VALUE, CONSTANT, BOOL */
};

/* The clauses that a function may stand in; refine and exclude count as where. */
enum bf_in { BF_IN_SELECT = 1, BF_IN_WHERE = 2, BF_IN_GROUP = 4, BF_IN_ORDER = 8 };

/* One clause while it is parsed and checked: where its errors go and what they quote. */
struct bf_clause {
    const char *name; /* "where", as in messages */
    enum bf_in in;
    struct bf_str text; /* as the client wrote it, NUL-terminated copy */
    struct bf_arena *arena;
    struct bf_err *err;
    uint32_t *nodes; /* count of the request */
    bool client;     /* not of the server or a handler */
    bool inside;     /* while the argument of an aggregate is checked */
};

/* The contract's sentence (6.3) around a message; always false. `at` is a byte offset in the
 * clause, -1: none. */
#define BF_MALFORMED(c, at, format, ...)                                     \
    bf_clause_place((c), (at),                                               \
                    BF_FAIL_WITH((c)->err, BF_E_ODSQL,                       \
                                 "ODSQL query is malformed: " format         \
                                 ". Clause(s) containing the error(s): %s.", \
                                 ##__VA_ARGS__, (c)->name))

/* A condition of the query; all must hold. */
struct bf_condition {
    struct bf_condition *next;
    struct bf_clause clause;
    struct bf_node *node;       /* NULL: a refine or exclude that is not checked yet */
    struct bf_str facet, value; /* refine and exclude */
    const struct bf_column *column;
    struct bf_str path;         /* refine and exclude: the facet's value that it names, or empty */
    struct bf_value path_value; /* the same as a value of the column; BF_NULL: dates, paths */
    bool refine, exclude;
    bool checked;
};

struct bf_facet;

struct bf_sort {
    const struct bf_node *node;
    bool descending;
};

/* What the records are grouped by. */
struct bf_key {
    struct bf_str key; /* its name in the answer */
    struct bf_node *node;
    struct bf_node *shown; /* what is answered: the KEY itself, or a value made of it */
    struct bf_str source;  /* the expression as typed */
    int64_t low, high;     /* BUCKET: records outside of these belong to no group */
    bool bounded, range;
    /* range() of equal width: the text of what is divided, and the width as written, or seconds. */
    struct bf_str divided, width;
    double seconds;
};

struct bf_query {
    struct bf_arena *arena;
    const struct bf_schema *schema; /* since check */
    const struct bf_zone *zone;
    int64_t limit, offset;
    char record[20]; /* the id's bytes */
    bool one;        /* only that record */
    uint32_t nodes;
    struct bf_clause select, group, order;
    struct bf_node *select_list, *group_list, *order_list; /* NULL: `*`, none */
    bool english;                                          /* names of months and days */
    bool present;                                          /* depends on the present instant */
    int64_t now;                                           /* of this query; 0: not asked yet */
    struct bf_condition *conditions, *last;
    struct bf_facet *facets;      /* query/facet.h */
    bool every_facet;             /* of the schema */
    size_t bound;                 /* parameters of pieces that come before this query's */
    const struct bf_value *given; /* query/given.h: the first parameters of a statement */
    size_t ngiven;
    struct bf_output *outputs;
    size_t noutputs, outputs_room;
    const struct bf_column **carried;
    size_t ncarried, carried_room;
    struct bf_sort *sorts;
    size_t nsorts;
    struct bf_key *keys; /* of group_by */
    size_t nkeys;
    const struct bf_node **aggregates; /* APPLYs */
    size_t naggregates, aggregates_room;
    bool *named; /* by index of the column: the client's query names it */
    uint32_t nfulltexts;
    bool shapes;                       /* geometries may be keys */
    bool walking;                      /* query/walk.h: in order, each row with its number */
    int64_t as_of;                     /* the commit that the rows are of; 0: the present */
    const struct bf_walk_place *place; /* rows come after it; NULL: all */
    bool few;                          /* bf_query_expect_few */
    int64_t records;                   /* bf_query_expect_many; 0: not so many */
    bool full;                         /* bf_query_expect_full */
    int64_t number;                    /* bf_query_expect_number; -1: not known */
};

/* A copy of the text, and where its errors go. false: the error is set. */
bool bf_clause_open(struct bf_query *q, struct bf_clause *c, const char *name, struct bf_str text,
                    struct bf_err *err);
bool bf_clause_place(const struct bf_clause *c, int64_t at, bool result); /* returns result */
/* The query is beyond a bound (query/bound.h): sets the error; always false. */
bool bf_clause_beyond(const struct bf_clause *c, int64_t at, enum bf_bound which, int64_t found,
                      const char *cheaper);
/* The arena is full: sets the error; always false. */
bool bf_clause_memory(const struct bf_clause *c);

/* The type of a checked value. */
enum bf_type bf_node_type(const struct bf_node *n);

/* The text of a node as typed, cut for messages. */
struct bf_str bf_node_source(const struct bf_clause *c, const struct bf_node *n);

struct bf_node *bf_node_new(struct bf_clause *c, enum bf_node_kind kind, uint32_t at, uint32_t end);
/* Puts n above child. How deep a clause is, is judged when it is parsed. */
void bf_node_deepen(struct bf_node *n, const struct bf_node *child);
struct bf_node *bf_node_unary(struct bf_clause *c, enum bf_node_kind kind, uint32_t at,
                              struct bf_node *left);
struct bf_node *bf_node_binary(struct bf_clause *c, enum bf_node_kind kind, struct bf_node *left,
                               struct bf_node *right);
/* AND and OR: lists that swallow operands of their own kind, so that long chains stay flat. */
struct bf_node *bf_node_junction(struct bf_clause *c, enum bf_node_kind kind, struct bf_node *left,
                                 struct bf_node *right);
/* A list of its first member, and one more. Lists of arguments, of values, of select and order
 * items. */
struct bf_node *bf_node_list(struct bf_clause *c, struct bf_node *first);
struct bf_node *bf_node_append(struct bf_node *list, struct bf_node *item);

/* Nodes as checked. */
struct bf_node *bf_node_column(struct bf_clause *c, const struct bf_column *column);
struct bf_node *bf_node_value(struct bf_clause *c, struct bf_value value);
struct bf_node *bf_node_compare(struct bf_clause *c, struct bf_node *left, enum bf_compare op,
                                struct bf_value value);

#endif
