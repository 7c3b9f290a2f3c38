#include "query/spelling.h"

/* The word that stands for the text, when it is the spelling of another time. */
static struct bf_str spelled(const struct bf_column *column, struct bf_str text)
{
    for (size_t i = 0; i < column->nspellings; i++)
        if (bf_str_eq_nocase(column->spellings[i].stored, text))
            return bf_column_word(column, column->spellings[i].stored);
    return text;
}

/* n or the field with that very word. */
static bool or_word(struct bf_clause *c, struct bf_node *n, const struct bf_column *column,
                    struct bf_str word)
{
    struct bf_node *text = bf_node_new(c, n->kind, n->at, n->end);
    struct bf_node *same = bf_node_compare(c, bf_node_column(c, column), BF_EQ,
                                           (struct bf_value){.type = BF_TEXT, .text = word});
    if (!text || !same)
        return false;
    bf_node_deepen(n, same);
    struct bf_node *next = n->next;
    *text = *n;
    text->next = same;
    n->kind = BF_NODE_OR;
    n->left = text;
    n->right = same;
    n->count = 2;
    n->next = next;
    return true;
}

/* The column that shows the text in another word; NULL: none. */
static const struct bf_column *other_word(const struct bf_query *q, const struct bf_node *n,
                                          struct bf_str text)
{
    for (const struct bf_node *field = n->left; field; field = field->next)
        if (field->kind == BF_NODE_COLUMN && spelled(field->column, text).p != text.p)
            return field->column;
    for (size_t i = 0; !n->left && i < q->schema->n; i++) {
        const struct bf_column *column = &q->schema->columns[i];
        if (!(column->flags & BF_COLUMN_HIDDEN) && spelled(column, text).p != text.p)
            return column;
    }
    return NULL;
}

bool bf_spelling_check(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    struct bf_value *sought = &n->right->value;
    struct bf_str text = bf_str_trim(sought->text);
    const struct bf_column *column = other_word(q, n, text);
    if (!column)
        return true;
    if (!n->left || n->left->next)
        return or_word(c, n, column, spelled(column, text));
    sought->text = spelled(column, text);
    return true;
}
