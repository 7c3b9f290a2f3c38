#include "query/bound.h"

#include <stdio.h>

static const struct {
    const char *what;
    long long most;
    const char *unit, *cheaper;
} bounds[BF_BOUNDS] = {
#define BF_BOUND(name, what, most, unit, cheaper) {what, most, unit, cheaper},
#include "query/bounds.def"
#undef BF_BOUND
};

const char *bf_bound_say(struct bf_bound_text *out, enum bf_bound which, int64_t found,
                         const char *cheaper)
{
    char number[32];
    snprintf(number, sizeof number, "not %lld", (long long)found);
    snprintf(out->text, sizeof out->text, "%s has at most %lld %s, %s: %s", bounds[which].what,
             bounds[which].most, bounds[which].unit, found < 0 ? "and this one has more" : number,
             cheaper ? cheaper : bounds[which].cheaper);
    return out->text;
}
