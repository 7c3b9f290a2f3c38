#include "query/date_format.h"

#include "query/call.h"
#include "query/check.h"
#include "query/expr.h"

#include <string.h>

/* The names of French; English ones are PostgreSQL's. */
#define MONTHS "[extract(month FROM %w)::int]"
#define DAYS "[extract(isodow FROM %w)::int]"

static const struct token {
    char letter;
    size_t length;
    const char *template; /* of to_char, English too */
    const char *french;   /* instead of it: SQL over the first argument; NULL: the same */
} tokens[] = {
    {'y', 2, "YY", NULL},
    {'y', 4, "YYYY", NULL},
    {'Y', 2, "YY", NULL},
    {'Y', 4, "YYYY", NULL},
    {'x', 2, "IY", NULL},
    {'x', 4, "IYYY", NULL},
    {'w', 1, "FMIW", NULL},
    {'w', 2, "IW", NULL},
    {'e', 1, "ID", NULL},
    {'E', 1, "Dy", "(ARRAY['lun.', 'mar.', 'mer.', 'jeu.', 'ven.', 'sam.', 'dim.'])" DAYS},
    {'E', 4, "FMDay",
     "(ARRAY['lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi', 'samedi', 'dimanche'])" DAYS},
    {'D', 1, "FMDDD", NULL},
    {'D', 3, "DDD", NULL},
    {'M', 1, "FMMM", NULL},
    {'M', 2, "MM", NULL},
    {'M', 3, "Mon",
     "(ARRAY['janv.', 'févr.', 'mars', 'avr.', 'mai', 'juin', 'juil.', 'août', 'sept.', 'oct.', "
     "'nov.', 'déc.'])" MONTHS},
    {'M', 4, "FMMonth",
     "(ARRAY['janvier', 'février', 'mars', 'avril', 'mai', 'juin', 'juillet', 'août', "
     "'septembre', 'octobre', 'novembre', 'décembre'])" MONTHS},
    {'d', 1, "FMDD", NULL},
    {'d', 2, "DD", NULL},
    {'H', 1, "FMHH24", NULL},
    {'H', 2, "HH24", NULL},
    {'m', 1, "FMMI", NULL},
    {'m', 2, "MI", NULL},
    {'s', 1, "FMSS", NULL},
    {'s', 2, "SS", NULL},
};

/* A pattern on its way to SQL: what to_char makes at once is gathered in `template`. */
struct format {
    struct bf_clause *c;
    struct bf_node *date;
    bool english;
    char template[BF_MOST_PATTERN * 8];
    size_t n;
    struct bf_node *done; /* the parts before */
};

static void add(struct format *f, const char *text)
{
    size_t n = strlen(text);
    memcpy(f->template + f->n, text, n);
    f->n += n;
}

/* One byte that stands for itself: in quotes to to_char. */
static void add_literal(struct format *f, char byte)
{
    bool open = f->n > 1 && f->template[f->n - 1] == '"' && f->template[f->n - 2] != '\\';
    if (open)
        f->n--; /* on in the quotes of the byte before */
    else
        add(f, "\"");
    if (byte == '"' || byte == '\\')
        add(f, "\\");
    f->template[f->n++] = byte;
    add(f, "\"");
}

static bool join(struct format *f, struct bf_node *part)
{
    if (part && f->done)
        part = bf_expr_new(f->c, BF_TEXT, "(%1 || %2)", f->done, part, NULL);
    if (part)
        f->done = part;
    return part != NULL;
}

/* Ends the part that to_char makes. */
static bool flush(struct format *f)
{
    if (f->n == 0)
        return true;
    struct bf_str text = bf_arena_dup(f->c->arena, (struct bf_str){f->template, f->n});
    if (!text.p)
        return bf_clause_memory(f->c);
    f->n = 0;
    struct bf_node *value = bf_node_value(f->c, (struct bf_value){.type = BF_TEXT, .text = text});
    return value && join(f, bf_expr_new(f->c, BF_TEXT, "to_char(%w, %2)", f->date, value, NULL));
}

static bool add_token(struct format *f, const struct bf_node *pattern, char letter, size_t length)
{
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        const struct token *t = &tokens[i];
        if (t->letter != letter || t->length != length)
            continue;
        if (t->french && !f->english)
            return flush(f) && join(f, bf_expr_new(f->c, BF_TEXT, t->french, f->date, NULL, NULL));
        add(f, t->template);
        return true;
    }
    return BF_MALFORMED(
        f->c, pattern->at,
        "date_format() knows no %zu times %c: yy yyyy xx xxxx w ww e E EEEE D DDD M "
        "MM MMM MMMM d dd H HH m mm s ss, and text in single quotes",
        length, letter);
}

/* Text in quotes, *i at the first of them. */
static bool add_quoted(struct format *f, const struct bf_node *pattern, struct bf_str s, size_t *i)
{
    if (*i + 1 < s.n && s.p[*i + 1] == '\'') {
        add_literal(f, '\'');
        *i += 2;
        return true;
    }
    for (++*i; *i < s.n; ++*i) {
        if (s.p[*i] != '\'') {
            add_literal(f, s.p[*i]);
        } else if (*i + 1 < s.n && s.p[*i + 1] == '\'') {
            add_literal(f, '\'');
            ++*i;
        } else {
            ++*i;
            return true;
        }
    }
    return BF_MALFORMED(f->c, pattern->at, "A quote of the pattern is not closed");
}

static bool is_letter(char c)
{
    return ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool read_pattern(struct format *f, const struct bf_node *pattern)
{
    struct bf_str s = pattern->text;
    for (size_t i = 0; i < s.n;) {
        size_t run = 1;
        while (i + run < s.n && s.p[i + run] == s.p[i])
            run++;
        if (s.p[i] == '\'') {
            if (!add_quoted(f, pattern, s, &i))
                return false;
            continue;
        }
        if (!is_letter(s.p[i])) {
            add_literal(f, s.p[i++]);
            continue;
        }
        if (!add_token(f, pattern, s.p[i], run))
            return false;
        i += run;
    }
    return flush(f);
}

bool bf_call_date_format(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    if (call->count != 2 || call->right->kind != BF_NODE_STRING)
        return bf_call_usage(c, call);
    const struct bf_node *pattern = call->right;
    if (pattern->text.n == 0)
        return BF_MALFORMED(c, pattern->at, "The pattern of date_format() is empty");
    if (pattern->text.n > BF_MOST_PATTERN)
        return bf_clause_beyond(c, pattern->at, BF_BOUND_PATTERN, (int64_t)pattern->text.n, NULL);
    if (!bf_call_argument(q, c, call, call->left, BF_ARG_DATE))
        return false;
    struct format f = {.c = c, .date = call->left, .english = q->english};
    if (!read_pattern(&f, pattern))
        return false;
    call->left->next = NULL;
    call->left = call->right = f.done;
    return bf_expr_apply(call, BF_TEXT, "(%1 COLLATE \"C\")");
}
