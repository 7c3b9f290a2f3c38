#include "lua/freeze.h"

#include "lua/library.h"
#include "lua/state.h"
#include "lua/words.h"

#include <stdlib.h>
#include <string.h>

/* Addresses of these are keys of the registry. */
static const char key_globals, key_environment, key_watched;

/* ---- globals ------------------------------------------------------------------------------- */

static int on_missing(lua_State *L)
{
    const char *name = lua_tostring(L, 2);
    return luaL_error(L, "there is no '%s'; a variable needs local %s = … before it is read",
                      name ? name : "?", name ? name : "x");
}

/* The library holds functions and frozen tables; what a script defines is told from it by being
 * there before the script ran. */
static int on_assign(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    if (bf_lua_of(L)->ready)
        return luaL_error(L, "'%s' is assigned as a global; write local %s = …", name, name);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_globals);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, -2) != LUA_TNIL && bf_library_has(name))
        return luaL_error(L, "'%s' belongs to the library; choose another name", name);
    lua_pop(L, 1);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_rawset(L, -3);
    return 0;
}

static void set_function(lua_State *L, const char *name, lua_CFunction f)
{
    lua_pushcfunction(L, f);
    lua_setfield(L, -2, name);
}

void bf_freeze_open(lua_State *L)
{
    lua_newtable(L); /* the real globals */
    lua_newtable(L);
    set_function(L, "__index", on_missing);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_globals);
    lua_newtable(L); /* the environment */
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    set_function(L, "__newindex", on_assign);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_environment);
}

void bf_freeze_push_globals(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_globals);
}

int bf_freeze_global(lua_State *L, const char *name)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_globals);
    lua_pushstring(L, name);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return lua_type(L, -1);
}

/* ---- frozen tables ------------------------------------------------------------------------- */

static int on_write(lua_State *L)
{
    return luaL_error(L,
                      "this table is read-only: it belongs to the library or to the top level; a "
                      "hook makes tables of its own");
}

static int on_length(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
    return 1;
}

void bf_freeze_table(lua_State *L)
{
    int real = lua_gettop(L);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, real);
    lua_setfield(L, -2, "__index");
    set_function(L, "__newindex", on_write);
    lua_pushvalue(L, real);
    lua_pushcclosure(L, on_length, 1);
    lua_setfield(L, -2, "__len");
    lua_setmetatable(L, -2);
    lua_remove(L, real);
}

bool bf_freeze_plain(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (!lua_getmetatable(L, index)) {
        lua_pushvalue(L, index);
        return true;
    }
    lua_pushstring(L, "__index");
    lua_rawget(L, -2);
    lua_remove(L, -2);
    return false;
}

/* ---- everything that the globals reach ----------------------------------------------------- */

/* Places of the stack while it walks: `seen` maps tables to their frozen ones and functions to
 * true, `queue` lists what is still to be walked. */
struct walk {
    lua_State *L;
    int seen, queue, watched, environment;
    lua_Integer first, last, nwatched;
    void **ids; /* of the variables that are watched already */
};

static void enqueue(struct walk *w) /* what is on top, and stays there */
{
    lua_pushvalue(w->L, -1);
    lua_rawseti(w->L, w->queue, ++w->last);
}

/* The value on top becomes what it is to be replaced with. true: it is another one. */
static bool replace(struct walk *w)
{
    lua_State *L = w->L;
    int type = lua_type(L, -1);
    if (type == LUA_TFUNCTION && lua_iscfunction(L, -1)) {
        if (bf_library_keeps_state(L, -1))
            luaL_error(L, "what string.gmatch gives cannot be kept at the top level");
        return false;
    }
    if ((type != LUA_TTABLE && type != LUA_TFUNCTION) || lua_rawequal(L, -1, w->environment))
        return false;
    if (type == LUA_TTABLE && lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return false; /* frozen already */
    }
    lua_pushvalue(L, -1);
    if (lua_rawget(L, w->seen) != LUA_TNIL) {
        lua_remove(L, -2);
        return true;
    }
    lua_pop(L, 1);
    enqueue(w);
    lua_pushvalue(L, -1); /* the key of seen */
    lua_pushvalue(L, -2);
    if (type == LUA_TTABLE)
        bf_freeze_table(L);
    lua_pushvalue(L, -1);
    lua_insert(L, -3); /* …, value, new, key, new */
    lua_rawset(L, w->seen);
    lua_remove(L, -2);
    return true;
}

