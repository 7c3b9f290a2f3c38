#include "lua/state.h"

#include "lua/freeze.h"
#include "lua/guard.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The meter is the second member: a script is found from its state by it. */
struct bf_lua_script *bf_lua_of(lua_State *L)
{
    struct bf_meter *m = bf_meter_of(L);
    return (struct bf_lua_script *)(void *)((char *)m - offsetof(struct bf_lua_script, meter));
}

/* ---- messages ------------------------------------------------------------------------------ */

/* Control characters and what is no UTF-8 become '?'. A letter that was cut at the end goes. */
static void make_clean(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80 && !bf_str_is_utf8(bf_str_of(text)))
        text[--n] = '\0';
    if (n > 0 && (unsigned char)text[n - 1] >= 0xC0)
        text[--n] = '\0';
    bool utf8 = bf_str_is_utf8(bf_str_of(text));
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F || (!utf8 && (unsigned char)*c >= 0x80))
            *c = *c == '\n' ? ' ' : '?';
}

enum bf_lua_rc bf_lua_blame(const struct bf_lua_script *s, struct bf_lua_fault *fault,
                            enum bf_lua_rc rc, int line, const char *format, ...)
{
    char place[16] = "";
    va_list args;
    if (line > 0)
        snprintf(place, sizeof place, ":%d", line);
    int n = snprintf(fault->message, sizeof fault->message, "%s%s: ", s->name, place);
    va_start(args, format);
    vsnprintf(fault->message + n, sizeof fault->message - (size_t)n, format, args);
    va_end(args);
    make_clean(fault->message);
    fault->rc = rc;
    fault->line = line;
    return rc;
}

const char *bf_lua_kind(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
        return "nothing (nil)";
    case LUA_TBOOLEAN:
        return "true or false";
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? "a whole number" : "a number";
    case LUA_TSTRING:
        return "a text";
    case LUA_TTABLE:
        return "a table";
    case LUA_TFUNCTION:
        return "a function";
    default:
        return "an object of the server";
    }
}

/* ---- calls --------------------------------------------------------------------------------- */

/* "hook.lua:12: message" -> 12 and the message; the prefix is the one that Lua writes for our name
 * of the chunk. */
static const char *split_place(const char *text, int *line)
{
    int found, end = 0;
    if (sscanf(text, "hook.lua:%d: %n", &found, &end) == 1 && end > 0) {
        *line = found;
        return text + end;
    }
    return text;
}

static void keep_text(struct bf_lua_script *s, const char *text)
{
    snprintf(s->fault_text, sizeof s->fault_text, "%s", split_place(text, &s->fault_line));
}

/* The message handler: while the stack of the error is still there. It allocates nothing. */
static int on_error(lua_State *L)
{
    struct bf_lua_script *s = bf_lua_of(L);
    s->fault_line = bf_meter_line(L);
    if (lua_type(L, 1) == LUA_TSTRING)
        keep_text(s, lua_tostring(L, 1));
    else
        snprintf(s->fault_text, sizeof s->fault_text,
                 "error was called with %s; give it a text that says what is wrong",
                 bf_lua_kind(L, 1));
    return 1;
}

static enum bf_lua_rc judge(struct bf_lua_script *s, int status, const char *what,
                            struct bf_lua_fault *fault)
{
    const struct bf_meter *m = &s->meter;
    if (m->over == BF_LUA_TIME)
        return bf_lua_blame(s, fault, BF_LUA_TIME, m->line,
                            "%s of %s takes longer than the %lld ms that it may", what, s->dataset,
                            (long long)(m->budget_us / 1000));
    if (status == LUA_ERRMEM || m->over == BF_LUA_SPACE)
        return bf_lua_blame(
            s, fault, BF_LUA_SPACE, m->line,
            "%s of %s needs more memory than it may: %zu KiB in all, %d KiB for one "
            "text, table or recursion",
            what, s->dataset, m->limit / 1024, BF_LUA_BLOCK / 1024);
    if (status == LUA_ERRERR && !s->fault_text[0])
        snprintf(s->fault_text, sizeof s->fault_text, "functions call each other too deeply");
    return bf_lua_blame(s, fault, BF_LUA_ERROR, s->fault_line, "%s (%s of %s)", s->fault_text, what,
                        s->dataset);
}

void bf_lua_blame_load(struct bf_lua_script *s, int status, struct bf_lua_fault *fault)
{
    if (lua_type(s->L, -1) == LUA_TSTRING)
        keep_text(s, lua_tostring(s->L, -1));
    judge(s, status, "the text", fault);
    s->fault_text[0] = '\0';
    s->fault_line = 0;
}

void bf_lua_push_handler(struct bf_lua_script *s)
{
    lua_pushcfunction(s->L, on_error);
}

