#include "lua/declare.h"

#include "lua/freeze.h"
#include "value/type.h"

#include <string.h>

/* ---- fields -------------------------------------------------------------------------------- */

static bool is_field_name(struct bf_str s)
{
    if (s.n == 0 || s.n > 63 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
            return false;
    return true;
}

/* A member of the table on top, as a text; NULL: it has none. */
static const char *member(lua_State *L, lua_Integer i, const char *key)
{
    int type = lua_getfield(L, -1, key);
    if (type != LUA_TNIL && type != LUA_TSTRING)
        luaL_error(L, "fields[%I].%s is %s; write a text in quotes", (LUAI_UACINT)i, key,
                   bf_lua_kind(L, -1));
    const char *text = lua_tostring(L, -1); /* lives as long as the table */
    if (text && !bf_str_is_utf8((struct bf_str){text, lua_rawlen(L, -1)}))
        luaL_error(L, "fields[%I].%s is no UTF-8 text", (LUAI_UACINT)i, key);
    lua_pop(L, 1);
    return text;
}

static void check_members(lua_State *L, lua_Integer i)
{
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (strcmp(key, "name") != 0 && strcmp(key, "type") != 0 && strcmp(key, "label") != 0 &&
            strcmp(key, "unit") != 0)
            luaL_error(L, "fields[%I] has '%s'; a field has name, type, label and unit",
                       (LUAI_UACINT)i, key);
    }
}

static struct bf_field read_field(lua_State *L, lua_Integer i)
{
    if (!lua_istable(L, -1))
        luaL_error(L, "fields[%I] is %s; write {name = \"…\", type = \"…\"}", (LUAI_UACINT)i,
                   bf_lua_kind(L, -1));
    check_members(L, i);
    struct bf_field f = {
        .name = member(L, i, "name"), .label = member(L, i, "label"), .unit = member(L, i, "unit")};
    const char *type = member(L, i, "type");
    if (!f.name || !is_field_name(bf_str_of(f.name)))
        luaL_error(L,
                   "fields[%I].name is '%s'; lower case letters, digits and '_', a letter first, "
                   "at most 63",
                   (LUAI_UACINT)i, f.name ? f.name : "");
    const struct bf_type_info *info = type ? bf_type_named(bf_str_of(type)) : NULL;
    f.type = info ? info->type : BF_NULL;
    if (f.type == BF_NULL || f.type == BF_GEO_SHAPE || f.type == BF_JSON)
        luaL_error(L,
                   "fields[%I].type is '%s'; one of text int double boolean date datetime "
                   "geo_point_2d",
                   (LUAI_UACINT)i, type ? type : "");
    return f;
}

void bf_declare_fields(lua_State *L, struct bf_lua_script *s)
{
    int type = bf_freeze_global(L, "fields");
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "fields is %s; write fields = {{name = \"…\", type = \"…\"}}",
                   bf_lua_kind(L, -1));
    lua_Integer n = type == LUA_TNIL ? 0 : (lua_Integer)lua_rawlen(L, -1);
    if (n > BF_LUA_FIELDS)
        luaL_error(L, "fields has %I elements; at most %d are possible", (LUAI_UACINT)n,
                   BF_LUA_FIELDS);
    if (type == LUA_TTABLE && n == 0)
        luaL_error(L, "fields lists nothing; write fields = {{name = \"…\", type = \"…\"}}");
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, -1, i);
        s->fields[i - 1] = read_field(L, i);
        for (lua_Integer j = 1; j < i; j++)
            if (strcmp(s->fields[j - 1].name, s->fields[i - 1].name) == 0)
                luaL_error(L, "fields has '%s' twice", s->fields[i - 1].name);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* ---- hooks --------------------------------------------------------------------------------- */

/* A global on_… that is no hook is a slip of the keys, and would never be called. */
static void check_name(lua_State *L, const char *name)
{
    for (int hook = 0; hook < BF_LUA_HOOKS; hook++) {
        if (strcmp(name, bf_lua_hook_name((enum bf_lua_hook)hook)) != 0)
            continue;
        if (!lua_isfunction(L, -1) || lua_iscfunction(L, -1))
            luaL_error(L, "%s is %s; write function %s(…)", name, bf_lua_kind(L, -1), name);
        return;
    }
    luaL_error(L, "there is no hook '%s'; on_request, on_record and on_ingest are called", name);
}

void bf_declare_hooks(lua_State *L)
{
    bool any = false;
    bf_freeze_push_globals(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || strncmp(lua_tostring(L, -2), "on_", 3) != 0)
            continue;
        check_name(L, lua_tostring(L, -2));
        any = true;
    }
    lua_pop(L, 1);
    if (!any)
        luaL_error(L, "the script defines none of on_request, on_record and on_ingest");
    if (bf_lua_of(L)->fields[0].name && bf_freeze_global(L, "on_record") == LUA_TNIL)
        luaL_error(L, "the script declares fields, and no on_record that fills them");
}
