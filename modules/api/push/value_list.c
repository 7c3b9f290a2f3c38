#include "api/push/value_list.h"

#include <string.h>

bool bf_value_is_list(const struct bf_target *t, const struct bf_member *m)
{
    return m->kind == BF_MEMBER_ARRAY && t->field->column.flags & BF_COLUMN_MULTIVALUED;
}

/* Whether the value ends where the separator behind it begins, and not before. */
static bool comes_out(struct bf_str joined, size_t start, struct bf_str separator)
{
    const char *first = memmem(joined.p + start, joined.n - start, separator.p, separator.n);
    return first == joined.p + joined.n - separator.n;
}

const char *bf_value_from_list(const struct bf_target *t, const struct bf_member *list,
                               struct bf_value *out, struct bf_list_fault *fault)
{
    struct bf_str separator = t->field->column.separator;
    struct bf_members members;
    struct bf_member one;
    /* An element takes two bytes of the list at least: its quotes. */
    char *room = bf_arena_alloc(t->arena, list->text.n * (1 + separator.n));
    struct bf_str joined = {room, 0};
    *fault = (struct bf_list_fault){0, list->text};
    if (!room)
        return "it is too large";
    bf_members_open(&members, t->arena, list->text);
    for (; bf_members_next_element(&members, &one); fault->element++) {
        size_t start = joined.n;
        fault->value = one.text;
        if (one.kind != BF_MEMBER_TEXT)
            return bf_value_expected(BF_TEXT);
        if (one.text.n == 0)
            continue;
        memcpy(room + joined.n, one.text.p, one.text.n);
        memcpy(room + joined.n + one.text.n, separator.p, separator.n);
        joined.n += one.text.n + separator.n;
        if (!comes_out(joined, start, separator))
            return "a text without the separator of the field's values is expected";
    }
    fault->value = list->text;
    if (members.why)
        return members.why;
    *out = (struct bf_value){.type = BF_NULL};
    if (joined.n)
        *out = (struct bf_value){.type = BF_TEXT, .text = {room, joined.n - separator.n}};
    return NULL;
}
