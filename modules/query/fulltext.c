#include "query/fulltext.h"

#include "query/check.h"
#include "query/expr.h"
#include "query/function.h"
#include "query/spelling.h"

#include <string.h>

enum { LAST_POINT = 0x10FFFF };

/* Letters: of a word that need not be cut, of a word with endings (sql/0021_sought.sql). */
enum { WORD_MAX = 100, ENDING_MIN = 3, ENDING_MAX = 32 };

/* ---- words */

/* Signs of Unicode that are certainly no part of a word. */
static bool is_sign(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } signs[] = {
        {0x80, 0xA9},       {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},
        {0xBB, 0xBB},       {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},
        {0x2000, 0x206F},   {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x2BFF},
        {0x3000, 0x3004},   {0x3008, 0x3020}, {0xFE00, 0xFE0F}, {0x1F000, 0x1F0FF},
        {0x1F300, 0x1FAFF},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (c >= signs[i].from && c <= signs[i].to)
            return true;
    return false;
}

static bool is_ascii_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One code point of well-formed UTF-8 from the front of *s. */
static uint32_t next(struct bf_str *s)
{
    unsigned char lead = (unsigned char)s->p[0];
    size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t c = n == 1 ? lead : lead & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((unsigned char)s->p[i] & 0x3F);
    *s = (struct bf_str){s->p + n, s->n - n};
    return c;
}

/* The code point as UTF-8; how many bytes that took. */
static size_t put_point(char *to, uint32_t c)
{
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    to[0] = (char)(lead[more] | (c >> (6 * more)));
    for (size_t i = 1; i <= more; i++)
        to[i] = (char)(0x80 | ((c >> (6 * (more - i))) & 0x3F));
    return more + 1;
}

size_t bf_fulltext_words(struct bf_str s)
{
    size_t words = 0;
    bool inside = false;
    while (s.n) {
        uint32_t c = next(&s);
        bool word = c < 0x80 ? is_ascii_word((unsigned char)c) : !is_sign(c);
        words += word && !inside;
        inside = word;
    }
    return words;
}

bool bf_fulltext_wordless(struct bf_str text)
{
    return bf_fulltext_words(text) == 0;
}

/* ---- checks */

static bool within_limits(const struct bf_query *q, struct bf_clause *c, enum bf_fulltext how,
                          struct bf_str text, int64_t at)
{
    if (text.n > BF_MOST_SOUGHT)
        return bf_clause_beyond(c, at, BF_BOUND_SOUGHT, (int64_t)text.n, NULL);
    size_t words = how == BF_FULLTEXT_START ? 0 : bf_fulltext_words(text);
    if (words > BF_MOST_WORDS)
        return bf_clause_beyond(c, at, BF_BOUND_WORDS, (int64_t)words, NULL);
    if (q->nfulltexts == BF_MOST_FULLTEXTS)
        return bf_clause_beyond(c, at, BF_BOUND_FULLTEXTS, -1, NULL);
    return true;
}

/* The text that is looked for becomes the right side of n. */
static bool sought(struct bf_query *q, struct bf_clause *c, struct bf_node *n, enum bf_fulltext how,
                   struct bf_str text, int64_t at)
{
    if (!within_limits(q, c, how, text, at))
        return false;
    struct bf_node *value = bf_node_value(c, (struct bf_value){.type = BF_TEXT, .text = text});
    n->kind = BF_NODE_FULLTEXT;
    n->op = (uint8_t)how;
    n->right = value;
    n->count = q->nfulltexts++;
    return value != NULL;
}

/* A NAME becomes the COLUMN of a text. */
static bool text_field(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (n->kind != BF_NODE_NAME)
        return bf_check_unsupported(c, n);
    const struct bf_column *column = bf_check_filter(q, c, n->text, n->at);
    if (!column)
        return false;
    if (column->type != BF_TEXT && column->type != BF_JSON)
        return BF_MALFORMED(c, n->at, "Field %.*s is of type %s, a text is needed",
                            BF_STR_ARG(column->name), bf_type_info(column->type)->name);
    n->kind = BF_NODE_COLUMN;
    n->column = column;
    return true;
}

