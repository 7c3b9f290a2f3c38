#include "catalog/draft.h"

static bool in_key(const struct bf_guess *g, size_t field)
{
    for (size_t i = 0; i < g->nkey; i++)
        if (g->key[i] == field)
            return true;
    return false;
}

static void print_text2(struct bf_buf *out, struct bf_str text)
{
    bf_buf_text(out, "{\"fr\": ");
    bf_buf_json(out, text);
    bf_buf_text(out, ", \"en\": ");
    bf_buf_json(out, text);
    bf_buf_char(out, '}');
}

/* velos-libres -> Velos libres */
static void print_title(struct bf_buf *out, struct bf_str id)
{
    char title[64];
    size_t n = id.n < sizeof title ? id.n : sizeof title;
    for (size_t i = 0; i < n; i++)
        title[i] = id.p[i] == '-' || id.p[i] == '_' ? ' ' : id.p[i];
    if (n && title[0] >= 'a' && title[0] <= 'z')
        title[0] = (char)(title[0] - 'a' + 'A');
    print_text2(out, (struct bf_str){title, n});
}

static void print_description(struct bf_buf *out, struct bf_arena *a, struct bf_str source)
{
    bf_buf_text(out, ",\n  \"description\": {\n    \"fr\": ");
    bf_buf_json(out, bf_arena_printf(a,
                                     "À écrire : ce que sont ces données, d'où elles viennent, ce "
                                     "qu'elles ne disent pas. Champs devinés d'après %.*s.",
                                     BF_STR_ARG(source)));
    bf_buf_text(out, ",\n    \"en\": ");
    bf_buf_json(out, bf_arena_printf(a,
                                     "To be written: what these data are, where they come from, "
                                     "what they do not say. Fields guessed from %.*s.",
                                     BF_STR_ARG(source)));
    bf_buf_text(out, "\n  },\n");
}

static void print_head(struct bf_buf *out, struct bf_arena *a, struct bf_str id,
                       struct bf_str source)
{
    bf_buf_text(out, "{\n  \"id\": ");
    bf_buf_json(out, id);
    bf_buf_text(out, ",\n  \"title\": ");
    print_title(out, id);
    print_description(out, a, source);
    bf_buf_text(out, "  \"publisher\": \"Métropole Européenne de Lille\",\n"
                     "  \"licence\": {\n"
                     "    \"name\": \"Licence Ouverte v2.0 (Etalab)\",\n"
                     "    \"url\": \"https://www.etalab.gouv.fr/licence-ouverte-open-licence\"\n"
                     "  },\n  \"language\": \"fr\",\n");
}

static void print_key(struct bf_buf *out, const struct bf_guess *g)
{
    bf_buf_text(out, "  \"key\": [");
    for (size_t i = 0; i < g->nkey; i++) {
        bf_buf_text(out, i ? ", " : "");
        bf_buf_json(out, g->fields[g->key[i]].name);
    }
    bf_buf_text(out, "],\n");
    if (g->geometry < 0)
        return;
    bf_buf_text(out, "  \"geometry\": ");
    bf_buf_json(out, g->fields[g->geometry].name);
    bf_buf_text(out, ",\n");
}

static void print_field(struct bf_buf *out, const struct bf_guess *g, size_t i)
{
    const struct bf_guess_field *f = &g->fields[i];
    bf_buf_text(out, i ? ",\n    {\"name\": " : "    {\"name\": ");
    bf_buf_json(out, f->name);
    bf_buf_printf(out, ", \"type\": \"%s\"", bf_type_info(f->type)->name);
    if (f->facet && !(g->nkey == 1 && in_key(g, i)))
        bf_buf_text(out, ", \"facet\": true");
    if (f->local)
        bf_buf_text(out, ", \"z_is_local\": \"Europe/Paris\"");
    if (f->sql.n) {
        bf_buf_text(out, ", \"sql\": ");
        bf_buf_json(out, f->sql);
    }
    if (f->label.n) {
        bf_buf_text(out, ", \"label\": ");
        print_text2(out, f->label);
    }
    bf_buf_char(out, '}');
}

/* What the source calls them, where that is no name of a field. */
static void print_push(struct bf_buf *out, const struct bf_guess *g)
{
    const char *between = ",\n  \"push\": {\n    \"names\": {\n      ";
    bool any = false;
    for (size_t i = 0; i < g->nfields; i++) {
        const struct bf_guess_field *f = &g->fields[i];
        if (f->sql.n || bf_str_eq(f->header, f->name))
            continue;
        bf_buf_text(out, any ? ",\n      " : between);
        bf_buf_json(out, f->header);
        bf_buf_text(out, ": ");
        bf_buf_json(out, f->name);
        any = true;
    }
    bf_buf_text(out, any ? "\n    }\n  }" : "");
}

void bf_draft_print(struct bf_buf *out, const struct bf_guess *g, struct bf_str id,
                    struct bf_str source)
{
    print_head(out, g->arena, id, source);
    print_key(out, g);
    bf_buf_text(out, "  \"fields\": [\n");
    for (size_t i = 0; i < g->nfields; i++)
        print_field(out, g, i);
    bf_buf_text(out, "\n  ]");
    print_push(out, g);
    bf_buf_text(out, "\n}\n");
}
