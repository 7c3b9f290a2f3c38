/* log: debug info warning error, each with one text. */
#include "lua/library.h"
#include "lua/state.h"

#include "core/clock.h"
#include "core/log.h"

enum { LINE = 1000, MINUTE_US = 60000000 };

/* Lines that no host takes go to the server's own log, which a script must not fill. */
static void put_own(struct bf_lua_script *s, enum bf_log_level level, struct bf_str text)
{
    int64_t now = bf_clock_mono_us();
    if (now - s->lines_since_us > MINUTE_US) {
        s->lines_since_us = now;
        s->lines = 0;
    }
    if (s->lines < BF_LUA_LINES)
        bf_log(level, "lua.log", "dataset=%s script=%s %.*s", s->dataset, s->name,
               BF_STR_ARG(text));
    else if (s->lines == BF_LUA_LINES)
        bf_log(BF_LOG_WARNING, "lua.log",
               "dataset=%s script=%s [more lines of this minute are left out]", s->dataset,
               s->name);
    s->lines += s->lines <= BF_LUA_LINES;
}

static void put(struct bf_lua_script *s, enum bf_level level, struct bf_str text)
{
    static const enum bf_log_level levels[] = {BF_LOG_DEBUG, BF_LOG_INFO, BF_LOG_WARNING,
                                               BF_LOG_ERROR};
    if (s->log.line)
        s->log.line(s->log.self, level, text);
    else
        put_own(s, levels[level], text);
}

static int line(lua_State *L, enum bf_level level)
{
    struct bf_str text = bf_lua_text(L, 1);
    if (text.n > LINE || !bf_str_is_utf8(text))
        return luaL_error(L, "a line of the log is a text of at most %d bytes of UTF-8", LINE);
    bf_meter_work(L, 10000);
    bf_lua_of(L)->said++;
    put(bf_lua_of(L), level, text);
    return 0;
}

static int log_debug(lua_State *L)
{
    return line(L, BF_DEBUG);
}

static int log_info(lua_State *L)
{
    return line(L, BF_INFO);
}

static int log_warning(lua_State *L)
{
    return line(L, BF_WARNING);
}

static int log_error(lua_State *L)
{
    return line(L, BF_ERROR);
}

const luaL_Reg bf_lib_log[] = {
    {"debug", log_debug},     {"error", log_error}, {"info", log_info},
    {"warning", log_warning}, {NULL, NULL},
};