static bool wrong_arguments(struct bf_clause *c, const struct bf_node *call)
{
    return BF_MALFORMED(c, call->at, "%s() is written %s", call->function->name,
                        call->function->usage);
}

/* Cuts the last argument off: the text. NULL: there is none. */
static struct bf_node *take_text(struct bf_node *call)
{
    struct bf_node **last = &call->left;
    if (!*last)
        return NULL;
    while ((*last)->next)
        last = &(*last)->next;
    struct bf_node *text = *last;
    *last = NULL;
    return text->kind == BF_NODE_STRING ? text : NULL;
}

static bool call_of(struct bf_query *q, struct bf_clause *c, struct bf_node *call,
                    enum bf_fulltext how)
{
    struct bf_node *text = take_text(call);
    if (!text)
        return wrong_arguments(c, call);
    if (call->left && call->left->kind == BF_NODE_STAR) {
        if (call->left->next)
            return wrong_arguments(c, call);
        call->left = NULL;
    }
    for (struct bf_node *field = call->left; field; field = field->next) {
        if (field->kind != BF_NODE_NAME)
            return wrong_arguments(c, call);
        if (!text_field(q, c, field))
            return false;
    }
    return sought(q, c, call, how, text->text, text->at);
}

bool bf_fulltext_search(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    return call_of(q, c, call, BF_FULLTEXT_SEARCH) && bf_spelling_check(q, c, call);
}

bool bf_fulltext_suggest(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    return call_of(q, c, call, BF_FULLTEXT_SUGGEST) && bf_spelling_check(q, c, call);
}

