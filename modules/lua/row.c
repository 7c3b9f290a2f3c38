#include "lua/row.h"

#include "value/instant.h"
#include "value/type.h"

#include <math.h>

/* Addresses of these are keys of the registry: names to indexes, and texts that were written. */
static const char key_names, key_held;

static struct bf_lua_row *row_of(lua_State *L)
{
    struct bf_lua_row *r = bf_lua_of(L)->row;
    if (!r || !r->row)
        luaL_error(L, "the row is gone: it can be used in on_record only");
    return r;
}

bool bf_lua_row_withheld(const struct bf_lua_row *r, const char *name)
{
    return r->whole && bf_schema_column(r->whole, bf_str_of(name));
}

/* The key at 2 as an index; upvalue 1 are the names. -1: a field that the reader does not see. */
static int index_of(lua_State *L, struct bf_lua_row *r)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNUMBER) {
        int index = (int)lua_tointeger(L, -1);
        lua_pop(L, 1);
        return index;
    }
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "a field is named by a text, not by %s", bf_lua_kind(L, 2));
    const char *name = lua_tostring(L, 2);
    if (bf_schema_column(r->schema, bf_str_of(name)))
        return luaL_error(L,
                          "the field '%s' is named by a text that was put together; write its "
                          "name in the script once, so that rows are read with it",
                          name);
    if (bf_lua_row_withheld(r, name))
        return -1;
    return luaL_error(L, "%s has no field '%s'", bf_lua_of(L)->dataset, name);
}

/* ---- reading ------------------------------------------------------------------------------- */

static int push_point(lua_State *L, double lon, double lat)
{
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, lon);
    lua_setfield(L, -2, "lon");
    lua_pushnumber(L, lat);
    lua_setfield(L, -2, "lat");
    return 1;
}

static int push_written(lua_State *L, const struct bf_lua_field *f)
{
    if (f->null)
        return lua_pushnil(L), 1;
    switch (f->type) {
    case BF_BOOL:
        lua_pushboolean(L, f->boolean);
        return 1;
    case BF_DOUBLE:
        lua_pushnumber(L, f->real);
        return 1;
    case BF_TEXT:
        bf_lua_push(L, f->text);
        return 1;
    case BF_GEO_POINT:
        return push_point(L, f->point.lon, f->point.lat);
    case BF_NULL:
    case BF_INT:
    case BF_DATE:
    case BF_DATETIME:
    case BF_GEO_SHAPE:
    case BF_JSON:
    default:
        lua_pushinteger(L, f->integer);
        return 1;
    }
}

static int push_text(lua_State *L, const struct bf_lua_row *r, int index)
{
    struct bf_str s;
    if (!r->host->get_text(r->row, index, &s.p, &s.n))
        return lua_pushnil(L), 1;
    if (s.n > BF_TEXT_MAX)
        return luaL_error(L, "the text of '%s' has %d KiB; a script can read %d",
                          r->fields[index].name, (int)(s.n / 1024), BF_TEXT_MAX / 1024);
    bf_lua_push(L, s);
    return 1;
}

static int push_read(lua_State *L, const struct bf_lua_row *r, int index)
{
    bool flag;
    int64_t whole;
    double real, lon, lat;
    switch (r->fields[index].type) {
    case BF_BOOL:
        if (r->host->get_bool(r->row, index, &flag))
            return lua_pushboolean(L, flag), 1;
        break;
    case BF_INT:
        if (r->host->get_int(r->row, index, &whole))
            return lua_pushinteger(L, whole), 1;
        break;
    case BF_DOUBLE:
        if (r->host->get_double(r->row, index, &real))
            return lua_pushnumber(L, real), 1;
        break;
    case BF_TEXT:
    case BF_JSON:
        return push_text(L, r, index);
    case BF_DATE:
    case BF_DATETIME:
        if (r->host->get_time(r->row, index, &whole))
            return lua_pushinteger(L, whole), 1;
        break;
    case BF_GEO_POINT:
        if (r->host->get_point(r->row, index, &lon, &lat))
            return push_point(L, lon, lat);
        break;
    case BF_NULL:
    case BF_GEO_SHAPE:
    default:
        return luaL_error(L, "'%s' is a geo_shape; a script cannot read one",
                          r->fields[index].name);
    }
    lua_pushnil(L);
    return 1;
}

static int on_read(lua_State *L)
{
    const struct bf_lua_row *r = row_of(L);
    int index = index_of(L, bf_lua_of(L)->row);
    if (index < 0)
        return lua_pushnil(L), 1;
    return r->fields[index].written ? push_written(L, &r->fields[index]) : push_read(L, r, index);
}

/* ---- writing ------------------------------------------------------------------------------- */

static int wrong(lua_State *L, const struct bf_lua_field *f, const char *right)
{
    return luaL_error(L, "'%s' is of the type %s and takes %s, not %s", f->name,
                      bf_type_info(f->type)->name, right, bf_lua_kind(L, 3));
}

static void take_whole(lua_State *L, struct bf_lua_field *f, int64_t least, int64_t most,
                       const char *right)
{
    int whole;
    f->integer = lua_type(L, 3) == LUA_TNUMBER ? lua_tointegerx(L, 3, &whole) : (whole = 0);
    if (!whole && lua_type(L, 3) == LUA_TNUMBER)
        luaL_error(L, "'%s' takes whole numbers, and %f is none; math.floor cuts it", f->name,
                   lua_tonumber(L, 3));
    if (!whole)
        wrong(L, f, right);
    if (f->integer < least || f->integer > most)
        luaL_error(L, "'%s' takes %s; %I is not within the years 1 to 9999", f->name, right,
                   (LUAI_UACINT)f->integer);
}

