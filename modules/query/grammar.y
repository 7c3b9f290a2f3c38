// The grammar of ODSQL (contract 10.2), for lemon. One kind of expression serves values and
// conditions: precedence makes the shape, and check tells which is which; so `(` needs no second
// look. Function names are no keywords: the lexer marks a name before `(`, and the table in
// function.c knows the rest.

%include {
#define NDEBUG 1 // the template's assertions and its trace, both per token
#include "query/parse.h"
}

%name bf_grammar
%token_prefix TOKEN_
%token_type {struct bf_token}
%extra_context {struct bf_parse *p}
%default_type {struct bf_node *}
%stack_size 512

%syntax_error { bf_parse_unexpected(p, yymajor, TOKEN); }
%stack_overflow { bf_parse_too_deep(p); }

%token START_SELECT START_WHERE START_GROUP START_ORDER ILLEGAL.

// Words of the language that may also be names where no word fits.
%fallback NAME IN IS LIKE AS ASC DESC TO DISTINCT.

%left OR.
%left AND.
%right NOT.
%nonassoc EQ NE LT LE GT GE COLON IN IS LIKE.
%left PLUS MINUS.
%left STAR SLASH.
%right UNARY.

input ::= START_SELECT select(L). { p->result = L; }
input ::= START_WHERE expr(E). { p->result = E; }
input ::= START_GROUP groups(L). { p->result = L; }
input ::= START_ORDER orders(L). { p->result = L; }

// ---- select, group_by and order_by: lists of items
select(L) ::= select_item(I). { L = bf_node_list(p->clause, I); }
select(L) ::= select(M) COMMA select_item(I). { L = bf_node_append(M, I); }
select_item(I) ::= STAR(T). { I = bf_parse_leaf(p, BF_NODE_STAR, T); }
select_item(I) ::= expr(E). { I = bf_parse_item(p, E, NULL, false); }
select_item(I) ::= expr(E) AS NAME(T). { I = bf_parse_item(p, E, &T, false); }

groups(L) ::= group(I). { L = bf_node_list(p->clause, I); }
groups(L) ::= groups(M) COMMA group(I). { L = bf_node_append(M, I); }
group(I) ::= expr(E). { I = bf_parse_item(p, E, NULL, false); }
group(I) ::= expr(E) AS NAME(T). { I = bf_parse_item(p, E, &T, false); }

orders(L) ::= order(I). { L = bf_node_list(p->clause, I); }
orders(L) ::= orders(M) COMMA order(I). { L = bf_node_append(M, I); }
order(I) ::= expr(E). { I = bf_parse_item(p, E, NULL, false); }
order(I) ::= expr(E) ASC. { I = bf_parse_item(p, E, NULL, false); }
order(I) ::= expr(E) DESC. { I = bf_parse_item(p, E, NULL, true); }

// ---- conditions
expr(E) ::= expr(A) OR expr(B). { E = bf_node_junction(p->clause, BF_NODE_OR, A, B); }
expr(E) ::= expr(A) AND expr(B). { E = bf_node_junction(p->clause, BF_NODE_AND, A, B); }
expr(E) ::= NOT(T) expr(A). { E = bf_node_unary(p->clause, BF_NODE_NOT, T.at, A); }

expr(E) ::= expr(A) EQ expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_EQ, A, B); }
expr(E) ::= expr(A) COLON expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_EQ, A, B); }
expr(E) ::= expr(A) NE expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_NE, A, B); }
expr(E) ::= expr(A) LT expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_LT, A, B); }
expr(E) ::= expr(A) LE expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_LE, A, B); }
expr(E) ::= expr(A) GT expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_GT, A, B); }
expr(E) ::= expr(A) GE expr(B). { E = bf_parse_op(p, BF_NODE_COMPARE, BF_GE, A, B); }

expr(E) ::= expr(A) COLON range(R). { E = bf_parse_in(p, A, R, false); }
expr(E) ::= expr(A) IN in_rhs(R). { E = bf_parse_in(p, A, R, false); }
expr(E) ::= expr(A) NOT IN in_rhs(R). [IN] { E = bf_parse_in(p, A, R, true); }
expr(E) ::= expr(A) LIKE expr(B). { E = bf_parse_op(p, BF_NODE_LIKE, 0, A, B); }
expr(E) ::= expr(A) NOT LIKE expr(B). [LIKE] { E = bf_parse_op(p, BF_NODE_LIKE, 1, A, B); }
expr(E) ::= expr(A) IS not(N) NULL(T). { E = bf_parse_is(p, A, BF_IS_NULL, N, T); }
expr(E) ::= expr(A) IS not(N) TRUE(T). { E = bf_parse_is(p, A, BF_IS_TRUE, N, T); }
expr(E) ::= expr(A) IS not(N) FALSE(T). { E = bf_parse_is(p, A, BF_IS_FALSE, N, T); }

