/*
 * Fuzz target: scripts, and what scripts hand to the library.
 *
 * Promise   no text of a script, and no value of a record, leads out of the sandbox: not out of its
 *           memory, its time or the bounds of a buffer. What comes out of on_ingest is UTF-8.
 *
 * The first byte chooses: '1' text NUL text, the two members of a record that a script of all
 * functions takes apart, everything else the text of a script, which a small record goes through.
 */
#include "lua/guard.h"
#include "lua/ingest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char everything[] =
    "local function try(r)\n"
    "  local a, b = r.a, r.b\n"
    "  r.len, r.slug, r.fold = text.len(a), text.slug(a), text.fold(b)\n"
    "  r.upper, r.title = text.lower(text.upper(a)), text.title(a)\n"
    "  r.number, r.parts = text.number(a), text.split(a .. ';' .. b, ';')\n"
    "  r.json, r.at, r.day = json.read(b), time.parse(a), time.date(a)\n"
    "  r.wall = time.wall(b, 'Europe/Paris')\n"
    "  r.squeeze, r.trim, r.sub = text.squeeze(a), text.trim(b), text.sub(a, -3, 2)\n"
    "  r.where = tostring(a:find(b, 1, true))\n"
    "end\n"
    "function on_ingest(r)\n"
    "  if r.c then return try(r) end\n"
    "  if r.f then r.text = string.format(r.b, r.a, 1, 2.5, true) return end\n"
    "  local a, b = r.a, r.b\n"
    "  r.find, r.match = tostring(a:find(b)), tostring(a:match(b))\n"
    "  if b:sub(1, 1) ~= '^' then for x, y in a:gmatch(b) do r.last = tostring(y) end end\n"
    "  r.sub = text.valid(a:gsub(b, '%0.')) and a:gsub(b, '%0.') or nil\n"
    "end\n";

static struct bf_lua_script *open_script(const char *text, size_t n)
{
    struct bf_lua_fault fault;
    const struct bf_lua_source source = {.name = BF_STR("fuzz/hook.lua"),
                                         .dataset = BF_STR("fuzz"),
                                         .text = {text, n},
                                         .memory = 1 << 20,
                                         .time_us = 3000};
    return bf_lua_script_open(&source, &fault);
}

static void pass(struct bf_lua_script *s, const struct bf_raw_member *members, size_t n)
{
    const struct bf_raw_record in = {members, n};
    struct bf_raw_record out;
    struct bf_lua_fault fault;
    enum bf_lua_rc rc = bf_lua_ingest(s, &in, &out, &fault);
    if (rc != BF_LUA_OK && out.n != 0)
        abort();
    if (rc != BF_LUA_OK && rc != BF_LUA_DROP && !bf_str_is_utf8(bf_str_of(fault.message)))
        abort();
    for (size_t i = 0; i < out.n; i++)
        if (!bf_str_is_utf8(out.members[i].name) || !bf_str_is_utf8(out.members[i].text))
            abort();
    if (bf_lua_script_use(s).peak > 1 << 20)
        abort();
}

static void take_apart(const char *p, size_t n)
{
    static struct bf_lua_script *s;
    const char *end = memchr(p, '\0', n);
    struct bf_str a = {p, end ? (size_t)(end - p) : n};
    struct bf_str b = {p + n, 0};
    if (end)
        b = (struct bf_str){end + 1, n - a.n - 1};
    if (!bf_str_is_utf8(a) || !bf_str_is_utf8(b))
        return;
    s = s ? s : open_script(everything, sizeof everything - 1);
    if (!s)
        abort();
    const struct bf_raw_member members[] = {{BF_STR("a"), BF_RAW_TEXT, a},
                                            {BF_STR("b"), BF_RAW_TEXT, b},
                                            {BF_STR("c"), BF_RAW_TRUE, BF_STR("true")},
                                            {BF_STR("f"), BF_RAW_TRUE, BF_STR("true")}};
    pass(s, members, 2);
    pass(s, members, 3);
    const struct bf_raw_member format[] = {members[0], members[1], members[3]};
    pass(s, format, 3);
}

static void run_text(const char *p, size_t n)
{
    const struct bf_raw_member members[] = {
        {BF_STR("nom"), BF_RAW_TEXT, BF_STR(" Hôtel de ville ")},
        {BF_STR("n"), BF_RAW_NUMBER, BF_STR("12")},
        {BF_STR("geo"), BF_RAW_OBJECT, BF_STR("{\"lon\": 3.1, \"lat\": [50.6, null]}")}};
    struct bf_lua_script *s = open_script(p, n);
    if (s && bf_lua_script_has(s, BF_LUA_ON_INGEST)) {
        pass(s, members, 3);
        pass(s, members, 3);
    }
    bf_lua_script_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 0 && data[0] == '1')
        take_apart((const char *)data + 1, n - 1);
    else
        run_text((const char *)data, n);
    bf_guard_rest();
    return 0;
}
