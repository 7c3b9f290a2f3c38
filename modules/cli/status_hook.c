#include "cli/status_hook.h"

#include "value/instant.h"

#include <inttypes.h>

enum { MOST = 64 };

static size_t list_of(const struct bf_fuses *all, struct bf_fuse_line list[MOST])
{
    size_t n = bf_fuses_list(all, list, MOST);
    return n < MOST ? n : MOST;
}

/* Seconds until the next trial may begin. */
static int64_t rest(const struct bf_fuse_line *line, int64_t now_us)
{
    int64_t rest_us = line->off ? line->until_us - now_us : 0;
    return rest_us > 0 ? (rest_us + 999999) / 1000000 : 0;
}

void bf_status_hook_json(struct bf_buf *b, const struct bf_fuses *all, int64_t now_us)
{
    struct bf_fuse_line list[MOST];
    size_t n = list_of(all, list);
    bf_buf_text(b, ",\"hooks\":[");
    for (size_t i = 0; i < n; i++) {
        const struct bf_fuse_line *line = &list[i];
        bf_buf_text(b, i ? ",{\"dataset\":" : "{\"dataset\":");
        bf_buf_json(b, bf_str_of(line->dataset));
        bf_buf_printf(b,
                      ",\"hook\":\"%s\",\"failures\":%" PRIu32 ",\"off\":%s,\"trial_in_s\":%" PRId64
                      ",\"last_at\":\"",
                      bf_fuse_part_name(line->part), line->failures, line->off ? "true" : "false",
                      rest(line, now_us));
        bf_instant_print_utc_z(b, line->last_wall);
        bf_buf_text(b, "\",\"why\":");
        bf_buf_json(b, bf_str_of(line->why));
        bf_buf_char(b, '}');
    }
    bf_buf_char(b, ']');
}

void bf_status_hook_text(struct bf_buf *b, const struct bf_fuses *all, int64_t now_us)
{
    struct bf_fuse_line list[MOST];
    size_t n = list_of(all, list);
    for (size_t i = 0; i < n; i++) {
        const struct bf_fuse_line *line = &list[i];
        bf_buf_printf(b, "%s of %s: %" PRIu32 " failure%s", bf_fuse_part_name(line->part),
                      line->dataset, line->failures, line->failures == 1 ? "" : "s");
        if (line->off)
            bf_buf_printf(b, ", switched off, tried again in %" PRId64 " s", rest(line, now_us));
        bf_buf_printf(b, "; the last one: %s\n", line->why);
    }
}

bool bf_status_hook_off(const struct bf_fuses *all)
{
    struct bf_fuse_line list[MOST];
    size_t n = list_of(all, list);
    for (size_t i = 0; i < n; i++)
        if (list[i].off)
            return true;
    return false;
}