/* NaN and infinities are null: 0/0 in a script means that there is no value. */
static void take_real(lua_State *L, struct bf_lua_field *f)
{
    if (lua_type(L, 3) != LUA_TNUMBER)
        wrong(L, f, "a number");
    f->real = lua_tonumber(L, 3);
    f->null = !isfinite(f->real);
}

static void take_text(lua_State *L, struct bf_lua_field *f, int index)
{
    if (lua_type(L, 3) != LUA_TSTRING)
        wrong(L, f, "a text (tostring makes one)");
    f->text.p = lua_tolstring(L, 3, &f->text.n);
    bf_meter_work(L, f->text.n);
    if (!bf_str_is_utf8(f->text))
        luaL_error(L,
                   "the new text of '%s' is no UTF-8; functions of 'string' count bytes and may "
                   "cut a letter, those of 'text' do not",
                   f->name);
    lua_pushvalue(L, 3);
    lua_rawseti(L, lua_upvalueindex(2), index + 1);
}

static void take_point(lua_State *L, struct bf_lua_field *f)
{
    int lon_ok = 0, lat_ok = 0;
    if (lua_type(L, 3) != LUA_TTABLE)
        wrong(L, f, "{lon = …, lat = …}");
    lua_getfield(L, 3, "lon");
    lua_getfield(L, 3, "lat");
    f->point = (struct bf_point){lua_tonumberx(L, -2, &lon_ok), lua_tonumberx(L, -1, &lat_ok)};
    if (!lon_ok || !lat_ok)
        wrong(L, f, "{lon = …, lat = …}");
    if (!(f->point.lon >= -180 && f->point.lon <= 180 && f->point.lat >= -90 &&
          f->point.lat <= 90)) /* also NaN */
        luaL_error(L, "'%s' takes degrees: lon -180 to 180, lat -90 to 90, not %f and %f", f->name,
                   f->point.lon, f->point.lat);
}

static void take(lua_State *L, struct bf_lua_field *f, int index)
{
    f->null = lua_isnil(L, 3);
    if (f->null)
        return;
    switch (f->type) {
    case BF_BOOL:
        if (lua_type(L, 3) != LUA_TBOOLEAN)
            wrong(L, f, "true or false");
        f->boolean = lua_toboolean(L, 3);
        return;
    case BF_INT:
        take_whole(L, f, INT64_MIN, INT64_MAX, "a whole number");
        return;
    case BF_DATE:
        take_whole(L, f, BF_DATE_MIN, BF_DATE_MAX,
                   "days since 1970-01-01, as time.date gives them");
        return;
    case BF_DATETIME:
        take_whole(L, f, BF_INSTANT_MIN, BF_INSTANT_MAX,
                   "microseconds since 1970-01-01T00:00:00Z, as time.parse gives them");
        return;
    case BF_DOUBLE:
        take_real(L, f);
        return;
    case BF_TEXT:
        take_text(L, f, index);
        return;
    case BF_GEO_POINT:
        take_point(L, f);
        return;
    case BF_NULL:
    case BF_GEO_SHAPE:
    case BF_JSON:
    default:
        luaL_error(L, "'%s' is of the type %s, which a script cannot write", f->name,
                   bf_type_info(f->type)->name);
    }
}

static int on_write(lua_State *L)
{
    struct bf_lua_row *r = row_of(L);
    int index = index_of(L, r);
    if (index < 0)
        return 0;
    struct bf_lua_field *f = &r->fields[index];
    struct bf_lua_field now = *f;
    take(L, &now, index);
    if (!f->written)
        r->written[r->nwritten++] = index;
    now.written = true;
    *f = now;
    return 0;
}

/* ---- the object ---------------------------------------------------------------------------- */

void bf_lua_row_push(lua_State *L)
{
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 2);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_names);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_held);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, on_read, 1);
    lua_setfield(L, -4, "__index");
    lua_pushcclosure(L, on_write, 2);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
}

void bf_lua_row_name(lua_State *L, const char *name, int index)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_names);
    lua_pushinteger(L, index);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

void bf_lua_row_begin(struct bf_lua_row *r, struct bf_row *row)
{
    r->row = row;
    r->nwritten = 0;
}

static enum bf_rc put(const struct bf_lua_row *r, int index, const struct bf_lua_field *f)
{
    const struct bf_api *bf = r->host;
    if (f->null)
        return bf->set_null(r->row, index);
    switch (f->type) {
    case BF_BOOL:
        return bf->set_bool(r->row, index, f->boolean);
    case BF_INT:
        return bf->set_int(r->row, index, f->integer);
    case BF_DOUBLE:
        return bf->set_double(r->row, index, f->real);
    case BF_TEXT:
        return bf->set_text(r->row, index, f->text.p, f->text.n);
    case BF_GEO_POINT:
        return bf->set_point(r->row, index, f->point.lon, f->point.lat);
    case BF_NULL:
    case BF_DATE:
    case BF_DATETIME:
    case BF_GEO_SHAPE:
    case BF_JSON:
    default:
        return bf->set_time(r->row, index, f->integer);
    }
}

bool bf_lua_row_end(struct bf_lua_row *r, bool keep)
{
    bool ok = true;
    for (int i = 0; i < r->nwritten; i++) {
        struct bf_lua_field *f = &r->fields[r->written[i]];
        if (keep && ok)
            ok = put(r, r->written[i], f) == BF_OK;
        f->written = false;
    }
    r->row = NULL;
    return ok;
}
