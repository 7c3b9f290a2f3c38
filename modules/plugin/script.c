#include "plugin/script.h"

#include "core/clock.h"
#include "core/log.h"

#include <inttypes.h>

static void ask(struct bf_script *s, enum bf_fuse_part part, bool has, int64_t *until)
{
    *until = 0;
    s->state[part] = has ? bf_fuse_ask(&s->fuse, part, bf_clock_mono_us(), until) : BF_FUSE_ON;
}

bool bf_script_begin(struct bf_script *s, const struct bf_handler *h, int64_t *until)
{
    int64_t row_until;
    s->rows = 0;
    ask(s, BF_FUSE_REQUEST, h->rewrite != NULL, until);
    if (s->state[BF_FUSE_REQUEST] == BF_FUSE_OFF)
        return false;
    ask(s, BF_FUSE_ROW, h->row != NULL, &row_until);
    return true;
}

void bf_script_failed(struct bf_script *s, enum bf_fuse_part part, struct bf_str request,
                      const char *why)
{
    struct bf_fuse_news news =
        bf_fuse_failed(&s->fuse, part, s->state[part], bf_clock_mono_us(), why);
    bf_log(BF_LOG_ERROR, "hook.failed", "dataset=%.*s hook=%s request=%.*s in_a_row=%" PRIu32 " %s",
           BF_STR_ARG(s->dataset), bf_fuse_part_name(part), BF_STR_ARG(request), news.failures,
           why);
    if (news.off_for_us)
        bf_log(BF_LOG_ERROR, "hook.off", "dataset=%.*s hook=%s for_s=%" PRId64 " %s",
               BF_STR_ARG(s->dataset), bf_fuse_part_name(part), news.off_for_us / 1000000, why);
    if (s->state[part] == BF_FUSE_TRIAL)
        s->state[part] = BF_FUSE_OFF;
    s->rows = 0;
}

void bf_script_passed(struct bf_script *s, enum bf_fuse_part part)
{
    if (bf_fuse_passed(&s->fuse, part, s->state[part], bf_clock_mono_us()))
        bf_log(BF_LOG_INFO, "hook.on", "dataset=%.*s hook=%s", BF_STR_ARG(s->dataset),
               bf_fuse_part_name(part));
}

void bf_script_end(struct bf_script *s)
{
    if (s->rows > 0)
        bf_script_passed(s, BF_FUSE_ROW);
    else
        bf_fuse_unknown(&s->fuse, BF_FUSE_ROW, s->state[BF_FUSE_ROW]);
    bf_fuse_unknown(&s->fuse, BF_FUSE_REQUEST, s->state[BF_FUSE_REQUEST]);
    s->state[BF_FUSE_ROW] = s->state[BF_FUSE_REQUEST] = BF_FUSE_ON;
    s->rows = 0;
}

bool bf_script_row_off(const struct bf_script *s)
{
    return s->state[BF_FUSE_ROW] != BF_FUSE_ON;
}
