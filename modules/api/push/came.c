#include "api/push/came.h"

struct bf_sample {
    struct bf_arena *arena;
    size_t most, n;
    bool cells;
    uint64_t seen, random;
    struct bf_buf lines[BF_CAME_RECORDS], next, all;
};

static void release(void *came)
{
    struct bf_sample *c = came;
    for (size_t i = 0; i < BF_CAME_RECORDS; i++)
        bf_buf_fini(&c->lines[i]);
    bf_buf_fini(&c->next);
    bf_buf_fini(&c->all);
}

struct bf_sample *bf_came_new(struct bf_arena *a, size_t most, bool cells)
{
    struct bf_sample *c = bf_arena_zalloc(a, 1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct bf_sample){.arena = a,
                            .most = most < BF_CAME_RECORDS ? most : BF_CAME_RECORDS,
                            .cells = cells,
                            .random = 0x9E3779B97F4A7C15u};
    for (size_t i = 0; i < BF_CAME_RECORDS; i++)
        bf_buf_init(&c->lines[i], BF_CAME_BYTES);
    bf_buf_init(&c->next, BF_CAME_BYTES);
    bf_buf_init(&c->all, (size_t)BF_CAME_RECORDS * (BF_CAME_BYTES + 1));
    return bf_defer(a, release, c) ? c : NULL;
}

/* ---- one line ------------------------------------------------------------------------------ */

static void print_value(struct bf_buf *b, const struct bf_raw_member *m)
{
    switch (m->kind) {
    case BF_RAW_NULL:
        bf_buf_text(b, "null");
        break;
    case BF_RAW_TRUE:
    case BF_RAW_FALSE:
        bf_buf_text(b, m->kind == BF_RAW_TRUE ? "true" : "false");
        break;
    case BF_RAW_TEXT:
        bf_buf_json(b, m->text);
        break;
    case BF_RAW_NUMBER:
    case BF_RAW_OBJECT:
    case BF_RAW_ARRAY:
        bf_buf_json_line(b, m->text);
        break;
    }
}

/* false: it is too long. */
static bool print(struct bf_buf *b, const struct bf_raw_record *record, bool cells)
{
    bf_buf_clear(b);
    bf_buf_text(b, cells ? "C{" : "{");
    for (size_t i = 0; i < record->n; i++) {
        if (i)
            bf_buf_char(b, ',');
        bf_buf_json(b, record->members[i].name);
        bf_buf_char(b, ':');
        print_value(b, &record->members[i]);
    }
    bf_buf_char(b, '}');
    return !bf_buf_failed(b);
}

/* ---- which --------------------------------------------------------------------------------- */

/* xorshift: which records are kept is no secret, and the same for the same batch. */
static uint64_t draw(struct bf_sample *c, uint64_t below)
{
    c->random ^= c->random << 13;
    c->random ^= c->random >> 7;
    c->random ^= c->random << 17;
    return c->random % below;
}

/* The first ones fill the places; the n-th after that takes one with a chance of most in n. */
void bf_came_note(struct bf_sample *c, const struct bf_raw_record *record)
{
    c->seen++;
    uint64_t at = c->n < c->most ? c->n : draw(c, c->seen);
    if (at >= c->most)
        return;
    if (!print(&c->next, record, c->cells)) {
        bf_buf_fini(&c->next);
        bf_buf_init(&c->next, BF_CAME_BYTES);
        return;
    }
    struct bf_buf before = c->lines[at];
    c->lines[at] = c->next;
    c->next = before;
    c->n += at == c->n;
}

struct bf_str bf_came_lines(struct bf_sample *c)
{
    bf_buf_clear(&c->all);
    for (size_t i = 0; i < c->n; i++) {
        bf_buf_str(&c->all, bf_buf_view(&c->lines[i]));
        bf_buf_char(&c->all, '\n');
    }
    return bf_buf_failed(&c->all) ? (struct bf_str){NULL, 0} : bf_buf_view(&c->all);
}
