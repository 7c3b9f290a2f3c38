/*
 * query/parse: a clause from text to tree.
 *
 * Purpose    runs lexer and grammar over one clause; the functions below it are what the grammar
 *            calls.
 * Ownership  the tree lies in the clause's arena.
 * Errors     the contract's syntax error (6.3): `unexpected T at position P in TEXT`, T the text of
 *            the token (cut after 200 bytes) or `end of input`; DEPTH and MEMBERS of query/bound.h.
 */
#ifndef BF_QUERY_PARSE_H
#define BF_QUERY_PARSE_H

#include "query/ast.h"
#include "query/lexer.h"

enum bf_parse_what { BF_PARSE_SELECT, BF_PARSE_WHERE, BF_PARSE_GROUP, BF_PARSE_ORDER };

/* Parses c->text. `values` stand for the `?` of a condition that is not the client's; NULL: `?` is
 * no word. */
bool bf_parse_clause(struct bf_clause *c, enum bf_parse_what what, const struct bf_str *values,
                     size_t n, struct bf_node **out);

/* ---- between parse.c and grammar.y */
struct bf_parse {
    struct bf_clause *clause;
    struct bf_lexer lexer;
    struct bf_node *result;
    const struct bf_str *values;
    size_t nvalues, used;
    unsigned open; /* brackets */
    bool where;
};

void bf_grammar_run(struct bf_parse *p, int start);

int bf_parse_next(struct bf_parse *p, struct bf_token *t);
bool bf_parse_failed(const struct bf_parse *p);
void bf_parse_unexpected(struct bf_parse *p, int kind, struct bf_token t);
void bf_parse_too_deep(struct bf_parse *p);

struct bf_node *bf_parse_leaf(struct bf_parse *p, enum bf_node_kind kind, struct bf_token t);
struct bf_node *bf_parse_bool(struct bf_parse *p, bool value, struct bf_token t);
struct bf_node *bf_parse_hole(struct bf_parse *p, struct bf_token t);
struct bf_node *bf_parse_item(struct bf_parse *p, struct bf_node *e, const struct bf_token *alias,
                              bool descending);
struct bf_node *bf_parse_op(struct bf_parse *p, enum bf_node_kind kind, int op,
                            struct bf_node *left, struct bf_node *right);
struct bf_node *bf_parse_in(struct bf_parse *p, struct bf_node *left, struct bf_node *right,
                            bool negated);
struct bf_node *bf_parse_is(struct bf_parse *p, struct bf_node *left, enum bf_is what, bool negated,
                            struct bf_token last);
struct bf_node *bf_parse_range(struct bf_parse *p, struct bf_token open, struct bf_node *low,
                               struct bf_node *high, struct bf_token close);
struct bf_node *bf_parse_steps(struct bf_parse *p, struct bf_token open, struct bf_node *list,
                               struct bf_token close);
struct bf_node *bf_parse_sign(struct bf_parse *p, bool minus, struct bf_token sign,
                              struct bf_node *left);
struct bf_node *bf_parse_group(struct bf_node *e, struct bf_token open, struct bf_token close);
struct bf_node *bf_parse_call(struct bf_parse *p, struct bf_token name, struct bf_node *args,
                              struct bf_token close);
struct bf_node *bf_parse_measure(struct bf_parse *p, struct bf_node *number, struct bf_token unit);

#endif
