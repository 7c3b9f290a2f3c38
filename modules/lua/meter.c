#include "lua/meter.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bf_meter *bf_meter_of(lua_State *L)
{
    struct bf_meter *m;
    memcpy(&m, lua_getextraspace(L), sizeof m);
    return m;
}

int bf_meter_line(lua_State *L)
{
    lua_Debug at;
    for (int level = 0; level < 50 && lua_getstack(L, level, &at); level++)
        if (lua_getinfo(L, "l", &at) && at.currentline > 0)
            return at.currentline;
    return 0;
}

/* ---- time ---------------------------------------------------------------------------------- */

static int64_t thread_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000 + 1; /* never 0 */
}

static bool is_late(struct bf_meter *m)
{
    m->work = 0;
    if (!m->calling || m->over)
        return m->over != BF_LUA_OK;
    int64_t now = thread_us();
    if (!m->began_us)
        m->began_us = now;
    if (now - m->began_us <= m->budget_us)
        return false;
    m->over = BF_LUA_TIME;
    m->line = bf_meter_line(m->L);
    return true;
}

static int stop(lua_State *L)
{
    return luaL_error(L, "the time is over");
}

void bf_meter_work(lua_State *L, size_t units)
{
    struct bf_meter *m = bf_meter_of(L);
    m->work += units;
    if (m->work >= BF_METER_WORK && is_late(m))
        stop(L);
}

static void on_count(lua_State *L, lua_Debug *at)
{
    struct bf_meter *m = bf_meter_of(L);
    if (at->event != LUA_HOOKLINE) {
        if (is_late(m))
            stop(L);
    } else if (m->runs && at->currentline > 0 && at->currentline <= m->lines) {
        int64_t *runs = &m->runs[at->currentline];
        *runs = *runs < 0 ? 1 : *runs + 1;
    }
}

void bf_meter_lines(lua_State *L, int function)
{
    const struct bf_meter *m = bf_meter_of(L);
    lua_Debug at;
    if (!m->runs)
        return;
    lua_pushvalue(L, function);
    lua_getinfo(L, ">L", &at);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_Integer line = lua_tointeger(L, -2);
        if (line > 0 && line <= m->lines && m->runs[line] < 0)
            m->runs[line] = 0;
    }
    lua_pop(L, 1);
}

/* ---- memory -------------------------------------------------------------------------------- */

/* The state collects its garbage and asks once more; then it raises an error. */
static void *refuse(struct bf_meter *m)
{
    if (m->over)
        return NULL;
    if (++m->squeezes >= BF_METER_SQUEEZES)
        m->over = BF_LUA_SPACE;
    if (m->calling)
        is_late(m);
    if (m->L)
        m->line = bf_meter_line(m->L);
    return NULL;
}

/* For a new block old_size is a type of Lua's, not a size. */
void *bf_meter_alloc(void *ud, void *old, size_t old_size, size_t size)
{
    struct bf_meter *m = ud;
    size_t had = old ? old_size : 0;
    if (size == 0) {
        free(old);
        m->used -= had;
        return NULL;
    }
    if (size > had) {
        size_t more = size - had;
        m->work += more;
        if (size > BF_LUA_BLOCK || more > m->limit - m->used ||
            (m->work >= BF_METER_WORK && is_late(m)))
            return refuse(m);
    }
    void *p = realloc(old, size);
    if (!p)
        return size > had ? refuse(m) : old;
    m->used = m->used - had + size;
    if (m->used > m->peak)
        m->peak = m->used;
    return p;
}

/* ---- calls --------------------------------------------------------------------------------- */

void bf_meter_attach(struct bf_meter *m, lua_State *L)
{
    m->L = L;
    memcpy(lua_getextraspace(L), &m, sizeof m);
    lua_sethook(L, on_count, LUA_MASKCOUNT | (m->runs ? LUA_MASKLINE : 0), BF_METER_STEP);
}

void bf_meter_begin(struct bf_meter *m)
{
    m->began_us = 0;
    m->squeezes = 0;
    m->over = BF_LUA_OK;
    m->line = 0;
    m->calling = true;
}

void bf_meter_end(struct bf_meter *m)
{
    m->calling = false;
    if (m->began_us)
        m->spent_us += thread_us() - m->began_us;
}