%type not {bool}
not(N) ::= . { N = false; }
not(N) ::= NOT. { N = true; }

in_rhs(R) ::= range(A). { R = A; }
in_rhs(R) ::= LP values(L) RP. { R = L; }
in_rhs(R) ::= NAME(T). { R = bf_parse_leaf(p, BF_NODE_NAME, T); }
values(L) ::= expr(E). { L = bf_node_list(p->clause, E); }
values(L) ::= values(M) COMMA expr(E). { L = bf_node_append(M, E); }

%type bracket {struct bf_token}
range(R) ::= bracket(L) expr(A) to expr(B) bracket(H). { R = bf_parse_range(p, L, A, B, H); }
bracket(B) ::= LB(T). { B = T; }
bracket(B) ::= RB(T). { B = T; }
to ::= DOTS.
to ::= TO.

// ---- values
expr(E) ::= expr(A) PLUS expr(B). { E = bf_parse_op(p, BF_NODE_ARITHMETIC, '+', A, B); }
expr(E) ::= expr(A) MINUS expr(B). { E = bf_parse_op(p, BF_NODE_ARITHMETIC, '-', A, B); }
expr(E) ::= expr(A) STAR expr(B). { E = bf_parse_op(p, BF_NODE_ARITHMETIC, '*', A, B); }
expr(E) ::= expr(A) SLASH expr(B). { E = bf_parse_op(p, BF_NODE_ARITHMETIC, '/', A, B); }
expr(E) ::= MINUS(T) expr(A). [UNARY] { E = bf_parse_sign(p, true, T, A); }
expr(E) ::= PLUS(T) expr(A). [UNARY] { E = bf_parse_sign(p, false, T, A); }
expr(E) ::= LP(L) expr(A) RP(R). { E = bf_parse_group(A, L, R); }

expr(E) ::= NAME(T). { E = bf_parse_leaf(p, BF_NODE_NAME, T); }
expr(E) ::= STRING(T). { E = bf_parse_leaf(p, BF_NODE_STRING, T); }
expr(E) ::= HOLE(T). { E = bf_parse_hole(p, T); }
expr(E) ::= NUMBER(T). { E = bf_parse_leaf(p, BF_NODE_NUMBER, T); }
expr(E) ::= DATE(T). { E = bf_parse_leaf(p, BF_NODE_DATE, T); }
expr(E) ::= GEOM(T). { E = bf_parse_leaf(p, BF_NODE_GEOM, T); }
expr(E) ::= TRUE(T). { E = bf_parse_bool(p, true, T); }
expr(E) ::= FALSE(T). { E = bf_parse_bool(p, false, T); }
expr(E) ::= NULL(T). { E = bf_parse_leaf(p, BF_NODE_NULL, T); }

// ---- calls: predicates, scalar functions and aggregates alike
expr(E) ::= FUNCTION(T) LP RP(R). { E = bf_parse_call(p, T, NULL, R); }
expr(E) ::= FUNCTION(T) LP args(L) RP(R). { E = bf_parse_call(p, T, L, R); }
args(L) ::= arg(A). { L = bf_node_list(p->clause, A); }
args(L) ::= args(M) COMMA arg(A). { L = bf_node_append(M, A); }
arg(A) ::= expr(E). { A = E; }
arg(A) ::= STAR(T). { A = bf_parse_leaf(p, BF_NODE_STAR, T); }
arg(A) ::= expr(E) STAR. { A = bf_node_unary(p->clause, BF_NODE_PREFIX, E ? E->at : 0, E); }
arg(A) ::= expr(E) NAME(T). { A = bf_parse_measure(p, E, T); }
arg(A) ::= bracket(L) values(S) bracket(H). { A = bf_parse_steps(p, L, S, H); }
arg(A) ::= DISTINCT(T) expr(E). { A = bf_node_unary(p->clause, BF_NODE_DISTINCT, T.at, E); }

%code {
/* The parser's own storage is known in this file alone; it lies on the stack, so that a query costs
 * no malloc. */
void bf_grammar_run(struct bf_parse *p, int start)
{
    yyParser engine;
    struct bf_token t = {0, 0};
    int kind = start;
    bf_grammarInit(&engine, p);
    do {
        bf_grammar(&engine, kind, t);
        kind = bf_parse_next(p, &t);
    } while (kind != TOKEN_END && !bf_parse_failed(p));
    if (!bf_parse_failed(p))
        bf_grammar(&engine, kind, t);
    bf_grammarFinalize(&engine);
}
}