/* The fields of conditions that look at each field by itself, when none is named. */
static bool all_fields(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    struct bf_node **end = &n->left;
    if (*end)
        return true;
    for (size_t i = 0; i < q->schema->n; i++) {
        if (!(q->schema->columns[i].flags & BF_COLUMN_SEARCHED))
            continue;
        *end = bf_node_column(c, &q->schema->columns[i]);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    return true;
}

bool bf_fulltext_start(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    return call_of(q, c, call, BF_FULLTEXT_START) && all_fields(q, c, call) &&
           bf_spelling_check(q, c, call);
}

bool bf_fulltext_phrase(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    return call_of(q, c, call, BF_FULLTEXT_PHRASE) && all_fields(q, c, call) &&
           bf_spelling_check(q, c, call);
}

static bool of_catalogue(const struct bf_query *q, struct bf_clause *c, const struct bf_node *call)
{
    if (call->count != 1)
        return wrong_arguments(c, call);
    if (q->schema->record_id.n)
        return BF_MALFORMED(c, call->at,
                            "%s() is for the catalogue, records are found by search(\"words\")",
                            call->function->name);
    return true;
}

bool bf_fulltext_similar(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    return of_catalogue(q, c, call) && call_of(q, c, call, BF_FULLTEXT_SEARCH);
}

/* How much of it a dataset holds, and where: one word is enough to be above zero. */
bool bf_fulltext_similarity(struct bf_query *q, struct bf_clause *c, struct bf_node *call)
{
    struct bf_node *text = call->left;
    struct bf_text sql;
    if (!of_catalogue(q, c, call))
        return false;
    if (text->kind != BF_NODE_STRING)
        return wrong_arguments(c, call);
    if (!within_limits(q, c, BF_FULLTEXT_SEARCH, text->text, text->at))
        return false;
    q->nfulltexts++;
    bf_text_init(&sql, c->arena, 128);
    bf_text_put(&sql, "ts_rank(");
    bf_text_str(&sql, q->schema->words);
    bf_text_put(&sql, ", (SELECT replace(catalog.finds(%1, 'search', '')::text, '&', '|')"
                      "::tsquery))::float8");
    bf_text_str(&sql, (struct bf_str){"", 1});
    if (bf_text_failed(&sql))
        return bf_clause_memory(c);
    text->kind = BF_NODE_VALUE;
    text->value = (struct bf_value){.type = BF_TEXT, .text = text->text};
    return bf_expr_apply(call, BF_DOUBLE, sql.p);
}

/* What stands before like: a field, or any other value that is a text. */
static bool text_value(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    if (n->kind == BF_NODE_NAME)
        return text_field(q, c, n);
    if (!bf_expr_check(q, c, n))
        return false;
    struct bf_subject subject = bf_subject_node(c, n);
    if (subject.type == BF_TEXT || subject.type == BF_JSON)
        return true;
    return BF_MALFORMED(c, n->at, "%s%.*s is of type %s, a text is needed", BF_SUBJECT_ARG(subject),
                        bf_type_info(subject.type)->name);
}

bool bf_fulltext_like(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    const struct bf_node *text = n->right;
    n->negated = n->op != 0;
    if (!text_value(q, c, n->left))
        return false;
    if (text->kind != BF_NODE_STRING)
        return BF_MALFORMED(c, text->at, "like is followed by a text in quotes, not by %.*s",
                            BF_STR_ARG(bf_node_source(c, text)));
    return sought(q, c, n, BF_FULLTEXT_LIKE, text->text, text->at) && bf_spelling_check(q, c, n);
}

bool bf_fulltext_alone(struct bf_query *q, struct bf_clause *c, struct bf_node *n)
{
    return sought(q, c, n, BF_FULLTEXT_ALONE, n->text, n->at) && bf_spelling_check(q, c, n);
}

struct bf_str bf_fulltext_name(enum bf_fulltext how)
{
    static const struct bf_str names[] = {
        [BF_FULLTEXT_LIKE] = BF_STR_INIT("words"),
        [BF_FULLTEXT_ALONE] = BF_STR_INIT("text"),
        [BF_FULLTEXT_SEARCH] = BF_STR_INIT("search"),
        [BF_FULLTEXT_SUGGEST] = BF_STR_INIT("suggest"),
        [BF_FULLTEXT_START] = BF_STR_INIT("start"),
        [BF_FULLTEXT_PHRASE] = BF_STR_INIT("phrase"),
    };
    return names[how];
}

/* ---- SQL */

static bool all_searched(const struct bf_node *fields)
{
    for (const struct bf_node *f = fields; f; f = f->next)
        if (f->kind != BF_NODE_COLUMN || !(f->column->flags & BF_COLUMN_SEARCHED))
            return false;
    return true;
}

/* startswith on one field that has an index of its own: the texts that begin so lie side by side in
 * it. */
static bool is_range(const struct bf_node *n)
{
    const struct bf_node *field = n->left;
    return n->op == BF_FULLTEXT_START && field && !field->next && field->kind == BF_NODE_COLUMN &&
           field->column->flags & (BF_COLUMN_FACET | BF_COLUMN_SORTABLE) &&
           !(field->column->flags & BF_COLUMN_MULTIVALUED);
}

bool bf_fulltext_indexed(const struct bf_schema *schema, const struct bf_node *n)
{
    return schema->words.n && !n->negated && all_searched(n->left) && !is_range(n) &&
           !bf_fulltext_wordless(n->right->value.text);
}

bool bf_fulltext_ranks(const struct bf_node *n)
{
    return n->op != BF_FULLTEXT_START && n->op != BF_FULLTEXT_PHRASE;
}

/* One word of records that is the only term of its text and has no other form, as catalog.is_word
 * has it. */
static bool is_word(const struct bf_schema *schema, const struct bf_node *n)
{
    struct bf_str s = n->right->value.text;
    size_t letters = 0;
    while (letters < s.n && s.p[letters] >= 'a' && s.p[letters] <= 'z')
        letters++;
    return schema->record_id.n && n->op != BF_FULLTEXT_PHRASE && letters == s.n && letters &&
           letters <= WORD_MAX;
}

/* Only such words have endings in catalog.word. */
static bool has_endings(const struct bf_schema *schema, const struct bf_node *n)
{
    struct bf_str word = n->right->value.text;
    return schema->french && (n->op == BF_FULLTEXT_ALONE || n->op == BF_FULLTEXT_SEARCH) &&
           word.n >= ENDING_MIN && word.n <= ENDING_MAX;
}

/* What catalog.finds makes of one plain word, in line with the statement: a function that begins
 * statements of its own took longer than to look the word up. */
static void put_word(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    bf_text_put(out->text, "(");
    size_t word = out->text->n;
    out->bind(out->self, n->right->value);
    size_t end = out->text->n;
    if (n->op != BF_FULLTEXT_LIKE && n->op != BF_FULLTEXT_ALONE)
        bf_text_put(out->text, " || ':*'");
    if (has_endings(out->schema, n)) {
        bf_text_put(out->text, " || array_to_string(ARRAY(SELECT '|' || catalog.quoted(w.word)"
                               " FROM catalog.word AS w WHERE w.dataset = ");
        bf_text_number(out->text, (size_t)*out->schema->number);
        bf_text_put(out->text, " AND catalog.stem(w.word) = catalog.stem(");
        bf_text_again(out->text, word, end);
        bf_text_put(out->text, ") AND w.word <> ");
        bf_text_again(out->text, word, end);
        bf_text_put(out->text, "), '')");
    }
    bf_text_put(out->text, ")::tsquery");
}

void bf_fulltext_finds(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    if (is_word(out->schema, n)) {
        put_word(out, n);
        return;
    }
    struct bf_str id = out->schema->record_id.n ? out->schema->id : BF_STR("");
    bf_text_put(out->text, "catalog.finds(");
    out->bind(out->self, n->right->value);
    bf_text_put(out->text, ", ");
    out->bind(out->self, (struct bf_value){.type = BF_TEXT,
                                           .text = bf_fulltext_name((enum bf_fulltext)n->op)});
    bf_text_put(out->text, ", ");
    out->bind(out->self, (struct bf_value){.type = BF_TEXT, .text = id});
    bf_text_put(out->text, ")");
}

void bf_fulltext_exactly(struct bf_text *text, const struct bf_schema *schema,
                         const struct bf_node *n, size_t sought)
{
    bool word = is_word(schema, n);
    bf_text_str(text, word ? BF_STR(" @@ $") : BF_STR(" @@ (SELECT catalog.finds_exactly($"));
    bf_text_number(text, sought);
    bf_text_str(text, word ? BF_STR("::text::tsquery") : BF_STR("))"));
}

/* ` @@ ` what the node looks for. The subquery is evaluated once, whatever the plan. */
static void put_match(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    bf_text_put(out->text, " @@ (SELECT ");
    out->find(out->self, n);
    bf_text_put(out->text, ")");
}

/* The words of one field are null where it is; those of several are taken together. */
static void put_words(const struct bf_fulltext_out *out, const struct bf_node *fields)
{
    bf_text_put(out->text, "catalog.words(");
    if (!fields->next) {
        out->put(out->self, fields);
    } else {
        bf_text_put(out->text, "concat_ws(' '");
        for (const struct bf_node *f = fields; f; f = f->next) {
            bf_text_put(out->text, ", ");
            out->put(out->self, f);
        }
        bf_text_put(out->text, ")");
    }
    bf_text_put(out->text, ")");
}

struct bf_str bf_fulltext_after(struct bf_arena *a, struct bf_str s)
{
    char *copy = bf_arena_alloc(a, s.n + 4);
    size_t kept = 0;
    uint32_t last = 0;
    for (struct bf_str rest = s; copy && rest.n;) {
        size_t at = s.n - rest.n;
        uint32_t c = next(&rest);
        if (c != LAST_POINT) {
            kept = at;
            last = c;
        }
    }
    if (!copy || !last)
        return BF_STR("");
    memcpy(copy, s.p, kept);
    return (struct bf_str){copy, kept + put_point(copy + kept, last == 0xD7FF ? 0xE000 : last + 1)};
}

static bool put_range(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    const struct bf_node *field = n->left;
    struct bf_str end = bf_fulltext_after(out->text->arena, n->right->value.text);
    if (!end.n)
        return false;
    bf_text_put(out->text, "(");
    out->put(out->self, field);
    bf_text_put(out->text, " COLLATE \"C\" >= ");
    out->bind(out->self, n->right->value);
    bf_text_put(out->text, " AND ");
    out->put(out->self, field);
    bf_text_put(out->text, " COLLATE \"C\" < ");
    out->bind(out->self, (struct bf_value){.type = BF_TEXT, .text = end});
    bf_text_put(out->text, ")");
    return true;
}

/* At least one of the fields has a value; without a field, always. */
static void put_any_value(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    if (n->negated) {
        bf_text_put(out->text, "false");
        return;
    }
    bf_text_str(out->text, n->left ? BF_STR("(") : BF_STR("true"));
    for (const struct bf_node *f = n->left; f; f = f->next) {
        out->put(out->self, f);
        bf_text_str(out->text, f->next ? BF_STR(" IS NOT NULL OR ") : BF_STR(" IS NOT NULL)"));
    }
}

/* What must hold for a field by itself. */
static void put_field(const struct bf_fulltext_out *out, const struct bf_node *n,
                      const struct bf_node *field)
{
    struct bf_node one = *field;
    one.next = NULL;
    if (n->op == BF_FULLTEXT_PHRASE) {
        put_words(out, &one);
        put_match(out, n);
        return;
    }
    bool several = field->kind == BF_NODE_COLUMN && field->column->flags & BF_COLUMN_MULTIVALUED;
    if (several) {
        bf_text_put(out->text, "EXISTS (SELECT FROM unnest(");
        bf_text_str(out->text, field->column->list);
        bf_text_put(out->text, ") AS e(v) WHERE starts_with(e.v, ");
    } else {
        bf_text_put(out->text, "starts_with(");
        out->put(out->self, &one);
        bf_text_put(out->text, ", ");
    }
    out->bind(out->self, n->right->value);
    bf_text_str(out->text, several ? BF_STR("))") : BF_STR(")"));
}

static void put_each_field(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    bf_text_put(out->text, "(");
    for (const struct bf_node *f = n->left; f; f = f->next) {
        put_field(out, n, f);
        bf_text_str(out->text, f->next ? BF_STR(" OR ") : BF_STR(")"));
    }
}

static bool field_by_field(const struct bf_node *n)
{
    return n->op == BF_FULLTEXT_START || n->op == BF_FULLTEXT_PHRASE;
}

/* What follows the candidates that the index gave. */
static void put_exact(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    if (field_by_field(n)) {
        put_each_field(out, n);
        return;
    }
    bf_text_str(out->text, n->negated ? BF_STR("NOT ") : BF_STR(""));
    put_words(out, n->left);
    put_match(out, n);
}

void bf_fulltext_sql(const struct bf_fulltext_out *out, const struct bf_node *n)
{
    bool wordless = n->op != BF_FULLTEXT_START && bf_fulltext_wordless(n->right->value.text);
    bool indexed = bf_fulltext_indexed(out->schema, n);
    bool nothing = !n->left && (out->schema->words.n == 0 || field_by_field(n));
    if (wordless) {
        put_any_value(out, n);
        return;
    }
    if (nothing) { /* no field is a text */
        bf_text_put(out->text, "false");
        return;
    }
    if (is_range(n) && put_range(out, n))
        return;
    bf_text_put(out->text, "(");
    if (indexed) {
        bf_text_str(out->text, out->schema->words);
        put_match(out, n);
    }
    if (indexed && n->left)
        bf_text_put(out->text, " AND ");
    if (n->left)
        put_exact(out, n);
    bf_text_put(out->text, ")");
}
