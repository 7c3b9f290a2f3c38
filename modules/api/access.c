#include "api/access.h"

#include "core/clock.h"
#include "core/log.h"
#include "value/instant.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int bf_access_open(const struct bf_conf *conf)
{
    char path[BF_CONF_TEXT + 32];
    snprintf(path, sizeof path, "%s/log", conf->run_dir);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/log/access.jsonl", conf->run_dir);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        bf_log(BF_LOG_ERROR, "access.open", "%s: %s", path, strerror(errno));
    return fd;
}

static const char *method_name(enum bf_method method)
{
    switch (method) {
    case BF_GET:
        return "GET";
    case BF_HEAD:
        return "HEAD";
    case BF_POST:
        return "POST";
    case BF_OPTIONS:
        return "OPTIONS";
    case BF_OTHER_METHOD:
    default:
        return "OTHER";
    }
}

static void text_member(struct bf_buf *b, const char *name, struct bf_str value)
{
    if (value.n == 0)
        return;
    bf_buf_text(b, ",\"");
    bf_buf_text(b, name);
    bf_buf_text(b, "\":");
    bf_buf_json(b, value);
}

static void number_member(struct bf_buf *b, const char *name, uint64_t value)
{
    bf_buf_text(b, ",\"");
    bf_buf_text(b, name);
    bf_buf_text(b, "\":");
    bf_buf_u64(b, value);
}

/* Microseconds as milliseconds with three decimals. */
static void print_ms(struct bf_buf *b, int64_t us)
{
    char frac[4] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10),
                    (char)('0' + us % 10)};
    bf_buf_i64(b, us / 1000);
    bf_buf_bytes(b, frac, sizeof frac);
}

static void print_steps(struct bf_buf *b, const struct bf_request *r)
{
    int64_t before = r->started_us;
    char mark = '{';
    bf_buf_text(b, ",\"steps\":");
    for (int i = 0; i < BF_STEPS; i++) {
        if (r->step_us[i] == 0)
            continue;
        bf_buf_char(b, mark);
        mark = ',';
        bf_buf_char(b, '"');
        bf_buf_text(b, bf_step_name((enum bf_step)i));
        bf_buf_text(b, "\":");
        print_ms(b, r->step_us[i] - before);
        before = r->step_us[i];
    }
    bf_buf_char(b, '}');
}

/* As an instant: the steps are told by the monotonic clock. */
static int64_t finished(const struct bf_request *r)
{
    int64_t ago = bf_clock_mono_us() - r->step_us[BF_STEP_FINISH];
    return bf_clock_wall_us() - ago;
}

void bf_access_record(const struct bf_request *r, int fd, struct bf_buf *line)
{
    if (fd < 0 || (r->route && r->route->flags & BF_ROUTE_QUIET))
        return;
    bf_buf_clear(line);
    bf_buf_text(line, "{\"at\":\"");
    bf_instant_print_utc_z(line, finished(r));
    bf_buf_char(line, '"');
    text_member(line, "id", r->http.id);
    text_member(line, "route", r->route ? bf_str_of(r->route->name) : BF_STR("none"));
    text_member(line, "method", bf_str_of(method_name(r->http.method)));
    if (r->dataset)
        text_member(line, "dataset", r->dataset->manifest->id);
    number_member(line, "status", (uint64_t)r->response.status);
    number_member(line, "rows", r->rows);
    number_member(line, "bytes", r->response.no_body ? 0 : r->response.bytes);
    bf_buf_text(line, ",\"ms\":");
    print_ms(line, r->step_us[BF_STEP_FINISH] - r->started_us);
    print_steps(line, r);
    if (r->has_key)
        text_member(line, "key", r->claims.jti);
    if (bf_err_is_set(&r->err))
        text_member(line, "error", bf_str_of(bf_code_info(r->err.code)->name));
    if (r->from_memory)
        bf_buf_text(line, ",\"hot\":true");
    if (r->response.broken)
        bf_buf_text(line, ",\"broken\":true");
    bf_buf_text(line, "}\n");
    if (!bf_buf_failed(line) && write(fd, line->p, line->n) < 0)
        bf_log(BF_LOG_ERROR, "access.write", "%s", strerror(errno));
}
