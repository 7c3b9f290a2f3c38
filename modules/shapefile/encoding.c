#include "shapefile/encoding.h"

#include <iconv.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 24 };

#define UTF8 "UTF-8"

struct bf_encoding {
    iconv_t from; /* (iconv_t)-1: it is UTF-8 already */
};

/* In the spelling that is compared: lower case letters and digits alone, without what Windows and
 * ESRI put before the number. */
static const struct {
    const char *spelling, *name;
} names[] = {
    {"utf8", UTF8},
    {"65001", UTF8},
    {"88591", "ISO-8859-1"},
    {"latin1", "ISO-8859-1"},
    {"28591", "ISO-8859-1"},
    {"88592", "ISO-8859-2"},
    {"88593", "ISO-8859-3"},
    {"88594", "ISO-8859-4"},
    {"88595", "ISO-8859-5"},
    {"88596", "ISO-8859-6"},
    {"88597", "ISO-8859-7"},
    {"88598", "ISO-8859-8"},
    {"88599", "ISO-8859-9"},
    {"885910", "ISO-8859-10"},
    {"885913", "ISO-8859-13"},
    {"885915", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"437", "CP437"},
    {"737", "CP737"},
    {"775", "CP775"},
    {"850", "CP850"},
    {"852", "CP852"},
    {"855", "CP855"},
    {"857", "CP857"},
    {"858", "CP858"},
    {"860", "CP860"},
    {"861", "CP861"},
    {"862", "CP862"},
    {"863", "CP863"},
    {"864", "CP864"},
    {"865", "CP865"},
    {"866", "CP866"},
    {"869", "CP869"},
    {"874", "CP874"},
    {"1250", "CP1250"},
    {"1251", "CP1251"},
    {"1252", "CP1252"},
    {"1253", "CP1253"},
    {"1254", "CP1254"},
    {"1255", "CP1255"},
    {"1256", "CP1256"},
    {"1257", "CP1257"},
    {"1258", "CP1258"},
};

/* dBASE and FoxPro, as far as one byte is a character. */
static const struct {
    unsigned char driver;
    const char *name;
} drivers[] = {
    {0x01, "CP437"},  {0x02, "CP850"},  {0x03, "CP1252"}, {0x08, "CP865"},  {0x09, "CP437"},
    {0x0A, "CP850"},  {0x0B, "CP437"},  {0x0D, "CP437"},  {0x0E, "CP850"},  {0x0F, "CP437"},
    {0x10, "CP850"},  {0x11, "CP437"},  {0x12, "CP850"},  {0x14, "CP850"},  {0x15, "CP437"},
    {0x16, "CP850"},  {0x17, "CP865"},  {0x18, "CP437"},  {0x19, "CP437"},  {0x1A, "CP850"},
    {0x1B, "CP437"},  {0x1C, "CP863"},  {0x1D, "CP850"},  {0x1F, "CP852"},  {0x22, "CP852"},
    {0x23, "CP852"},  {0x24, "CP860"},  {0x25, "CP850"},  {0x26, "CP866"},  {0x37, "CP850"},
    {0x40, "CP852"},  {0x58, "CP1252"}, {0x59, "CP1252"}, {0x64, "CP852"},  {0x65, "CP866"},
    {0x66, "CP865"},  {0x67, "CP861"},  {0x6A, "CP737"},  {0x6B, "CP857"},  {0x6C, "CP863"},
    {0x87, "CP852"},  {0x88, "CP857"},  {0xC8, "CP1250"}, {0xC9, "CP1251"}, {0xCA, "CP1254"},
    {0xCB, "CP1253"}, {0xCC, "CP1257"},
};

/* false: it is longer than any that is known. */
static bool respell(struct bf_str name, char out[NAME])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            continue;
        if (n + 1 == NAME)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

const char *bf_encoding_named(struct bf_str name)
{
    static const char *const before[] = {"windows", "ansi", "oem", "ibm", "iso", "cp", ""};
    char spelling[NAME];
    if (!respell(bf_str_trim(name), spelling))
        return NULL;
    const char *rest = spelling;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        size_t n = strlen(before[i]);
        if (strncmp(spelling, before[i], n) != 0)
            continue;
        rest = spelling + n;
        break;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(rest, names[i].spelling) == 0)
            return names[i].name;
    return NULL;
}

const char *bf_encoding_of_language(unsigned char driver)
{
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
        if (drivers[i].driver == driver)
            return drivers[i].name;
    return NULL;
}

static bool is_utf8(const struct bf_encoding *e)
{
    return e->from == (iconv_t)-1;
}

static void release(void *what)
{
    struct bf_encoding *e = what;
    if (!is_utf8(e))
        iconv_close(e->from);
}

struct bf_encoding *bf_encoding_open(struct bf_arena *a, const char *name, struct bf_err *err)
{
    struct bf_encoding *e = bf_arena_zalloc(a, 1, sizeof *e);
    if (!e) {
        BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read texts");
        return NULL;
    }
    e->from = (iconv_t)-1;
    if (strcmp(name, UTF8) == 0)
        return e;
    e->from = iconv_open(UTF8, name);
    if (is_utf8(e)) {
        BF_FAIL_WITH(err, BF_E_BODY, "Texts in %s cannot be read on this machine.", name);
        return NULL;
    }
    if (bf_defer(a, release, e))
        return e;
    BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to read texts");
    return NULL;
}

bool bf_encoding_decode(struct bf_encoding *e, struct bf_str text, struct bf_buf *out)
{
    bf_buf_clear(out);
    if (is_utf8(e)) {
        bf_buf_str(out, text);
        return bf_str_is_utf8(text) && !bf_buf_failed(out);
    }
    size_t most = text.n * 4 + 1, left = text.n, room = most;
    char *to = bf_buf_reserve(out, most);
    /* iconv does not write to what it reads; its signature is older than const. */
    union {
        const char *given;
        char *p;
    } from = {text.p};
    if (!to)
        return false;
    bool ok = iconv(e->from, &from.p, &left, &to, &room) != (size_t)-1 && left == 0;
    iconv(e->from, NULL, NULL, NULL, NULL);
    bf_buf_wrote(out, most - room);
    return ok && bf_str_is_utf8(bf_buf_view(out));
}

size_t bf_encoding_cut_tail(struct bf_str text)
{
    size_t n = 0;
    while (n < text.n && n < 3 && ((unsigned char)text.p[text.n - 1 - n] & 0xC0) == 0x80)
        n++;
    if (n == text.n)
        return 0;
    unsigned char lead = (unsigned char)text.p[text.n - 1 - n];
    size_t needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return needs > n + 1 ? n + 1 : 0;
}
