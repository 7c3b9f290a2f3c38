#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct bf_code_info codes[BF_E_COUNT] = {
    [BF_E_NONE] = {"NONE", 200, "", "", ""},
#define BF_ERROR(name, http, explore, slug, title) \
    [BF_E_##name] = {#name, http, explore, slug, title},
#include "core/errors.def"
#undef BF_ERROR
};

const struct bf_code_info *bf_code_info(enum bf_code code)
{
    return &codes[code < BF_E_COUNT ? code : BF_E_INTERNAL];
}

void bf_err_clear(struct bf_err *err)
{
    err->code = BF_E_NONE;
    err->http = 0;
    err->position = -1;
    err->retry_after_s = 0;
    err->file = "";
    err->line = 0;
    err->parameter[0] = err->sqlstate[0] = err->detail[0] = err->message[0] = '\0';
}

bool bf_err_is_set(const struct bf_err *err)
{
    return err->code != BF_E_NONE;
}

bool bf_err_is_refusal(int http)
{
    static const int statuses[] = {400, 403, 404, 429, 500, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i] == http)
            return true;
    return false;
}

/* Never cuts a text silently, and never inside a UTF-8 sequence. */
static void print(char *to, size_t room, const char *format, va_list args)
{
    static const char mark[] = " [cut]";
    int n = vsnprintf(to, room, format, args);
    if (n < 0 || (size_t)n < room)
        return;
    size_t end = bf_str_clip((struct bf_str){to, room}, room - sizeof mark).n;
    memcpy(to + end, mark, sizeof mark);
}

bool bf_err_set(struct bf_err *err, enum bf_code code, const char *file, int line,
                const char *format, ...)
{
    if (bf_err_is_set(err))
        return false;
    err->code = code;
    err->http = codes[code].http;
    err->file = file;
    err->line = line;
    va_list args;
    va_start(args, format);
    print(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

void bf_err_detail(struct bf_err *err, const char *format, ...)
{
    if (err->detail[0])
        return;
    va_list args;
    va_start(args, format);
    print(err->detail, sizeof err->detail, format, args);
    va_end(args);
}

void bf_err_of(struct bf_err *err, struct bf_str who)
{
    struct bf_err said = *err;
    err->code = BF_E_NONE;
    bf_err_set(err, said.code, said.file, said.line, "%.*s: %s", BF_STR_ARG(who), said.message);
    err->http = said.http;
}

void bf_err_at(struct bf_err *err, struct bf_str parameter, int position)
{
    if (err->parameter[0] || err->position >= 0)
        return;
    snprintf(err->parameter, sizeof err->parameter, "%.*s", BF_STR_ARG(parameter));
    err->position = position;
}