enum bf_lua_rc bf_lua_call(struct bf_lua_script *s, int n, int results, const char *what,
                           struct bf_lua_fault *fault)
{
    lua_State *L = s->L;
    bf_meter_begin(&s->meter);
    bf_guard_enter(s->name);
    int status = lua_pcall(L, n, results, BF_AT_HANDLER);
    bf_guard_leave();
    bf_meter_end(&s->meter);
    s->calls++;
    if (status == LUA_OK)
        return BF_LUA_OK;
    enum bf_lua_rc rc = judge(s, status, what, fault);
    s->fault_text[0] = '\0';
    s->fault_line = 0;
    lua_pop(L, 1);
    return rc;
}

static enum bf_lua_rc verdict(struct bf_lua_script *s, enum bf_lua_hook hook,
                              struct bf_lua_fault *fault)
{
    lua_State *L = s->L;
    const char *name = bf_lua_hook_name(hook);
    int type = lua_type(L, -2);
    if (type == LUA_TNIL)
        return BF_LUA_OK;
    if (hook == BF_LUA_ON_REQUEST || type != LUA_TBOOLEAN)
        return bf_lua_blame(s, fault, BF_LUA_ERROR, 0, "%s of %s returned %s; it returns nothing%s",
                            name, s->dataset, bf_lua_kind(L, -2),
                            hook == BF_LUA_ON_REQUEST ? "" : ", or false to leave one out");
    if (lua_toboolean(L, -2))
        return BF_LUA_OK;
    fault->line = 0;
    fault->message[0] = '\0';
    fault->rc = BF_LUA_DROP;
    if (lua_type(L, -1) == LUA_TSTRING) {
        snprintf(fault->message, sizeof fault->message, "%s", lua_tostring(L, -1));
        make_clean(fault->message);
    }
    return BF_LUA_DROP;
}

enum bf_lua_rc bf_lua_call_hook(struct bf_lua_script *s, enum bf_lua_hook hook,
                                lua_CFunction around, struct bf_lua_fault *fault)
{
    lua_State *L = s->L;
    const char *name = bf_lua_hook_name(hook);
    if (around)
        lua_pushcfunction(L, around);
    lua_pushvalue(L, BF_AT_HOOK + (int)hook);
    lua_pushvalue(L, BF_AT_ARGUMENT + (int)hook);
    enum bf_lua_rc rc = bf_lua_call(s, around ? 2 : 1, 2, name, fault);
    if (rc != BF_LUA_OK)
        return rc;
    rc = verdict(s, hook, fault);
    lua_pop(L, 2);
    const char *changed = s->watched ? bf_freeze_changed(L) : NULL;
    if (!changed)
        return rc;
    return bf_lua_blame(s, fault, BF_LUA_ERROR, 0,
                        "%s of %s changes the variable '%s' of the top level; nothing is kept from "
                        "one call to the next, so write local inside of the function",
                        name, s->dataset, changed);
}

/* ---- texts --------------------------------------------------------------------------------- */

struct bf_str bf_lua_text(lua_State *L, int index)
{
    struct bf_str s;
    s.p = luaL_checklstring(L, index, &s.n);
    return s;
}

void bf_lua_push(lua_State *L, struct bf_str s)
{
    lua_pushlstring(L, s.n ? s.p : "", s.n);
}

void bf_build_open(struct bf_build *b, lua_State *L)
{
    luaL_checkstack(L, 4, NULL);
    lua_pushnil(L);
    b->L = L;
    b->at = lua_gettop(L);
    b->p = b->small;
    b->n = 0;
    b->room = sizeof b->small;
}

char *bf_build_room(struct bf_build *b, size_t n)
{
    if (n <= b->room - b->n)
        return b->p + b->n;
    size_t room = b->room;
    if (n > BF_TEXT_MAX || b->n > BF_TEXT_MAX - n)
        luaL_error(b->L, "a text would have more than %d bytes", BF_TEXT_MAX);
    while (room - b->n < n)
        room = room < BF_TEXT_MAX / 2 ? room * 2 : BF_TEXT_MAX;
    char *p = lua_newuserdatauv(b->L, room, 0);
    memcpy(p, b->p, b->n);
    lua_replace(b->L, b->at);
    b->p = p;
    b->room = room;
    return p + b->n;
}

void bf_build_add(struct bf_build *b, const char *p, size_t n)
{
    if (!n)
        return;
    memcpy(bf_build_room(b, n), p, n);
    b->n += n;
}

void bf_build_push(struct bf_build *b)
{
    bf_meter_work(b->L, b->n);
    lua_pushlstring(b->L, b->p, b->n);
    lua_replace(b->L, b->at);
    lua_settop(b->L, b->at);
}
