#include "auth/scope.h"

#include "catalog/names.h"

static const struct {
    struct bf_str verb;
    bool bare, named, all; /* `verb`, `verb:<name>`, `verb:*` */
} verbs[] = {
    {BF_STR_INIT("read"), true, true, false},
    {BF_STR_INIT("push"), false, true, true},
    {BF_STR_INIT("publish"), false, true, true},
    {BF_STR_INIT("admin"), true, false, false},
};

static bool is_good(struct bf_str one)
{
    struct bf_str name;
    struct bf_str verb = bf_str_cut(one, ':', &name);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (!bf_str_eq(verb, verbs[i].verb))
            continue;
        if (!name.p)
            return verbs[i].bare;
        return (verbs[i].named && bf_names_is_id(name)) ||
               (verbs[i].all && bf_str_eq(name, BF_STR("*")));
    }
    return false;
}

bool bf_scope_is_good(struct bf_str scope)
{
    size_t n = 0;
    while (scope.p) {
        struct bf_str one = bf_str_cut(scope, ' ', &scope);
        if (one.n == 0)
            continue;
        if (!is_good(one))
            return false;
        n++;
    }
    return n > 0 && n <= BF_KEY_SCOPES;
}

bool bf_scope_covers(struct bf_str held, struct bf_str wanted)
{
    struct bf_str held_name, wanted_name;
    struct bf_str verb = bf_str_cut(held, ':', &held_name);
    if (!bf_str_eq(verb, bf_str_cut(wanted, ':', &wanted_name)) || !held_name.p != !wanted_name.p)
        return false;
    return bf_str_eq(held_name, wanted_name) ||
           (wanted_name.n && bf_str_eq(held_name, BF_STR("*")));
}
