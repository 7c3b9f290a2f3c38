/*
 * text: contains digest ends fold len lower number replace slug split squeeze starts sub title trim
 * upper valid. About letters: what is no UTF-8 is an error (but for valid).
 */
#include "lua/library.h"
#include "lua/letters.h"
#include "lua/state.h"

#include "core/digest.h"
#include "value/number.h"

#include <string.h>

/* The argument as UTF-8; every function that walks through it tells the meter here. */
static struct bf_str letters_at(lua_State *L, int index)
{
    struct bf_str s = bf_lua_text(L, index);
    bf_meter_work(L, s.n * 8);
    if (memchr(s.p, '\0', s.n) || !bf_str_is_utf8(s))
        luaL_argerror(L, index, "the text is no UTF-8; text.valid tells");
    return s;
}

static void put_letter(struct bf_build *b, uint32_t c)
{
    b->n += bf_letter_put(bf_build_room(b, BF_LETTER_MAX), c);
}

static struct bf_str trimmed(struct bf_str s)
{
    const char *p = s.p, *end = s.p + s.n, *from = NULL, *to = s.p;
    while (p < end) {
        const char *at = p;
        if (bf_letter_is_blank(bf_letter_next(&p)))
            continue;
        from = from ? from : at;
        to = p;
    }
    return from ? (struct bf_str){from, (size_t)(to - from)} : (struct bf_str){s.p, 0};
}

static int text_trim(lua_State *L)
{
    bf_lua_push(L, trimmed(letters_at(L, 1)));
    return 1;
}

/* Trimmed, and each run of blanks inside is one blank. */
static int text_squeeze(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = trimmed(letters_at(L, 1));
    bool blank = false;
    bf_build_open(&b, L);
    for (const char *p = s.p; p < s.p + s.n;) {
        uint32_t c = bf_letter_next(&p);
        bool now = bf_letter_is_blank(c);
        if (now && !blank)
            bf_build_add(&b, " ", 1);
        else if (!now)
            put_letter(&b, c);
        blank = now;
    }
    bf_build_push(&b);
    return 1;
}

static int map_letters(lua_State *L, uint32_t (*of)(uint32_t))
{
    struct bf_build b;
    struct bf_str s = letters_at(L, 1);
    bf_build_open(&b, L);
    for (const char *p = s.p; p < s.p + s.n;)
        put_letter(&b, of(bf_letter_next(&p)));
    bf_build_push(&b);
    return 1;
}

static int text_lower(lua_State *L)
{
    return map_letters(L, bf_letter_lower);
}

static int text_upper(lua_State *L)
{
    return map_letters(L, bf_letter_upper);
}

/* Behind what the next letter begins a word. */
static bool parts_words(uint32_t c)
{
    return bf_letter_is_blank(c) || c == '-' || c == '\'' || c == 0x2019 || c == '(' || c == '/' ||
           c == '.' || c == '"';
}

static int text_title(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = letters_at(L, 1);
    bool first = true;
    bf_build_open(&b, L);
    for (const char *p = s.p; p < s.p + s.n;) {
        uint32_t c = bf_letter_next(&p);
        put_letter(&b, first ? bf_letter_upper(c) : bf_letter_lower(c));
        first = parts_words(c);
    }
    bf_build_push(&b);
    return 1;
}

/* ---- folding ------------------------------------------------------------------------------- */

static void add_folded(struct bf_build *b, uint32_t c)
{
    const char *to = bf_letter_fold(c);
    if (to)
        bf_build_add(b, to, strlen(to));
    else
        put_letter(b, bf_letter_lower(c));
}

static int text_fold(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = letters_at(L, 1);
    bf_build_open(&b, L);
    for (const char *p = s.p; p < s.p + s.n;)
        add_folded(&b, bf_letter_next(&p));
    bf_build_push(&b);
    return 1;
}

static bool in_slug(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Folded, with one '-' for whatever is neither a letter of ASCII nor a digit. */
static int text_slug(lua_State *L)
{
    struct bf_build folded, b;
    struct bf_str s = letters_at(L, 1);
    bool gap = false;
    bf_build_open(&folded, L);
    for (const char *p = s.p; p < s.p + s.n;)
        add_folded(&folded, bf_letter_next(&p));
    bf_build_open(&b, L);
    for (size_t i = 0; i < folded.n; i++) {
        if (!in_slug(folded.p[i])) {
            gap = b.n > 0;
            continue;
        }
        if (gap)
            bf_build_add(&b, "-", 1);
        bf_build_add(&b, folded.p + i, 1);
        gap = false;
    }
    bf_build_push(&b);
    return 1;
}

/* ---- parts --------------------------------------------------------------------------------- */

static int text_split(lua_State *L)
{
    struct bf_str s = letters_at(L, 1), mark = letters_at(L, 2);
    luaL_argcheck(L, mark.n > 0, 2, "what to split at is not to be empty");
    lua_newtable(L);
    for (lua_Integer i = 1;; i++) {
        const char *found = memmem(s.p, s.n, mark.p, mark.n);
        bf_lua_push(L, (struct bf_str){s.p, found ? (size_t)(found - s.p) : s.n});
        lua_rawseti(L, -2, i);
        bf_meter_work(L, 64);
        if (!found)
            return 1;
        s.n -= (size_t)(found - s.p) + mark.n;
        s.p = found + mark.n;
    }
}

static int text_replace(lua_State *L)
{
    struct bf_build b;
    struct bf_str s = letters_at(L, 1), what = letters_at(L, 2), with = letters_at(L, 3);
    luaL_argcheck(L, what.n > 0, 2, "what to replace is not to be empty");
    bf_build_open(&b, L);
    for (const char *found; (found = memmem(s.p, s.n, what.p, what.n)) != NULL;) {
        bf_build_add(&b, s.p, (size_t)(found - s.p));
        bf_build_add(&b, with.p, with.n);
        s.n -= (size_t)(found - s.p) + what.n;
        s.p = found + what.n;
    }
    bf_build_add(&b, s.p, s.n);
    bf_build_push(&b);
    return 1;
}

static int text_starts(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    lua_pushboolean(L, bf_str_starts(s, bf_lua_text(L, 2)));
    return 1;
}

static int text_ends(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    lua_pushboolean(L, bf_str_ends(s, bf_lua_text(L, 2)));
    return 1;
}

static int text_contains(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1), part = bf_lua_text(L, 2);
    bf_meter_work(L, s.n);
    lua_pushboolean(L, part.n == 0 || memmem(s.p, s.n, part.p, part.n) != NULL);
    return 1;
}

