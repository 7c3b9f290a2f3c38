#include "lua/words.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63, SLOTS = 4096 };

struct word {
    char name[NAME_MAX_BYTES + 1];
    bool assigned;
};

struct bf_words {
    struct word words[BF_WORDS];
    size_t n;
    uint16_t slots[SLOTS]; /* index + 1, by hash */
    bool full;
};

enum token { T_END, T_NAME, T_TEXT, T_OTHER };

struct scan {
    const char *p, *end;
    struct bf_str text; /* of the token; a quoted text without its quotes */
};

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool in_name(char c)
{
    return begins_name(c) || (c >= '0' && c <= '9');
}

static bool is_name(struct bf_str s)
{
    bool ok = s.n > 0 && s.n <= NAME_MAX_BYTES && begins_name(s.p[0]);
    for (size_t i = 1; ok && i < s.n; i++)
        ok = in_name(s.p[i]);
    return ok;
}

/* ---- the tokens of Lua, as far as they matter ---------------------------------------------- */

/* At "[", "[=", …: the level of a long bracket; -1: it is none. */
static int bracket_level(const char *p, const char *end)
{
    int level = 0;
    for (p++; p < end && *p == '='; p++)
        level++;
    return p < end && *p == '[' ? level : -1;
}

static struct bf_str skip_bracket(struct scan *s, int level)
{
    const char *start = s->p + level + 2;
    for (const char *p = start; p < s->end; p++) {
        if (*p != ']')
            continue;
        const char *q = p + 1;
        while (q < s->end && *q == '=')
            q++;
        if (q < s->end && *q == ']' && q - p - 1 == level) {
            s->p = q + 1;
            return (struct bf_str){start, (size_t)(p - start)};
        }
    }
    s->p = s->end;
    return (struct bf_str){start, 0};
}

static void skip_comment(struct scan *s)
{
    s->p += 2;
    int level = s->p < s->end && *s->p == '[' ? bracket_level(s->p, s->end) : -1;
    if (level >= 0)
        skip_bracket(s, level);
    while (level < 0 && s->p < s->end && *s->p != '\n')
        s->p++;
}

static void skip_blanks(struct scan *s)
{
    while (s->p < s->end) {
        if (*s->p == '-' && s->end - s->p > 1 && s->p[1] == '-')
            skip_comment(s);
        else if ((unsigned char)*s->p <= ' ')
            s->p++;
        else
            return;
    }
}

static struct bf_str quoted(struct scan *s)
{
    char quote = *s->p++;
    const char *start = s->p;
    while (s->p < s->end && *s->p != quote && *s->p != '\n')
        s->p += *s->p == '\\' && s->end - s->p > 1 ? 2 : 1;
    struct bf_str text = {start, (size_t)(s->p - start)};
    if (s->p < s->end)
        s->p++;
    return text;
}

static enum token next(struct scan *s)
{
    skip_blanks(s);
    if (s->p >= s->end)
        return T_END;
    const char *start = s->p;
    if (*s->p == '"' || *s->p == '\'') {
        s->text = quoted(s);
        return T_TEXT;
    }
    int level = *s->p == '[' ? bracket_level(s->p, s->end) : -1;
    if (level >= 0) {
        s->text = skip_bracket(s, level);
        return T_TEXT;
    }
    bool name = begins_name(*s->p);
    if (in_name(*s->p))
        while (s->p < s->end && in_name(*s->p))
            s->p++;
    else
        s->p += *s->p == '=' && s->end - s->p > 1 && s->p[1] == '=' ? 2 : 1;
    s->text = (struct bf_str){start, (size_t)(s->p - start)};
    return name ? T_NAME : T_OTHER;
}

/* ---- the names ----------------------------------------------------------------------------- */

static struct word *find(struct bf_words *w, struct bf_str name, uint16_t **slot)
{
    size_t at = bf_str_hash(name) % SLOTS;
    for (; w->slots[at]; at = (at + 1) % SLOTS) {
        struct word *word = &w->words[w->slots[at] - 1];
        if (bf_str_eq(bf_str_of(word->name), name))
            return word;
    }
    *slot = &w->slots[at];
    return NULL;
}

static struct word *add(struct bf_words *w, struct bf_str name)
{
    uint16_t *slot;
    if (!is_name(name))
        return NULL;
    struct word *word = find(w, name, &slot);
    if (word)
        return word;
    w->full |= w->n == BF_WORDS;
    if (w->full)
        return NULL;
    word = &w->words[w->n++];
    memcpy(word->name, name.p, name.n);
    *slot = (uint16_t)w->n;
    return word;
}

/* What stands around a name decides whether it is assigned to. */
struct place {
    bool list;     /* in the names behind `local` */
    bool declares; /* the next name of the list is a new variable */
    bool less;     /* behind the '<' of an attribute */
    bool member;   /* behind '.' or ':' */
    bool function; /* behind `function`, and that not behind `local` */
    bool local;    /* the token before was `local` */
};

static void note(struct word *word, const struct place *p, const struct scan *after)
{
    struct scan s = *after;
    enum token t = next(&s);
    bool sets = t == T_OTHER && (bf_str_eq(s.text, BF_STR("=")) || bf_str_eq(s.text, BF_STR(",")));
    if (!p->member && ((sets && !p->declares) || p->function))
        word->assigned = true;
}

static bool is(enum token t, struct bf_str text, const char *mark)
{
    return t == T_OTHER && bf_str_eq(text, bf_str_of(mark));
}

/* `local a <const>, b =`: what is no part of such a list ends it. */
static void advance_list(struct place *p, enum token t, struct bf_str text)
{
    bool comma = is(t, text, ",");
    bool less = is(t, text, "<");
    bool word = t == T_NAME && (p->declares || p->less);
    p->list = p->list && (comma || less || word || is(t, text, ">"));
    p->declares = p->list && comma;
    p->less = p->list && less;
}

static void advance(struct place *p, enum token t, struct bf_str text)
{
    bool local = t == T_NAME && bf_str_eq(text, BF_STR("local"));
    bool function = t == T_NAME && bf_str_eq(text, BF_STR("function"));
    advance_list(p, t, text);
    if (local)
        p->list = p->declares = true;
    p->member = is(t, text, ".") || is(t, text, ":");
    p->function = function && !p->local;
    p->local = local;
}

struct bf_words *bf_words_new(struct bf_str source)
{
    struct bf_words *w = calloc(1, sizeof *w);
    struct scan s = {source.p, source.p + source.n, {NULL, 0}};
    struct place place = {0};
    enum token t;
    while (w && (t = next(&s)) != T_END) {
        struct word *word = t == T_OTHER ? NULL : add(w, s.text);
        if (word && t == T_NAME)
            note(word, &place, &s);
        advance(&place, t, s.text);
    }
    if (w && w->full) {
        bf_words_free(w);
        return NULL;
    }
    return w;
}

void bf_words_free(struct bf_words *w)
{
    free(w);
}

const char *bf_words_get(const struct bf_words *w, size_t index)
{
    return index < w->n ? w->words[index].name : NULL;
}

bool bf_words_assigned(const struct bf_words *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->words[i].name, name) == 0)
            return w->words[i].assigned;
    return true; /* a name that was not seen is not trusted */
}
