#include "catalog/guess.h"

#include "catalog/guess_key.h"
#include "catalog/guess_name.h"
enum {
    SCRATCH = 256 << 20,
    FACET_LEAST = 2,
    FACET_MOST = 200,
    FACET_SHARE = 4 /* a value of a facet stands in so many rows on average */
};

struct bf_guess *bf_guess_new(struct bf_arena *a)
{
    struct bf_guess *g = bf_arena_zalloc(a, 1, sizeof *g);
    struct bf_arena *scratch = g ? bf_arena_new(SCRATCH) : NULL;
    if (!scratch || !bf_defer(a, (void (*)(void *))bf_arena_free, scratch))
        return NULL;
    g->arena = a;
    g->scratch = scratch;
    g->geometry = -1;
    bf_map_init(&g->by_header, a);
    return g;
}

static void count_fits(struct bf_guess *g, struct bf_guess_column *c, enum bf_guess_kind kind,
                       struct bf_str s)
{
    bool fits[BF_GUESS_FITS] = {false};
    switch (kind) {
    case BF_GUESS_NUMBER:
        bf_guess_fit_number(s, fits);
        break;
    case BF_GUESS_BOOL:
        fits[BF_FIT_BOOL] = true;
        break;
    case BF_GUESS_NESTED:
        bf_guess_fit_nested(g->scratch, s, fits);
        break;
    case BF_GUESS_CELL:
        bf_guess_fit_cell(g->scratch, s, fits);
        break;
    case BF_GUESS_TEXT:
        bf_guess_fit_text(g->scratch, s, fits);
        break;
    }
    for (int i = 0; i < BF_GUESS_FITS; i++)
        c->fits[i] += fits[i];
    c->cells += kind == BF_GUESS_CELL;
    c->texts += kind == BF_GUESS_TEXT;
    bf_arena_reset(g->scratch);
}

/* ---- one row ------------------------------------------------------------------------------- */

static struct bf_guess_column *column_of(struct bf_guess *g, struct bf_str header)
{
    size_t at = (size_t)(uintptr_t)bf_map_get(&g->by_header, header);
    if (at)
        return &g->columns[at - 1];
    if (g->ncolumns == BF_GUESS_COLUMNS) {
        g->too_many_columns = true;
        return NULL;
    }
    if (g->ncolumns == g->room) {
        struct bf_guess_column *more =
            bf_arena_grow(g->arena, g->columns, &g->room, g->ncolumns + 1, sizeof *more);
        if (!more)
            return NULL;
        g->columns = more;
    }
    header = bf_arena_dup(g->arena, header);
    g->columns[g->ncolumns] = (struct bf_guess_column){.header = header};
    bf_map_put(&g->by_header, header, (void *)(uintptr_t)(g->ncolumns + 1));
    return &g->columns[g->ncolumns++];
}

/* Rows in which the column did not stand count as empty. */
static bool reach_row(struct bf_guess *g, struct bf_guess_column *c, size_t rows)
{
    if (c->room < rows) {
        uint64_t *more = bf_arena_grow(g->arena, c->hashes, &c->room, rows, sizeof *more);
        if (!more)
            return false;
        c->hashes = more;
    }
    while (c->nhashes < rows)
        c->hashes[c->nhashes++] = 0;
    return true;
}

void bf_guess_header(struct bf_guess *g, struct bf_str header)
{
    column_of(g, header);
}

void bf_guess_cell(struct bf_guess *g, struct bf_str header, enum bf_guess_kind kind,
                   struct bf_str text)
{
    struct bf_guess_column *c = column_of(g, header);
    struct bf_str s = bf_str_trim(text);
    g->cells++;
    if (!c || s.n == 0 || !reach_row(g, c, g->rows + 1))
        return;
    c->filled += c->hashes[g->rows] == 0;
    c->hashes[g->rows] = bf_str_hash(text) | 1;
    count_fits(g, c, kind, s);
}