static void walk_table(struct walk *w, int table)
{
    lua_State *L = w->L;
    for (lua_pushnil(L); lua_next(L, table);) {
        int type = lua_type(L, -2);
        if (type == LUA_TTABLE || type == LUA_TFUNCTION)
            luaL_error(L, "a table of the top level has %s as a key; use a text or a number",
                       bf_lua_kind(L, -2));
        bf_meter_work(L, 16);
        if (replace(w)) {
            lua_pushvalue(L, -2);
            lua_insert(L, -2); /* key, key, value */
            lua_rawset(L, table);
        } else {
            lua_pop(L, 1);
        }
    }
}

static bool is_watched(struct walk *w, void *id)
{
    for (lua_Integer i = 0; i < w->nwatched; i++)
        if (w->ids[i] == id)
            return true;
    return false;
}

enum { WATCHED = 200 };

/* The variable's value is on top of the stack, and stays there. */
static void watch(struct walk *w, int function, int n, const char *name)
{
    lua_State *L = w->L;
    void *id = lua_upvalueid(L, function, n);
    if (!bf_words_assigned(bf_lua_of(L)->words, name) || is_watched(w, id))
        return;
    if (w->nwatched == WATCHED)
        luaL_error(L, "the top level has more than %d variables that change", WATCHED);
    w->ids[w->nwatched] = id;
    lua_Integer at = w->nwatched++ * 4;
    lua_pushvalue(L, function);
    lua_rawseti(L, w->watched, at + 1);
    lua_pushinteger(L, n);
    lua_rawseti(L, w->watched, at + 2);
    lua_pushvalue(L, -1);
    lua_rawseti(L, w->watched, at + 3);
    lua_pushstring(L, name);
    lua_rawseti(L, w->watched, at + 4);
}

static void walk_function(struct walk *w, int function)
{
    lua_State *L = w->L;
    const char *name;
    bf_meter_lines(L, function);
    for (int n = 1; (name = lua_getupvalue(L, function, n)) != NULL; n++) {
        if (!lua_rawequal(L, -1, w->environment)) {
            if (replace(w)) {
                lua_pushvalue(L, -1);
                lua_setupvalue(L, function, n);
            }
            watch(w, function, n, name);
        }
        lua_pop(L, 1);
    }
}

void bf_freeze_globals(lua_State *L)
{
    struct walk w = {.L = L};
    luaL_checkstack(L, 40, NULL);
    int top = lua_gettop(L);
    w.ids = lua_newuserdatauv(L, WATCHED * sizeof *w.ids, 0);
    lua_newtable(L);
    w.seen = lua_gettop(L);
    lua_newtable(L);
    w.queue = lua_gettop(L);
    lua_newtable(L);
    w.watched = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_environment);
    w.environment = lua_gettop(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_globals);
    walk_table(&w, lua_gettop(L));
    lua_pop(L, 1);
    while (w.first < w.last) {
        lua_rawgeti(L, w.queue, ++w.first);
        if (lua_istable(L, -1))
            walk_table(&w, lua_gettop(L));
        else
            walk_function(&w, lua_gettop(L));
        lua_pop(L, 1);
    }
    lua_pushvalue(L, w.watched);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_watched);
    bf_lua_of(L)->watched = (int)w.nwatched;
    lua_settop(L, top);
}

/* ---- variables ----------------------------------------------------------------------------- */

static bool is_same(lua_State *L, int a, int b)
{
    if (lua_rawequal(L, a, b))
        return true;
    /* A number that is none (0/0) is not even equal to itself. */
    return lua_type(L, a) == LUA_TNUMBER && lua_type(L, b) == LUA_TNUMBER &&
           !lua_rawequal(L, a, a) && !lua_rawequal(L, b, b);
}

const char *bf_freeze_changed(lua_State *L)
{
    const char *changed = NULL;
    int top = lua_gettop(L);
    int n = bf_lua_of(L)->watched;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_watched);
    for (int i = 0; i < n; i++) {
        lua_rawgeti(L, top + 1, i * 4 + 1);
        lua_rawgeti(L, top + 1, i * 4 + 2);
        int at = (int)lua_tointeger(L, -1);
        lua_rawgeti(L, top + 1, i * 4 + 3);
        const char *name = lua_getupvalue(L, top + 2, at);
        if (!is_same(L, top + 4, top + 5)) {
            changed = name; /* lives as long as the function */
            lua_pop(L, 1);
            lua_setupvalue(L, top + 2, at);
        }
        lua_settop(L, top + 1);
    }
    lua_settop(L, top);
    return changed;
}
