/*
 * query/fulltext: the conditions that look for words (contract 10.5).
 *
 * Purpose    a text alone, search, suggest, startswith, phrase, like: checked, printed, and said in
 *            SQL. What a word is, and what a term becomes, is told by SQL functions alone
 *            (catalog.words, catalog.finds), so that rows and queries are cut in the same way.
 *            Words have no case and no accents. All terms must be found, in the named fields taken
 *            together or in all visible text.
 *
 *     "gare lille"              every word, or with another French ending; `gar*` begins so
 *     search([f, … | *,] "t")   the same; the last word begins so, the others with small slips
 *     suggest([f, … | *,] "t")  every word begins so
 *     phrase([f, … | *,] "t")   these words one after the other in one field (not of the contract)
 *     startswith(…, "t")        the value begins with these very characters
 *     e [not] like "t"          every word, no endings; `gar*` begins so; e: any text, `lower(f)`
 *
 * Server     the same through bf_query_and, the text as a value:
 *
 *     bf_query_and(q, BF_STR("suggest(*, ?)"), &text, 1, err)      words ANDed, each a prefix
 *     bf_query_and(q, BF_STR("phrase(`nom`, ?)"), &text, 1, err)   "quoted", in one field
 *
 * No words   a text without a letter or digit asks for nothing: every row, or every row in which
 *            one of the named fields has a value.
 * Index      rows are found by the GIN index over bf_schema.words; conditions on fields look at
 *            what it finds once more. startswith on a facet or sortable field is a range of that
 *            field's own index. A column that is not BF_COLUMN_SEARCHED is read row by row.
 * Order      without order_by, rows that hold every word as it was typed come first; of the
 *            catalogue, then those with the words in the title, then in keywords, themes and
 *            publisher, then in the description (sql.c).
 * Limits     FULLTEXTS, WORDS and SOUGHT of query/bound.h.
 */
#ifndef BF_QUERY_FULLTEXT_H
#define BF_QUERY_FULLTEXT_H

#include "query/ast.h"
#include "query/text.h"

enum bf_fulltext {
    BF_FULLTEXT_LIKE,
    BF_FULLTEXT_ALONE,
    BF_FULLTEXT_SEARCH,
    BF_FULLTEXT_SUGGEST,
    BF_FULLTEXT_START,
    BF_FULLTEXT_PHRASE,
};

/* Checks in place, as bf_check_condition does. */
bool bf_fulltext_search(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_suggest(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_start(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_phrase(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_similar(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_similarity(struct bf_query *q, struct bf_clause *c, struct bf_node *call);
bool bf_fulltext_like(struct bf_query *q, struct bf_clause *c, struct bf_node *n);
bool bf_fulltext_alone(struct bf_query *q, struct bf_clause *c, struct bf_node *n);

/* The word of the normal form and of catalog.finds. */
struct bf_str bf_fulltext_name(enum bf_fulltext how);

/* Runs of what is no sign; more than there are words where only PostgreSQL can tell. */
size_t bf_fulltext_words(struct bf_str text);
/* Whether the text has certainly no letter and no digit. */
bool bf_fulltext_wordless(struct bf_str text);

/* The least text after all that begin with `s`, by code points; empty: none, or no memory. */
struct bf_str bf_fulltext_after(struct bf_arena *a, struct bf_str s);

/* Whether the node finds its rows by the index, and how well they match may order them. */
bool bf_fulltext_indexed(const struct bf_schema *schema, const struct bf_node *n);
bool bf_fulltext_ranks(const struct bf_node *n);

/* The parameters of an indexed node's first catalog.finds, side by side. */
enum { BF_FULLTEXT_BINDS = 3 };

/* Where the SQL of a FULLTEXT node goes. */
struct bf_fulltext_out {
    const struct bf_schema *schema;
    struct bf_text *text;
    void (*bind)(void *self, struct bf_value v); /* writes a parameter */
    void (*put)(void *self, const struct bf_node *n);
    void (*find)(void *self,
                 const struct bf_node *n); /* what bf_fulltext_finds writes, or its name */
    void *self;
};

/* What the node looks for, as a tsquery: what catalog.finds gives. Its text is the first
 * parameter. */
void bf_fulltext_finds(const struct bf_fulltext_out *out, const struct bf_node *n);

/* ` @@ ` the words of the node as they were typed, none of their other forms; sought: the number of
 * the parameter that holds its text. */
void bf_fulltext_exactly(struct bf_text *text, const struct bf_schema *schema,
                         const struct bf_node *n, size_t sought);

void bf_fulltext_sql(const struct bf_fulltext_out *out, const struct bf_node *n);

#endif