static int text_len(lua_State *L)
{
    struct bf_str s = letters_at(L, 1);
    lua_pushinteger(L, (lua_Integer)bf_str_chars(s, s.n));
    return 1;
}

/* text.sub(s, first, last): letters, counted like the bytes of string.sub. */
static int text_sub(lua_State *L)
{
    struct bf_str s = letters_at(L, 1);
    lua_Integer n = (lua_Integer)bf_str_chars(s, s.n);
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_optinteger(L, 3, -1);
    first = first < -n ? 1 : first < 0 ? n + first + 1 : first < 1 ? 1 : first;
    last = last < -n ? 0 : last < 0 ? n + last + 1 : last > n ? n : last;
    const char *p = s.p, *from = s.p;
    for (lua_Integer i = 1; i <= last; i++) {
        if (i == first)
            from = p;
        bf_letter_next(&p);
    }
    bf_lua_push(L, (struct bf_str){from, first <= last ? (size_t)(p - from) : 0});
    return 1;
}

static int text_valid(lua_State *L)
{
    struct bf_str s = bf_lua_text(L, 1);
    bf_meter_work(L, s.n);
    lua_pushboolean(L, bf_str_is_utf8(s));
    return 1;
}

/* ---- values -------------------------------------------------------------------------------- */

enum { NUMBER = 64 };

/* "1 234,5" as "1234.5": blanks and apostrophes between digits go; of '.' and ',' the one that
 * comes last is the point when it comes once, others part thousands. 0: this is no number. */
static size_t plain_number(struct bf_str s, char out[NUMBER])
{
    const char *point = NULL;
    size_t n = 0, points = 0;
    for (const char *p = s.p; p < s.p + s.n; p++)
        point = *p == '.' || *p == ',' ? p : point;
    for (const char *p = s.p; point && p < s.p + s.n; p++)
        points += *p == *point;
    for (const char *p = s.p; p < s.p + s.n;) {
        const char *at = p;
        uint32_t c = bf_letter_next(&p);
        bool digit = c >= '0' && c <= '9';
        bool sign = (c == '-' || c == '+' || c == 0x2212) && n == 0 && at == s.p;
        if (n + 2 >= NUMBER)
            return 0;
        if (digit || (sign && c != '+'))
            out[n++] = digit ? (char)c : '-';
        else if (at == point && points == 1)
            out[n++] = '.';
        else if (!sign && !(n > 0 && (c == '.' || c == ',' || c == '\'' || c == 0x2019 ||
                                      bf_letter_is_blank(c))))
            return 0;
    }
    return n;
}

static int text_number(lua_State *L)
{
    char plain[NUMBER];
    int64_t whole;
    double real;
    if (lua_type(L, 1) == LUA_TNUMBER || lua_isnoneornil(L, 1))
        return lua_settop(L, 1), 1;
    struct bf_str s = {plain, plain_number(trimmed(letters_at(L, 1)), plain)};
    if (s.n && bf_number_int(s, &whole))
        lua_pushinteger(L, whole);
    else if (s.n && bf_number_real(s, &real))
        lua_pushnumber(L, real);
    else
        lua_pushnil(L);
    return 1;
}

/* 40 hexadecimal digits that stand for a text: the beginning of its SHA-256. */
static int text_digest(lua_State *L)
{
    unsigned char digest[BF_DIGEST_BYTES];
    char hex[BF_DIGEST_HEX];
    struct bf_str s = bf_lua_text(L, 1);
    bf_meter_work(L, s.n * 4 + 1000);
    bf_digest_of(s, digest);
    bf_digest_hex(digest, hex);
    lua_pushlstring(L, hex, 40);
    return 1;
}

const luaL_Reg bf_lib_text[] = {
    {"contains", text_contains}, {"digest", text_digest},   {"ends", text_ends},
    {"fold", text_fold},         {"len", text_len},         {"lower", text_lower},
    {"number", text_number},     {"replace", text_replace}, {"slug", text_slug},
    {"split", text_split},       {"squeeze", text_squeeze}, {"starts", text_starts},
    {"sub", text_sub},           {"title", text_title},     {"trim", text_trim},
    {"upper", text_upper},       {"valid", text_valid},     {NULL, NULL},
};
