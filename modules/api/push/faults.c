#include "api/push/faults.h"

#include "value/member.h"

/* Bytes that are not UTF-8 would make the answer unreadable: each becomes a question mark. */
static struct bf_str readable(struct bf_arena *a, struct bf_str s, size_t most)
{
    size_t n = bf_str_clip(s, most).n;
    struct bf_str copy = bf_arena_printf(a, "%.*s%s", (int)n, s.p ? s.p : "", n < s.n ? "…" : "");
    if (!copy.p || bf_str_is_utf8(copy))
        return copy;
    char *p = bf_arena_alloc(a, n);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (unsigned char)s.p[i] < 0x80 && s.p[i] ? s.p[i] : '?';
    return (struct bf_str){p, p ? n : 0};
}

void bf_faults_add(struct bf_faults *f, const struct bf_fault *fault)
{
    f->total++;
    if (f->n == BF_FAULTS)
        return;
    f->list[f->n] = *fault;
    f->list[f->n].field = readable(f->arena, fault->field, BF_FAULT_VALUE);
    f->list[f->n].reason = readable(f->arena, fault->reason, BF_FAULT_REASON);
    if (fault->value.p)
        f->list[f->n].value = readable(f->arena, fault->value, BF_FAULT_VALUE);
    f->n++;
}

void bf_faults_print(const struct bf_faults *f, struct bf_buf *out)
{
    bf_buf_char(out, '[');
    for (size_t i = 0; i < f->n; i++) {
        const struct bf_fault *x = &f->list[i];
        bf_buf_text(out, i ? ",{" : "{");
        if (x->record)
            bf_buf_printf(out, "\"record\":%llu,", (unsigned long long)x->record);
        bf_buf_printf(out, "\"line\":%llu", (unsigned long long)x->line);
        if (x->field.n)
            bf_member_text(out, "field", x->field);
        if (x->value.p)
            bf_member_text(out, "value", x->value);
        bf_member_text(out, "reason", x->reason);
        bf_buf_char(out, '}');
    }
    bf_buf_char(out, ']');
}
