#include "lua/ingest.h"

#include "lua/json.h"
#include "lua/record.h"
#include "lua/state.h"
#include "value/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 200 }; /* bytes of a name that a script may write */

enum progress { AS_IT_CAME, READ, WRITTEN, REMOVED };

struct slot {
    struct bf_raw_member member; /* as it came, then as it goes out */
    enum progress progress;
    uint64_t digest; /* READ: of the JSON that its table gave at once */
};

struct bf_lua_record {
    bool open; /* on_ingest is running */
    struct slot *slots;
    size_t n, room;
    struct bf_raw_member *out;
    size_t nout;
};

static struct bf_lua_record *record_of(lua_State *L)
{
    struct bf_lua_record *r = bf_lua_of(L)->record;
    if (!r || !r->open)
        luaL_error(L, "the record is gone: it can be used in on_ingest only");
    return r;
}

/* ---- slots --------------------------------------------------------------------------------- */

static bool make_room(struct bf_lua_record *r, size_t n)
{
    size_t room = r->room ? r->room : 32;
    if (n <= r->room)
        return true;
    if (n > BF_LUA_MEMBERS)
        return false;
    while (room < n)
        room *= 2;
    struct slot *slots = realloc(r->slots, room * sizeof *slots);
    r->slots = slots ? slots : r->slots;
    struct bf_raw_member *members = slots ? realloc(r->out, room * sizeof *members) : NULL;
    r->out = members ? members : r->out;
    if (members)
        r->room = room;
    return members != NULL;
}

/* The last of that name; -1: none. */
static ptrdiff_t find(const struct bf_lua_record *r, struct bf_str name)
{
    for (size_t i = r->n; i-- > 0;)
        if (bf_str_eq(r->slots[i].member.name, name))
            return (ptrdiff_t)i;
    return -1;
}

/* The key at 2; what: "record.name", for messages. */
static struct bf_str name_of(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING)
        luaL_error(L, "a member is named by a text, not by %s", bf_lua_kind(L, 2));
    return bf_lua_text(L, 2);
}

static const char *describe(lua_State *L, struct bf_str name)
{
    return lua_pushfstring(L, "record.%s", lua_pushlstring(L, name.p, name.n < 60 ? name.n : 60));
}

/* The values of this call, by slot from 1: the record's own place for one value. */
static void hold(lua_State *L, int record, size_t slot)
{
    lua_getiuservalue(L, record, 1);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)slot + 1);
    lua_pop(L, 1);
}

