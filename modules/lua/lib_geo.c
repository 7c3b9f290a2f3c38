/* geo: area distance inside. A point is a longitude and a latitude in degrees, or {lon =, lat =}.
 * */
#include "lua/areas.h"
#include "lua/freeze.h"
#include "lua/library.h"
#include "lua/state.h"

#include "value/number.h"

#include <math.h>

/* The mean radius that PostGIS's ST_DistanceSphere uses. */
static const double radius_m = 6371008.7714150598;

/* Address: key of the registry for the attributes that were asked for, by layer and area. */
static const char key_found;

static double degrees(lua_State *L, int index, double most)
{
    double v = luaL_checknumber(L, index);
    if (!(v >= -most && v <= most))
        luaL_error(L, "%f is no %s: -%d to %d degrees", v, most > 90 ? "longitude" : "latitude",
                   (int)most, (int)most);
    return v;
}

/* The point that begins at *index, which moves behind it. */
static struct bf_point point_at(lua_State *L, int *index)
{
    struct bf_point p;
    if (lua_type(L, *index) != LUA_TTABLE) {
        p.lon = degrees(L, *index, 180);
        p.lat = degrees(L, *index + 1, 90);
        *index += 2;
        return p;
    }
    lua_getfield(L, *index, "lon");
    lua_getfield(L, *index, "lat");
    if (lua_type(L, -2) != LUA_TNUMBER || lua_type(L, -1) != LUA_TNUMBER)
        luaL_argerror(L, *index, "a point is a longitude and a latitude, or {lon = …, lat = …}");
    p.lon = degrees(L, -2, 180);
    p.lat = degrees(L, -1, 90);
    lua_pop(L, 2);
    *index += 1;
    return p;
}

static int geo_distance(lua_State *L)
{
    int index = 1;
    struct bf_point a = point_at(L, &index), b = point_at(L, &index);
    const double rad = 3.14159265358979323846 / 180;
    double x = sin((b.lat - a.lat) * rad / 2), y = sin((b.lon - a.lon) * rad / 2);
    double h = x * x + y * y * cos(a.lat * rad) * cos(b.lat * rad);
    lua_pushnumber(L, 2 * radius_m * asin(sqrt(h < 1 ? h : 1)));
    return 1;
}

/* ---- polygons ------------------------------------------------------------------------------ */

/* Element i of the ring at index: {3.06, 50.63} or {lon =, lat =}. */
static struct bf_point vertex(lua_State *L, int ring, lua_Integer i)
{
    struct bf_point p;
    int at = lua_gettop(L) + 1;
    lua_rawgeti(L, ring, i);
    bool pair = lua_istable(L, at) && lua_geti(L, at, 1) == LUA_TNUMBER;
    if (pair) {
        lua_geti(L, at, 2);
        p = (struct bf_point){degrees(L, at + 1, 180), degrees(L, at + 2, 90)};
    } else {
        p = point_at(L, &(int){at});
    }
    lua_settop(L, at - 1);
    return p;
}

/* geo.inside(lon, lat, {{3.0, 50.6}, {3.1, 50.6}, …}) */
static int geo_inside(lua_State *L)
{
    int index = 1;
    struct bf_point p = point_at(L, &index);
    luaL_checktype(L, index, LUA_TTABLE);
    bf_freeze_plain(L, index);
    int ring = lua_gettop(L);
    lua_Integer n = (lua_Integer)lua_rawlen(L, ring);
    luaL_argcheck(L, n >= 3, index, "a polygon has three points at least");
    bf_meter_work(L, (size_t)n * 200);
    struct bf_point *points = lua_newuserdatauv(L, (size_t)n * sizeof *points, 0);
    for (lua_Integer i = 1; i <= n; i++)
        points[i - 1] = vertex(L, ring, i);
    lua_pushboolean(L, bf_areas_ring_crosses(points, (size_t)n, p.lon, p.lat));
    return 1;
}

/* ---- areas --------------------------------------------------------------------------------- */

static void push_attribute(lua_State *L, const struct bf_raw_member *m)
{
    int64_t whole;
    double real;
    if (m->kind == BF_RAW_NULL)
        lua_pushnil(L);
    else if (m->kind == BF_RAW_TRUE || m->kind == BF_RAW_FALSE)
        lua_pushboolean(L, m->kind == BF_RAW_TRUE);
    else if (m->kind == BF_RAW_NUMBER && bf_number_int(m->text, &whole))
        lua_pushinteger(L, whole);
    else if (m->kind == BF_RAW_NUMBER && bf_number_real(m->text, &real))
        lua_pushnumber(L, real);
    else
        bf_lua_push(L, m->text);
}

/* The table of the area, made when it is asked for the first time. */
static void push_area(lua_State *L, const struct bf_areas *areas, int layer, int area)
{
    const struct bf_raw_record *r = bf_areas_attributes(areas, layer, area);
    lua_Integer key = (lua_Integer)layer << 32 | area;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key_found) != LUA_TTABLE) {
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key_found);
    }
    int found = lua_gettop(L);
    if (lua_rawgeti(L, found, key) == LUA_TTABLE)
        return;
    lua_newtable(L);
    for (size_t i = 0; i < r->n; i++) {
        bf_lua_push(L, r->members[i].name);
        push_attribute(L, &r->members[i]);
        lua_rawset(L, -3);
    }
    bf_freeze_table(L);
    const struct bf_meter *m = bf_meter_of(L);
    if (m->used > m->limit / 2)
        return; /* the script may need the rest */
    lua_pushvalue(L, -1);
    lua_rawseti(L, found, key);
}

/* geo.area("communes", lon, lat): the attributes of the area that holds the point, or nil. */
static int geo_area(lua_State *L)
{
    int index = 2;
    const struct bf_areas *areas = bf_lua_of(L)->areas;
    struct bf_str name = bf_lua_text(L, 1);
    struct bf_point p = point_at(L, &index);
    int layer = areas ? bf_areas_layer(areas, name) : -1;
    if (layer < 0)
        return luaL_error(L, "there are no areas '%s' here%s", name.p,
                          areas ? ""
                                : ": on_ingest has those that the manifest names, on_record and "
                                  "on_request have none");
    bf_meter_work(L, 5000);
    int area = bf_areas_find(areas, layer, p.lon, p.lat);
    if (area < 0)
        lua_pushnil(L);
    else
        push_area(L, areas, layer, area);
    return 1;
}

const luaL_Reg bf_lib_geo[] = {
    {"area", geo_area}, {"distance", geo_distance}, {"inside", geo_inside}, {NULL, NULL}};
