/* log: debug info warning error, each with one text. */
#include "lua/library.h"
#include "lua/state.h"

#include "core/log.h"

enum { LINE = 1000 };

static void put(const struct bf_lua_script *s, enum bf_level level, struct bf_str text)
{
    static const enum bf_log_level levels[] = {BF_LOG_DEBUG, BF_LOG_INFO, BF_LOG_WARNING,
                                               BF_LOG_ERROR};
    if (s->log.line)
        s->log.line(s->log.self, level, text);
    else
        bf_log(levels[level], "lua.log", "dataset=%s script=%s %.*s", s->dataset, s->name,
               BF_STR_ARG(text));
}

static int line(lua_State *L, enum bf_level level)
{
    struct bf_str text = bf_lua_text(L, 1);
    if (text.n > LINE || !bf_str_is_utf8(text))
        return luaL_error(L, "a line of the log is a text of at most %d bytes of UTF-8", LINE);
    bf_meter_work(L, 10000);
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