bool bf_guess_end_row(struct bf_guess *g)
{
    g->rows++;
    g->full = g->rows >= BF_GUESS_ROWS || g->cells >= BF_GUESS_CELLS;
    return !g->full && !g->too_many_columns && !bf_arena_failed(g->arena);
}

/* ---- what a column is ---------------------------------------------------------------------- */

static bool all(const struct bf_guess_column *c, enum bf_guess_fit fit)
{
    return c->fits[fit] == c->filled;
}

static bool is_code(struct bf_str name)
{
    return bf_guess_name_says(name,
                              " insee siren siret siege code cp postal tel telephone fax iris "
                              "naf ape ");
}

static const struct guess {
    enum bf_guess_fit fit;
    enum bf_type type;
    const char *word;
} guesses[] = {
    {BF_FIT_BOOL, BF_BOOL, "true and false alone"},
    {BF_FIT_WHOLE, BF_INT, "whole numbers alone"},
    {BF_FIT_REAL, BF_DOUBLE, "numbers alone"},
    {BF_FIT_PADDED, BF_TEXT, "digits that begin with zeros: a code, so text"},
    {BF_FIT_COMMA, BF_TEXT,
     "numbers with a decimal comma: text as they come; an on_ingest hook can make them numbers"},
    {BF_FIT_DATE, BF_DATE, "days alone"},
    {BF_FIT_INSTANT, BF_DATETIME, "instants with an offset"},
    {BF_FIT_WALL, BF_DATETIME, "instants without an offset: taken for the clock of Paris"},
    {BF_FIT_FRENCH, BF_TEXT,
     "days as 26/11/2026: text as they come; an on_ingest hook can make them dates"},
    {BF_FIT_POINT, BF_GEO_POINT, "points alone"},
    {BF_FIT_SHAPE, BF_GEO_SHAPE, "shapes alone"},
};

static const struct guess *guess_of(const struct bf_guess_column *c)
{
    for (size_t i = 0; c->filled && i < sizeof guesses / sizeof *guesses; i++)
        if (all(c, guesses[i].fit))
            return &guesses[i];
    return NULL;
}

static bool is_facet(const struct bf_guess *g, const struct bf_guess_column *c)
{
    return c->distinct >= FACET_LEAST && c->distinct <= FACET_MOST &&
           c->distinct * FACET_SHARE <= g->rows;
}

static void describe(struct bf_guess *g, struct bf_guess_field *f)
{
    const struct bf_guess_column *c = &g->columns[f->column];
    const struct guess *found = guess_of(c);
    const char *word = c->filled ? "texts" : "empty everywhere: text";
    f->type = BF_TEXT;
    if (found) {
        f->type = found->type;
        f->local = found->fit == BF_FIT_WALL;
        word = found->word;
    } else if (c->filled > c->cells + c->texts) {
        f->type = BF_JSON; /* a push takes neither numbers nor lists for texts */
        word = "lists, objects, or values of several kinds";
    }
    if (c->cells && (f->type == BF_INT || f->type == BF_DOUBLE) && is_code(f->name)) {
        f->type = BF_TEXT;
        word = "a code by its name, so text";
    }
    f->facet = (f->type == BF_TEXT || f->type == BF_BOOL) && is_facet(g, c);
    f->word = f->facet
                  ? bf_arena_printf(g->arena, "%s; %zu different ones: a facet", word, c->distinct)
                  : bf_str_of(word);
}

/* ---- all of them --------------------------------------------------------------------------- */

/* Of two columns of degrees a point. */
static struct bf_guess_field *find_degrees(struct bf_guess *g, const char *words)
{
    for (size_t i = 0; i < g->nfields; i++) {
        struct bf_guess_field *f = &g->fields[i];
        if ((f->type == BF_DOUBLE || f->type == BF_INT) && bf_guess_name_says(f->name, words))
            return f;
    }
    return NULL;
}

