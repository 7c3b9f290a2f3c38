#include "core/log.h"

#include "core/buf.h"
#include "core/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DETAIL = 3072, LINE = 32 * 1024 };

static enum bf_log_level least_level = BF_LOG_INFO;

void bf_log_set_level(enum bf_log_level least)
{
    least_level = least;
}

static void print_head(struct bf_buf *line, enum bf_log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    int64_t now = bf_clock_wall_us();
    time_t seconds = (time_t)(now / 1000000);
    struct tm utc;
    char at[32];
    gmtime_r(&seconds, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &utc);
    bf_buf_printf(
        line, "{\"at\":\"%s.%06dZ\",\"level\":\"%s\",\"event\":\"%s\",\"pid\":%d,\"detail\":", at,
        (int)(now % 1000000), names[level], event, (int)getpid());
}

void bf_log(enum bf_log_level level, const char *event, const char *format, ...)
{
    if (level < least_level)
        return;
    char detail[DETAIL];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (n >= (int)sizeof detail)
        memcpy(detail + sizeof detail - 7, " [cut]", 7);

    struct bf_buf line;
    bf_buf_init(&line, LINE);
    print_head(&line, level, event);
    bf_buf_json(&line, bf_str_of(detail));
    bf_buf_text(&line, "}\n");
    if (!bf_buf_failed(&line)) {
        ssize_t written = write(STDERR_FILENO, line.p, line.n);
        (void)written; /* there is nowhere left to complain */
    }
    bf_buf_fini(&line);
}