static void push_held(lua_State *L, int record, size_t slot)
{
    lua_getiuservalue(L, record, 1);
    lua_rawgeti(L, -1, (lua_Integer)slot + 1);
    lua_remove(L, -2);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void push_number(lua_State *L, const struct bf_raw_member *m)
{
    int64_t whole;
    double real;
    if (bf_number_int(m->text, &whole))
        lua_pushinteger(L, whole);
    else if (bf_number_real(m->text, &real))
        lua_pushnumber(L, real);
    else
        luaL_error(L, "%s is a number that no script can hold", describe(L, m->name));
}

static uint64_t digest_of(lua_State *L, int index, struct bf_str name)
{
    struct bf_build b;
    bf_build_open(&b, L);
    bf_lua_json_write(L, index, &b, describe(L, name));
    uint64_t digest = bf_str_hash((struct bf_str){b.p, b.n});
    lua_settop(L, b.at - 1);
    return digest;
}

static void push_table(lua_State *L, int record, struct bf_lua_record *r, size_t i)
{
    struct slot *s = &r->slots[i];
    if (!bf_lua_json_read(L, s->member.text))
        luaL_error(L, "%s is no valid JSON, or has more than %d levels",
                   describe(L, s->member.name), BF_LUA_DEPTH);
    hold(L, record, i);
    s->digest = digest_of(L, lua_gettop(L), s->member.name);
    s->progress = READ;
}

static void push_member(lua_State *L, int record, struct bf_lua_record *r, size_t i)
{
    const struct slot *s = &r->slots[i];
    if (s->progress == READ || s->progress == WRITTEN) {
        push_held(L, record, i);
        return;
    }
    if (s->progress == REMOVED) {
        lua_pushnil(L);
        return;
    }
    switch (s->member.kind) {
    case BF_RAW_TRUE:
    case BF_RAW_FALSE:
        lua_pushboolean(L, s->member.kind == BF_RAW_TRUE);
        return;
    case BF_RAW_NUMBER:
        push_number(L, &s->member);
        return;
    case BF_RAW_TEXT:
        if (s->member.text.n > BF_TEXT_MAX)
            luaL_error(L, "%s has %d KiB; a script can read %d", describe(L, s->member.name),
                       (int)(s->member.text.n / 1024), BF_TEXT_MAX / 1024);
        bf_lua_push(L, s->member.text);
        return;
    case BF_RAW_OBJECT:
    case BF_RAW_ARRAY:
        push_table(L, record, r, i);
        return;
    case BF_RAW_NULL:
    default:
        lua_pushnil(L);
    }
}

static int on_read(lua_State *L)
{
    struct bf_lua_record *r = record_of(L);
    ptrdiff_t i = find(r, name_of(L));
    bf_meter_work(L, r->n * 2);
    if (i < 0)
        lua_pushnil(L);
    else
        push_member(L, 1, r, (size_t)i);
    return 1;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Its name is held as long as the call lasts. */
static size_t add_slot(lua_State *L, struct bf_lua_record *r, struct bf_str name)
{
    if (name.n == 0 || name.n > NAME || !bf_str_is_utf8(name))
        luaL_error(L, "a member's name has 1 to %d bytes of UTF-8", NAME);
    if (!make_room(r, r->n + 1))
        luaL_error(L, "a record has at most %d members", BF_LUA_MEMBERS);
    r->slots[r->n] = (struct slot){.member = {.name = name}, .progress = REMOVED};
    lua_pushvalue(L, 2);
    hold(L, 1, r->n + BF_LUA_MEMBERS);
    lua_pop(L, 1);
    return r->n++;
}

static void check_value(lua_State *L, struct bf_str name)
{
    switch (lua_type(L, 3)) {
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TTABLE:
        return;
    case LUA_TSTRING:
        bf_meter_work(L, lua_rawlen(L, 3));
        if (!bf_str_is_utf8(bf_lua_text(L, 3)))
            luaL_error(L,
                       "the new text of %s is no UTF-8; functions of 'string' count bytes and may "
                       "cut a letter, those of 'text' do not",
                       describe(L, name));
        return;
    default:
        luaL_error(L, "%s is %s; a text, a number, true, false, nil or a table", describe(L, name),
                   bf_lua_kind(L, 3));
    }
}

static int on_write(lua_State *L)
{
    struct bf_lua_record *r = record_of(L);
    struct bf_str name = name_of(L);
    ptrdiff_t at = find(r, name);
    bf_meter_work(L, r->n * 2);
    if (lua_isnil(L, 3)) {
        if (at >= 0)
            r->slots[at].progress = REMOVED;
        return 0;
    }
    check_value(L, name);
    size_t i = at < 0 ? add_slot(L, r, name) : (size_t)at;
    lua_settop(L, 3);
    hold(L, 1, i);
    r->slots[i].progress = WRITTEN;
    return 0;
}

/* ---- pairs --------------------------------------------------------------------------------- */

/* Upvalue: the next slot. Of several members with one name the last. */
static int on_next(lua_State *L)
{
    struct bf_lua_record *r = record_of(L);
    size_t i = (size_t)lua_tointeger(L, lua_upvalueindex(1));
    luaL_checktype(L, 1, LUA_TUSERDATA);
    for (; i < r->n; i++) {
        bf_meter_work(L, r->n);
        if (find(r, r->slots[i].member.name) != (ptrdiff_t)i)
            continue;
        lua_settop(L, 1);
        bf_lua_push(L, r->slots[i].member.name);
        push_member(L, 1, r, i);
        if (lua_isnil(L, -1))
            continue;
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_replace(L, lua_upvalueindex(1));
        return 2;
    }
    return 0;
}

static int on_pairs(lua_State *L)
{
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, on_next, 1);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

void bf_lua_record_push(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__index", on_read}, {"__newindex", on_write}, {"__pairs", on_pairs}, {NULL, NULL}};
    lua_newuserdatauv(L, 1, 1);
    lua_newtable(L);
    luaL_setfuncs(L, meta, 0);
    lua_setmetatable(L, -2);
}

void bf_lua_record_free(struct bf_lua_record *r)
{
    if (!r)
        return;
    free(r->slots);
    free(r->out);
    free(r);
}

/* ---- a call -------------------------------------------------------------------------------- */

/* A value of the script as a member: what is printed becomes a text that the state holds. */
static void settle_value(lua_State *L, struct slot *s, size_t i)
{
    struct bf_raw_member *m = &s->member;
    struct bf_build b;
    int value = lua_gettop(L);
    switch (lua_type(L, value)) {
    case LUA_TBOOLEAN:
        m->kind = lua_toboolean(L, value) ? BF_RAW_TRUE : BF_RAW_FALSE;
        m->text = lua_toboolean(L, value) ? BF_STR("true") : BF_STR("false");
        return;
    case LUA_TSTRING:
        m->kind = BF_RAW_TEXT;
        m->text = bf_lua_text(L, value);
        return;
    default:
        break;
    }
    const char *what = describe(L, m->name);
    bf_build_open(&b, L);
    bf_lua_json_write(L, value, &b, what);
    bool list = b.n > 0 && b.p[0] == '[';
    bf_build_push(&b);
    m->kind = lua_type(L, value) == LUA_TNUMBER ? BF_RAW_NUMBER
              : list                            ? BF_RAW_ARRAY
                                                : BF_RAW_OBJECT;
    m->text = bf_lua_text(L, -1);
    hold(L, 2, i);
}

/* The record is at 2. */
static void settle(lua_State *L, struct bf_lua_record *r)
{
    r->nout = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct slot *s = &r->slots[i];
        if (s->progress == REMOVED)
            continue;
        int top = lua_gettop(L);
        if (s->progress != AS_IT_CAME)
            push_held(L, 2, i);
        if (s->progress == WRITTEN ||
            (s->progress == READ && digest_of(L, lua_gettop(L), s->member.name) != s->digest))
            settle_value(L, s, i);
        lua_settop(L, top);
        r->out[r->nout++] = s->member;
    }
}

/* In place of the hook: (on_ingest, record) -> what the hook returned. */
static int run_ingest(lua_State *L)
{
    struct bf_lua_record *r = record_of(L);
    lua_newtable(L);
    lua_setiuservalue(L, 2, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_call(L, 1, 2);
    if (lua_type(L, 3) != LUA_TBOOLEAN || lua_toboolean(L, 3))
        settle(L, r);
    return 2;
}

enum bf_lua_rc bf_lua_ingest(struct bf_lua_script *s, const struct bf_raw_record *in,
                             struct bf_raw_record *out, struct bf_lua_fault *fault)
{
    struct bf_lua_record *r = s->record = s->record ? s->record : calloc(1, sizeof *r);
    *out = (struct bf_raw_record){NULL, 0};
    if (!r)
        return bf_lua_blame(s, fault, BF_LUA_SPACE, 0, "there is no memory for a record");
    if (!make_room(r, in->n))
        return bf_lua_blame(s, fault, BF_LUA_ERROR, 0,
                            "the record has %zu members; a script can take %d", in->n,
                            BF_LUA_MEMBERS);
    r->n = in->n;
    for (size_t i = 0; i < in->n; i++)
        r->slots[i] = (struct slot){.member = in->members[i]};
    r->open = true;
    enum bf_lua_rc rc = bf_lua_call_hook(s, BF_LUA_ON_INGEST, run_ingest, fault);
    r->open = false;
    if (rc == BF_LUA_OK)
        *out = (struct bf_raw_record){r->out, r->nout};
    return rc;
}
