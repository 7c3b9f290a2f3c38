#include "lua/ask.h"

#include "lua/row.h"

#include "value/number.h"

#include <math.h>
#include <string.h>

enum { VALUES = 100 };

static struct bf_lua_ask *ask_of(lua_State *L)
{
    struct bf_lua_ask *a = bf_lua_of(L)->ask;
    if (lua_type(L, 1) != LUA_TUSERDATA)
        luaL_error(L, "write query:where(…), with a colon");
    if (!a || !a->query)
        luaL_error(L, "the query is gone: it can be used in on_request only");
    return a;
}

/* A text for the host, which takes them up to their NUL. */
static const char *plain_text(lua_State *L, int index)
{
    struct bf_str s = bf_lua_text(L, index);
    if (!bf_str_is_utf8(s))
        luaL_error(L, "a condition and its values are UTF-8 texts without NUL");
    return s.p;
}

/* ---- where --------------------------------------------------------------------------------- */

/* The next `?` that stands outside of quotes; NULL: none. */
static const char *next_hole(const char *p)
{
    char quote = '\0';
    for (; *p; p++) {
        if (quote && *p == '\\' && p[1])
            p++;
        else if (quote)
            quote = *p == quote ? '\0' : quote;
        else if (*p == '"' || *p == '\'' || *p == '`')
            quote = *p;
        else if (*p == '?')
            return p;
    }
    return NULL;
}

/* A number or boolean takes the place of its `?` as a literal; a text stays a `?`, and its value is
 * bound. */
static void add_value(lua_State *L, struct bf_build *b, int index, const char **texts, size_t *n)
{
    char number[BF_NUMBER_MAX];
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        texts[(*n)++] = plain_text(L, index);
        bf_build_add(b, "?", 1);
        return;
    case LUA_TBOOLEAN:
        bf_build_add(b, lua_toboolean(L, index) ? "true" : "false",
                     lua_toboolean(L, index) ? 4 : 5);
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            bf_build_add(b, number, bf_number_format_int(number, lua_tointeger(L, index)));
        else if (isfinite(lua_tonumber(L, index)))
            bf_build_add(b, number, bf_number_format(number, lua_tonumber(L, index)));
        else
            luaL_error(L, "query:where takes finite numbers");
        return;
    default:
        luaL_error(L, "value %d of query:where is %s; a text, a number, true or false", index - 2,
                   bf_lua_kind(L, index));
    }
}

static int on_where(lua_State *L)
{
    struct bf_lua_ask *a = ask_of(L);
    struct bf_build b;
    const char *texts[VALUES];
    size_t n = 0;
    int top = lua_gettop(L), index = 2;
    const char *p = plain_text(L, 2);
    luaL_argcheck(L, top - 2 <= VALUES, top, "at most 100 values");
    bf_build_open(&b, L);
    for (const char *hole; (hole = next_hole(p)) != NULL; p = hole + 1) {
        bf_build_add(&b, p, (size_t)(hole - p));
        if (++index > top)
            return luaL_error(L, "query:where has more ? than values");
        add_value(L, &b, index, texts, &n);
    }
    if (index < top)
        return luaL_error(L, "query:where has fewer ? than values");
    bf_build_add(&b, p, strlen(p) + 1);
    if (a->host->query_and(a->query, b.p, texts, n) == BF_OK)
        return 0;
    a->failed = true;
    return luaL_error(L, "the server refuses the condition '%s'", lua_tostring(L, 2));
}

/* ---- the rest ------------------------------------------------------------------------------ */

static int on_uses(lua_State *L)
{
    const struct bf_lua_ask *a = ask_of(L);
    const char *name = plain_text(L, 2);
    int index = a->host->field(a->dataset, name);
    if (index < 0 && bf_lua_row_withheld(bf_lua_of(L)->row, name))
        return lua_pushboolean(L, false), 1;
    if (index < 0)
        return luaL_error(L, "%s has no field '%s'", bf_lua_of(L)->dataset, name);
    lua_pushboolean(L, a->host->query_uses(a->query, index));
    return 1;
}

static int on_refuse(lua_State *L)
{
    struct bf_lua_ask *a = ask_of(L);
    lua_Integer status = luaL_checkinteger(L, 2);
    const char *why = plain_text(L, 3);
    luaL_argcheck(L, status > 0 && status < 600 && bf_err_is_refusal((int)status), 2,
                  "the status is 400, 403, 404, 429, 500 or 503");
    a->host->fail(a->req, (int)status, "%s", why);
    a->failed = a->refused = true;
    return luaL_error(L, "refused");
}

void bf_lua_ask_push(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"refuse", on_refuse}, {"uses", on_uses}, {"where", on_where}, {NULL, NULL}};
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 1);
    lua_newtable(L);
    luaL_setfuncs(L, methods, 0);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}
