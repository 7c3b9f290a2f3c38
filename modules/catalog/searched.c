#include "catalog/searched.h"

#include "core/buf.h"

enum { MOST_BYTES = 256 * 1024 };

bool bf_searched_is(const struct bf_manifest_field *f)
{
    return f->column.type == BF_TEXT && bf_manifest_stored(f);
}

struct bf_str bf_searched_text(struct bf_arena *a, const struct bf_manifest *m, const char *prefix)
{
    struct bf_buf sql;
    bf_buf_init(&sql, MOST_BYTES);
    for (size_t i = 0; i < m->nfields; i++) {
        if (!bf_searched_is(&m->fields[i]))
            continue;
        bf_buf_printf(&sql, "%scoalesce(%s\"%.*s\", '')", sql.n ? " || ' ' || " : "", prefix,
                      BF_STR_ARG(m->fields[i].column.name));
    }
    struct bf_str kept = sql.n ? bf_arena_dup(a, bf_buf_view(&sql)) : (struct bf_str){NULL, 0};
    bf_buf_fini(&sql);
    return kept;
}

struct bf_str bf_searched_words(struct bf_arena *a, const struct bf_manifest *m, const char *prefix)
{
    struct bf_str text = bf_searched_text(a, m, prefix);
    if (!text.n)
        return text;
    return bf_arena_printf(a, "catalog.words(%.*s)", BF_STR_ARG(text));
}
