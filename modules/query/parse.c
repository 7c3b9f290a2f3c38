#include "query/parse.h"

#include "query/function.h"
#include "query/grammar.h"

enum { SHOWN = 200 }; /* bytes of a token in a message */

static struct bf_str source(const struct bf_parse *p, struct bf_token t)
{
    return (struct bf_str){p->clause->text.p + t.at, t.end - t.at};
}

/* Whether a list, which is complete now, is not too long. */
static bool fits(struct bf_clause *c, const struct bf_node *list)
{
    return list->count <= BF_MOST_MEMBERS ||
           bf_clause_beyond(c, list->at, BF_BOUND_MEMBERS, list->count, NULL);
}

bool bf_parse_clause(struct bf_clause *c, enum bf_parse_what what, const struct bf_str *values,
                     size_t n, struct bf_node **out)
{
    static const int starts[] = {
        [BF_PARSE_SELECT] = TOKEN_START_SELECT,
        [BF_PARSE_WHERE] = TOKEN_START_WHERE,
        [BF_PARSE_GROUP] = TOKEN_START_GROUP,
        [BF_PARSE_ORDER] = TOKEN_START_ORDER,
    };
    const unsigned char *text = (const unsigned char *)c->text.p;
    struct bf_parse p = {
        .clause = c,
        .lexer = {text, text, values != NULL},
        .values = values,
        .nvalues = n,
        .where = what == BF_PARSE_WHERE,
    };
    bf_grammar_run(&p, starts[what]);
    if (bf_err_is_set(c->err))
        return false;
    if (!p.result)
        return bf_clause_memory(c);
    if (p.result->depth > BF_MOST_DEPTH)
        return bf_clause_beyond(c, -1, BF_BOUND_DEPTH, p.result->depth, NULL);
    if (what != BF_PARSE_WHERE && !fits(c, p.result))
        return false;
    if (p.used < n)
        return BF_MALFORMED(c, -1, "The condition has fewer ? than values");
    *out = p.result;
    return true;
}

/* The brackets of the whole clause, as the parser does not read on. */
static void too_deep(struct bf_parse *p)
{
    const unsigned char *text = (const unsigned char *)p->clause->text.p;
    struct bf_lexer lexer = {text, text, p->lexer.placeholders};
    struct bf_token t;
    int64_t open = 0;
    int64_t most = 0;
    for (int kind; (kind = bf_lexer_next(&lexer, &t)) != TOKEN_END;) {
        open += kind == TOKEN_LP;
        open -= kind == TOKEN_RP && open > 0;
        most = open > most ? open : most;
    }
    bf_clause_beyond(p->clause, -1, BF_BOUND_DEPTH, most, NULL);
}

/* The contract calls an unknown function where conditions stand a syntax error at its bracket, and
 * geo_cluster() outside of group_by as well. */
static bool no_function(const struct bf_parse *p, struct bf_str name)
{
    const struct bf_function *f = bf_function_find(name);
    if (!f)
        return p->where;
    return f->syntax && !(f->clauses & p->clause->in);
}

int bf_parse_next(struct bf_parse *p, struct bf_token *t)
{
    int kind = bf_lexer_next(&p->lexer, t);
    if (kind == TOKEN_FUNCTION && no_function(p, source(p, *t)))
        return TOKEN_NAME;
    if (kind == TOKEN_LP && ++p->open > BF_MOST_DEPTH)
        too_deep(p);
    if (kind == TOKEN_RP && p->open > 0)
        p->open--;
    return kind;
}

bool bf_parse_failed(const struct bf_parse *p)
{
    return bf_err_is_set(p->clause->err);
}

void bf_parse_unexpected(struct bf_parse *p, int kind, struct bf_token t)
{
    const struct bf_clause *c = p->clause;
    struct bf_str token = source(p, t);
    const char *cut = "";
    if (token.n > SHOWN) {
        token = bf_str_clip(token, SHOWN);
        cut = "…";
    }
    if (kind == TOKEN_END)
        token = BF_STR("end of input");
    BF_FAIL_WITH(c->err, BF_E_ODSQL_SYNTAX,
                 "ODSQL syntax exception: unexpected %.*s%s at position %zu in %.*s. Clause(s) "
                 "containing the error(s): %s.",
                 BF_STR_ARG(token), cut, bf_str_chars(c->text, t.at), BF_STR_ARG(c->text), c->name);
    bf_clause_place(c, t.at, false);
}

void bf_parse_too_deep(struct bf_parse *p)
{
    bf_clause_beyond(p->clause, -1, BF_BOUND_DEPTH, -1, NULL);
}

/* The contents of a name or literal token, behind `prefix` bytes. */
static bool contents(struct bf_parse *p, struct bf_token t, uint32_t prefix, struct bf_str *out)
{
    t.at += prefix;
    struct bf_str s = source(p, t);
    if (s.p[0] != '\'' && s.p[0] != '"' && s.p[0] != '`') {
        *out = s;
        return true;
    }
    const char *why;
    *out = bf_lexer_unquote(p->clause->arena, s, &why);
    if (why)
        return BF_MALFORMED(p->clause, t.at, "A text holds %s", why);
    return out->p || bf_clause_memory(p->clause);
}

struct bf_node *bf_parse_leaf(struct bf_parse *p, enum bf_node_kind kind, struct bf_token t)
{
    struct bf_node *n = bf_node_new(p->clause, kind, t.at, t.end);
    uint32_t prefix = kind == BF_NODE_DATE || kind == BF_NODE_GEOM ? 4 : 0; /* the word itself */
    return n && contents(p, t, prefix, &n->text) ? n : NULL;
}