static void add_position(struct bf_guess *g, struct bf_map *taken)
{
    struct bf_guess_field *lon = find_degrees(g, " lon lng long longitude x ");
    struct bf_guess_field *lat = find_degrees(g, " lat latitude y ");
    if (!lon || !lat || g->geometry >= 0)
        return;
    struct bf_guess_field *f = &g->fields[g->nfields];
    *f = (struct bf_guess_field){.type = BF_GEO_POINT};
    f->name = bf_guess_name(g->arena, BF_STR("position"), taken);
    f->sql = bf_arena_printf(g->arena,
                             "ST_SetSRID(ST_MakePoint(%.*s, %.*s), 4326)::"
                             "geometry(Point,4326)",
                             BF_STR_ARG(lon->name), BF_STR_ARG(lat->name));
    f->word = bf_arena_printf(g->arena, "computed from %.*s and %.*s, if these are degrees",
                              BF_STR_ARG(lon->name), BF_STR_ARG(lat->name));
    g->geometry = (int)g->nfields++;
}

/* The first shape, else the first point. */
static void find_geometry(struct bf_guess *g)
{
    for (size_t i = 0; i < g->nfields; i++) {
        enum bf_type type = g->fields[i].type;
        bool better = g->geometry < 0 || g->fields[g->geometry].type != BF_GEO_SHAPE;
        if (type == BF_GEO_SHAPE && better)
            g->geometry = (int)i;
        else if (type == BF_GEO_POINT && g->geometry < 0)
            g->geometry = (int)i;
    }
}

/* On one line. */
static struct bf_str label_of(struct bf_arena *a, struct bf_str header)
{
    struct bf_str trimmed = bf_str_trim(header);
    char *text = bf_arena_alloc(a, trimmed.n + 1);
    for (size_t i = 0; text && i < trimmed.n; i++) {
        unsigned char c = (unsigned char)trimmed.p[i];
        text[i] = c < ' ' || c == 0x7f ? ' ' : trimmed.p[i];
    }
    return bf_str_trim((struct bf_str){text, text ? trimmed.n : 0});
}

/* Columns whose name is a field's keep it; the others take what is left. */
static void name_all(struct bf_guess *g, struct bf_map *taken)
{
    for (size_t i = 0; i < g->ncolumns; i++) {
        struct bf_guess_field *f = &g->fields[i];
        *f = (struct bf_guess_field){.header = g->columns[i].header, .column = i};
        if (bf_guess_name_fits(f->header) && bf_map_put(taken, f->header, taken))
            f->name = f->header;
    }
    for (size_t i = 0; i < g->ncolumns; i++) {
        struct bf_guess_field *f = &g->fields[i];
        if (f->name.n)
            continue;
        f->name = bf_guess_name(g->arena, f->header, taken);
        f->label = label_of(g->arena, f->header);
    }
    g->nfields = g->ncolumns;
}

static bool describe_all(struct bf_guess *g)
{
    struct bf_map taken;
    bf_map_init(&taken, g->arena);
    g->fields = bf_arena_zalloc(g->arena, g->ncolumns + 1, sizeof *g->fields);
    if (!g->fields)
        return false;
    name_all(g, &taken);
    for (size_t i = 0; i < g->nfields; i++)
        describe(g, &g->fields[i]);
    find_geometry(g);
    add_position(g, &taken);
    return !bf_arena_failed(g->arena);
}

bool bf_guess_settle(struct bf_guess *g, struct bf_err *err)
{
    if (g->too_many_columns)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "There are more than %d columns.",
                            BF_GUESS_COLUMNS);
    for (size_t i = 0; i < g->ncolumns; i++)
        if (g->columns[i].header.n == 0 || g->columns[i].header.n > BF_GUESS_HEADER)
            return BF_FAIL_WITH(err, BF_E_PARAMETER,
                                "The name of column %zu has %zu bytes; 1 to %d are expected.",
                                i + 1, g->columns[i].header.n, BF_GUESS_HEADER);
    if (g->ncolumns == 0 || g->rows == 0)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "There are no rows.");
    for (size_t i = 0; i < g->ncolumns; i++)
        if (!reach_row(g, &g->columns[i], g->rows))
            return BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
    if (!bf_guess_count_distinct(g) || !describe_all(g) || !bf_guess_find_key(g))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "There is not enough memory.");
    return true;
}
