/*
 * time: instants, days and the clocks of zones. An instant is a whole number of microseconds since
 * 1970-01-01T00:00:00Z, a date a whole number of days since 1970-01-01. There is no `now`: what a
 * hook says depends on its row alone.
 */
#include "lua/library.h"
#include "lua/state.h"

#include "value/instant.h"

#include <stdio.h>
#include <string.h>

static const int64_t day_us = INT64_C(86400000000);

/* The zone of an argument; absent: UTC. */
static const struct bf_zone *zone_at(lua_State *L, int index)
{
    if (lua_isnoneornil(L, index))
        return bf_zone_utc();
    struct bf_str name = bf_lua_text(L, index);
    const struct bf_zone *zone = bf_zone_find(name);
    if (!zone)
        luaL_error(L, "there is no time zone '%s'; one is \"Europe/Paris\"", name.p);
    bf_meter_work(L, 100);
    return zone;
}

static int64_t instant_at(lua_State *L, int index)
{
    lua_Integer t = luaL_checkinteger(L, index);
    luaL_argcheck(L, t >= BF_INSTANT_MIN && t <= BF_INSTANT_MAX, index,
                  "an instant is within the years 1 to 9999, in microseconds since 1970");
    return t;
}

static int push_instant(lua_State *L, int64_t t)
{
    if (t < BF_INSTANT_MIN || t > BF_INSTANT_MAX)
        lua_pushnil(L);
    else
        lua_pushinteger(L, t);
    return 1;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* A text as an instant; what it leaves out is UTC's. nil: it is none. */
static bool read_text(lua_State *L, int index, struct bf_instant *out)
{
    return bf_instant_read(bf_str_trim(bf_lua_text(L, index)), out);
}

/* time.parse(text, zone): an offset in the text counts; without one the zone's clock does. */
static int time_parse(lua_State *L)
{
    struct bf_instant read;
    const struct bf_zone *zone = zone_at(L, 2);
    if (!read_text(L, 1, &read))
        return lua_pushnil(L), 1;
    return push_instant(L, bf_instant_resolve(&read, zone));
}

/* The instants that a wall clock shows as `wall`: how many (0, 1, 2), the earlier and the later. Of
 * none: the one that value/zone gives. */
static int find_wall(const struct bf_zone *zone, int64_t wall, int64_t *first, int64_t *second)
{
    *first = *second = bf_zone_instant(zone, wall);
    int64_t before = (int64_t)bf_zone_offset(zone, *first - day_us) * 1000000;
    int64_t after = (int64_t)bf_zone_offset(zone, *first + day_us) * 1000000;
    int64_t early = wall - (before > after ? before : after);
    int64_t late = wall - (before > after ? after : before);
    bool is_early = early + (int64_t)bf_zone_offset(zone, early) * 1000000 == wall;
    bool is_late = late + (int64_t)bf_zone_offset(zone, late) * 1000000 == wall;
    if (is_early && is_late && early != late) {
        *first = early;
        *second = late;
        return 2;
    }
    return *first + (int64_t)bf_zone_offset(zone, *first) * 1000000 == wall;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/*
 * time.wall(what, zone, which): what the clock of `zone` showed, as an instant. what: a text, whose
 * own offset or Z is not believed, or an instant that was read with a false one. An hour that came
 * twice is the first of them, or "second", or the one nearer to the instant `which`. The second
 * result is "twice", or "never" for an hour that the clock left out, or nil.
 */
static int time_wall(lua_State *L)
{
    struct bf_instant read;
    const struct bf_zone *zone = zone_at(L, 2);
    int64_t wall, first, second;
    luaL_argcheck(L, !lua_isnoneornil(L, 2), 2, "time.wall needs a zone");
    if (lua_type(L, 1) == LUA_TNUMBER)
        wall = instant_at(L, 1);
    else if (read_text(L, 1, &read))
        wall = read.wall;
    else
        return lua_pushnil(L), 1;
    int n = find_wall(zone, wall, &first, &second);
    if (lua_type(L, 3) == LUA_TNUMBER) {
        int64_t near = instant_at(L, 3);
        first = distance(second, near) < distance(first, near) ? second : first;
    } else if (!lua_isnoneornil(L, 3)) {
        const char *which = luaL_checkstring(L, 3);
        luaL_argcheck(L, strcmp(which, "first") == 0 || strcmp(which, "second") == 0, 3,
                      "\"first\", \"second\" or an instant");
        first = which[0] == 's' ? second : first;
    }
    push_instant(L, first);
    if (n == 1)
        lua_pushnil(L);
    else
        lua_pushstring(L, n ? "twice" : "never");
    return 2;
}

static int time_date(lua_State *L)
{
    int32_t days;
    if (lua_type(L, 1) == LUA_TNUMBER) {
        int64_t t = instant_at(L, 1);
        t += (int64_t)bf_zone_offset(zone_at(L, 2), t) * 1000000;
        lua_pushinteger(L, t >= 0 ? t / day_us : (t + 1) / day_us - 1);
    } else if (bf_date_read(bf_str_trim(bf_lua_text(L, 1)), &days)) {
        lua_pushinteger(L, days);
    } else {
        lua_pushnil(L);
    }
    return 1;
}

/* ---- parts --------------------------------------------------------------------------------- */

static void set_part(lua_State *L, const char *name, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

/* Monday is 1, as in ISO 8601. */
static int weekday(int32_t days)
{
    int d = (int)(((int64_t)days + 3) % 7);
    return (d < 0 ? d + 7 : d) + 1;
}

static void push_day(lua_State *L, int32_t days)
{
    int year, month, day;
    bf_date_civil(days, &year, &month, &day);
    lua_createtable(L, 0, 10);
    set_part(L, "year", year);
    set_part(L, "month", month);
    set_part(L, "day", day);
    set_part(L, "weekday", weekday(days));
    set_part(L, "yearday", days - bf_date_days(year, 1, 1) + 1);
}

/* time.parts(instant, zone): a table of what its calendar and clock show. */
static int time_parts(lua_State *L)
{
    int64_t t = instant_at(L, 1);
    int32_t offset = bf_zone_offset(zone_at(L, 2), t);
    int64_t wall = t + (int64_t)offset * 1000000;
    int64_t days = wall >= 0 ? wall / day_us : (wall + 1) / day_us - 1;
    int64_t us = wall - days * day_us;
    push_day(L, (int32_t)days);
    set_part(L, "hour", us / 3600000000);
    set_part(L, "minute", us / 60000000 % 60);
    set_part(L, "second", us / 1000000 % 60);
    set_part(L, "microsecond", us % 1000000);
    set_part(L, "offset", offset);
    return 1;
}

static int time_date_parts(lua_State *L)
{
    lua_Integer days = luaL_checkinteger(L, 1);
    luaL_argcheck(L, days >= BF_DATE_MIN && days <= BF_DATE_MAX, 1,
                  "a date is within the years 1 to 9999, in days since 1970-01-01");
    push_day(L, (int32_t)days);
    return 1;
}

/* ---- writing ------------------------------------------------------------------------------- */

static int time_format(lua_State *L)
{
    char text[BF_INSTANT_TEXT];
    int64_t t = instant_at(L, 1);
    lua_pushlstring(L, text, bf_instant_format(text, t, zone_at(L, 2)));
    return 1;
}

static int time_format_date(lua_State *L)
{
    char text[BF_INSTANT_TEXT];
    lua_Integer days = luaL_checkinteger(L, 1);
    luaL_argcheck(L, days >= BF_DATE_MIN && days <= BF_DATE_MAX, 1,
                  "a date is within the years 1 to 9999, in days since 1970-01-01");
    lua_pushlstring(L, text, bf_date_format(text, (int32_t)days));
    return 1;
}

static int time_seconds(lua_State *L)
{
    lua_Number seconds = luaL_checknumber(L, 1);
    luaL_argcheck(L, seconds >= -62135596800.0 && seconds < 253402300800.0, 1,
                  "seconds since 1970, within the years 1 to 9999");
    if (lua_isinteger(L, 1))
        return push_instant(L, lua_tointeger(L, 1) * 1000000);
    return push_instant(L, (int64_t)(seconds * 1e6 + (seconds < 0 ? -0.5 : 0.5)));
}

const luaL_Reg bf_lib_time[] = {
    {"date", time_date},
    {"date_parts", time_date_parts},
    {"format", time_format},
    {"format_date", time_format_date},
    {"parse", time_parse},
    {"parts", time_parts},
    {"seconds", time_seconds},
    {"wall", time_wall},
    {NULL, NULL},
};