struct bf_node *bf_parse_bool(struct bf_parse *p, bool value, struct bf_token t)
{
    struct bf_node *n = bf_node_new(p->clause, BF_NODE_BOOL, t.at, t.end);
    if (n)
        n->value = (struct bf_value){.type = BF_BOOL, .boolean = value};
    return n;
}

struct bf_node *bf_parse_hole(struct bf_parse *p, struct bf_token t)
{
    if (p->used == p->nvalues) {
        BF_MALFORMED(p->clause, t.at, "The condition has more ? than values");
        return NULL;
    }
    struct bf_node *n = bf_node_new(p->clause, BF_NODE_STRING, t.at, t.end);
    if (n)
        n->text = p->values[p->used++];
    return n;
}

struct bf_node *bf_parse_item(struct bf_parse *p, struct bf_node *e, const struct bf_token *alias,
                              bool descending)
{
    struct bf_node *n = bf_node_unary(p->clause, BF_NODE_ITEM, e ? e->at : 0, e);
    if (!n)
        return NULL;
    n->negated = descending;
    return !alias || contents(p, *alias, 0, &n->text) ? n : NULL;
}

struct bf_node *bf_parse_op(struct bf_parse *p, enum bf_node_kind kind, int op,
                            struct bf_node *left, struct bf_node *right)
{
    struct bf_node *n = bf_node_binary(p->clause, kind, left, right);
    if (n)
        n->op = (uint8_t)op;
    return n;
}

struct bf_node *bf_parse_in(struct bf_parse *p, struct bf_node *left, struct bf_node *right,
                            bool negated)
{
    if (!left || !right)
        return NULL;
    struct bf_node *n;
    if (right->kind == BF_NODE_RANGE) {
        n = right;
        bf_node_deepen(right, left);
        right->left = left;
        right->at = left->at;
    } else {
        if (right->kind == BF_NODE_LIST && !fits(p->clause, right))
            return NULL;
        n = bf_node_binary(p->clause, right->kind == BF_NODE_NAME ? BF_NODE_MEMBER : BF_NODE_IN,
                           left, right);
    }
    if (n)
        n->negated = negated;
    return n;
}

struct bf_node *bf_parse_is(struct bf_parse *p, struct bf_node *left, enum bf_is what, bool negated,
                            struct bf_token last)
{
    struct bf_node *n = bf_node_unary(p->clause, BF_NODE_IS, left ? left->at : 0, left);
    if (!n)
        return NULL;
    n->op = (uint8_t)what;
    n->negated = negated;
    n->end = last.end;
    return n;
}

/* Which of the two brackets look away from what is between them: enum bf_range_open. */
static uint8_t open_ends(const struct bf_parse *p, struct bf_token open, struct bf_token close)
{
    bool low = *source(p, open).p == ']';
    bool high = *source(p, close).p == '[';
    return (uint8_t)((low ? BF_OPEN_LOW : 0) | (high ? BF_OPEN_HIGH : 0));
}

struct bf_node *bf_parse_range(struct bf_parse *p, struct bf_token open, struct bf_node *low,
                               struct bf_node *high, struct bf_token close)
{
    struct bf_node *n = bf_node_binary(p->clause, BF_NODE_RANGE, low, high);
    if (!n)
        return NULL;
    n->op = open_ends(p, open, close);
    n->left = NULL; /* the tested expression comes later */
    n->right = low;
    low->next = high;
    return n;
}

struct bf_node *bf_parse_steps(struct bf_parse *p, struct bf_token open, struct bf_node *list,
                               struct bf_token close)
{
    struct bf_node *n = bf_node_unary(p->clause, BF_NODE_STEPS, open.at, list);
    if (!n)
        return NULL;
    n->op = open_ends(p, open, close);
    n->end = close.end;
    return n;
}

struct bf_node *bf_parse_sign(struct bf_parse *p, bool minus, struct bf_token sign,
                              struct bf_node *left)
{
    if (left && left->kind == BF_NODE_NUMBER) {
        left->negated ^= minus;
        left->at = sign.at;
        return left;
    }
    struct bf_node *n = bf_node_unary(p->clause, BF_NODE_SIGN, sign.at, left);
    if (n)
        n->negated = minus;
    return n;
}

struct bf_node *bf_parse_group(struct bf_node *e, struct bf_token open, struct bf_token close)
{
    if (e) {
        e->at = open.at;
        e->end = close.end;
    }
    return e;
}

struct bf_node *bf_parse_call(struct bf_parse *p, struct bf_token name, struct bf_node *args,
                              struct bf_token close)
{
    struct bf_node *n = bf_node_new(p->clause, BF_NODE_CALL, name.at, close.end);
    if (!n)
        return NULL;
    n->text = source(p, name);
    n->function = bf_function_find(n->text);
    if (args) {
        if (!fits(p->clause, args))
            return NULL;
        bf_node_deepen(n, args);
        n->left = args->left;
        n->right = args->right;
        n->count = args->count;
    }
    return n;
}

struct bf_node *bf_parse_measure(struct bf_parse *p, struct bf_node *number, struct bf_token unit)
{
    struct bf_node *n = bf_node_unary(p->clause, BF_NODE_MEASURE, number ? number->at : 0, number);
    if (!n)
        return NULL;
    n->text = source(p, unit);
    n->end = unit.end;
    return n;
}
