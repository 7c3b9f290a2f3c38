#include "catalog/report.h"

#include <string.h>

enum { MOST = 200, LONGEST = 600 };

void bf_report_init(struct bf_report *r, struct bf_arena *a)
{
    *r = (struct bf_report){.arena = a};
}

/* Texts of a file end up on terminals: controls are replaced, long ones end in a mark. */
static struct bf_str tame(struct bf_arena *a, struct bf_str s)
{
    char *p = bf_arena_alloc(a, LONGEST + 8);
    if (!p)
        return (struct bf_str){NULL, 0};
    size_t n = bf_str_clip(s, LONGEST).n;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        p[i] = s.p[i];
        if (c < 0x20 || c == 0x7f)
            p[i] = '?';
    }
    if (n < s.n) {
        memcpy(p + n, " [cut]", 6);
        n += 6;
    }
    return (struct bf_str){p, n};
}

static bool room(struct bf_report *r)
{
    if (r->n < r->room)
        return true;
    if (r->n >= MOST)
        return false;
    struct bf_mistake *more =
        bf_arena_grow(r->arena, r->mistakes, &r->room, r->n + 1, sizeof *more);
    if (more)
        r->mistakes = more;
    return more != NULL;
}

void bf_report_add(struct bf_report *r, const char *file, const char *pointer, const char *right,
                   const char *wrong, ...)
{
    if (r->n >= MOST || !room(r)) {
        r->dropped++;
        return;
    }
    va_list args;
    va_start(args, wrong);
    struct bf_str text = bf_arena_vprintf(r->arena, wrong, args);
    va_end(args);
    r->mistakes[r->n++] = (struct bf_mistake){
        .file = bf_arena_dup(r->arena, bf_str_of(file)),
        .pointer = tame(r->arena, bf_str_of(pointer)),
        .wrong = tame(r->arena, text),
        .right = tame(r->arena, bf_str_of(right)),
    };
}

static void print_mistake(const struct bf_mistake *m, struct bf_buf *out)
{
    bf_buf_str(out, m->file);
    bool place = m->pointer.n && m->pointer.p[0] != '/';
    bf_buf_text(out, place ? ":" : ": ");
    if (m->pointer.n) {
        bf_buf_str(out, m->pointer);
        bf_buf_text(out, ": ");
    }
    bf_buf_str(out, m->wrong);
    if (m->right.n) {
        bf_buf_text(out, "; ");
        bf_buf_str(out, m->right);
    }
    bf_buf_char(out, '\n');
}

void bf_report_print(const struct bf_report *r, struct bf_buf *out)
{
    for (size_t i = 0; i < r->n; i++)
        print_mistake(&r->mistakes[i], out);
    if (r->dropped)
        bf_buf_printf(out, "and %zu more mistakes\n", r->dropped);
}

bool bf_report_empty(const struct bf_report *r)
{
    return r->n == 0 && r->dropped == 0;
}
