#include "lua/letters.h"

uint32_t bf_letter_next(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    uint32_t c = s[0];
    int more = c < 0xC0 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    if (more)
        c &= 0x3Fu >> more;
    for (int i = 1; i <= more; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    *p += more + 1;
    return c;
}

size_t bf_letter_put(char out[BF_LETTER_MAX], uint32_t c)
{
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char heads[] = {0, 0xC0, 0xE0, 0xF0};
    for (int i = more; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(heads[more] | c);
    return (size_t)more + 1;
}

/* ---- case ---------------------------------------------------------------------------------- */

/* Capitals from first to last have their small letter `by` further on; by 0: capitals are those of
 * the parity of `first`, each followed by its small letter. */
static const struct range {
    uint16_t first, last, by;
} ranges[] = {
    {'A', 'Z', 32},       {0x00C0, 0x00D6, 32}, {0x00D8, 0x00DE, 32}, {0x0100, 0x012E, 0},
    {0x0132, 0x0136, 0},  {0x0139, 0x0147, 0},  {0x014A, 0x0176, 0},  {0x0179, 0x017D, 0},
    {0x01CD, 0x01DB, 0},  {0x01DE, 0x01EE, 0},  {0x01F8, 0x021E, 0},  {0x0222, 0x0232, 0},
    {0x0386, 0x0386, 38}, {0x0388, 0x038A, 37}, {0x038C, 0x038C, 64}, {0x038E, 0x038F, 63},
    {0x0391, 0x03A1, 32}, {0x03A3, 0x03AB, 32}, {0x0400, 0x040F, 80}, {0x0410, 0x042F, 32},
    {0x0460, 0x0480, 0},  {0x048A, 0x04BE, 0},  {0x04D0, 0x052E, 0},  {0x1E00, 0x1E94, 0},
    {0x1EA0, 0x1EFE, 0},
};

enum { RANGES = sizeof ranges / sizeof *ranges };

uint32_t bf_letter_lower(uint32_t c)
{
    if (c < 0x80)
        return c - 'A' < 26u ? c + 32 : c;
    if (c == 0x0178)
        return 0x00FF;
    if (c == 0x1E9E)
        return 0x00DF;
    for (int i = 0; i < RANGES; i++) {
        const struct range *r = &ranges[i];
        if (c >= r->first && c <= r->last)
            return r->by ? c + r->by : c + ((c ^ r->first ^ 1u) & 1u);
    }
    return c;
}

uint32_t bf_letter_upper(uint32_t c)
{
    if (c < 0x80)
        return c - 'a' < 26u ? c - 32 : c;
    if (c == 0x00FF)
        return 0x0178;
    if (c == 0x03C2) /* the sigma at the end of a word */
        return 0x03A3;
    for (int i = 0; i < RANGES; i++) {
        const struct range *r = &ranges[i];
        uint32_t by = r->by ? r->by : 1;
        if (c >= r->first + by && c <= r->last + by)
            return r->by ? c - r->by : c - ((c ^ r->first) & 1u);
    }
    return c;
}

/* ---- folding ------------------------------------------------------------------------------- */

static const struct fold {
    uint16_t first, last;
    char to[4];
} folds[] = {
    {0x00E0, 0x00E5, "a"},  {0x00E6, 0x00E6, "ae"}, {0x00E7, 0x00E7, "c"},  {0x00E8, 0x00EB, "e"},
    {0x00EC, 0x00EF, "i"},  {0x00F0, 0x00F0, "d"},  {0x00F1, 0x00F1, "n"},  {0x00F2, 0x00F6, "o"},
    {0x00F8, 0x00F8, "o"},  {0x00F9, 0x00FC, "u"},  {0x00FD, 0x00FD, "y"},  {0x00FE, 0x00FE, "th"},
    {0x00FF, 0x00FF, "y"},  {0x00DF, 0x00DF, "ss"}, {0x0100, 0x0105, "a"},  {0x0106, 0x010D, "c"},
    {0x010E, 0x0111, "d"},  {0x0112, 0x011B, "e"},  {0x011C, 0x0123, "g"},  {0x0124, 0x0127, "h"},
    {0x0128, 0x0131, "i"},  {0x0132, 0x0133, "ij"}, {0x0134, 0x0135, "j"},  {0x0136, 0x0138, "k"},
    {0x0139, 0x0142, "l"},  {0x0143, 0x014B, "n"},  {0x014C, 0x0151, "o"},  {0x0152, 0x0153, "oe"},
    {0x0154, 0x0159, "r"},  {0x015A, 0x0161, "s"},  {0x0162, 0x0167, "t"},  {0x0168, 0x0173, "u"},
    {0x0174, 0x0175, "w"},  {0x0176, 0x0178, "y"},  {0x0179, 0x017E, "z"},  {0x017F, 0x017F, "s"},
    {0x01CD, 0x01CE, "a"},  {0x01CF, 0x01D0, "i"},  {0x01D1, 0x01D2, "o"},  {0x01D3, 0x01DC, "u"},
    {0x0218, 0x0219, "s"},  {0x021A, 0x021B, "t"},  {0x0300, 0x036F, ""},   {0x1E00, 0x1E01, "a"},
    {0x1EA0, 0x1EB7, "a"},  {0x1EB8, 0x1EC7, "e"},  {0x1EC8, 0x1ECB, "i"},  {0x1ECC, 0x1EE3, "o"},
    {0x1EE4, 0x1EF1, "u"},  {0x1EF2, 0x1EF9, "y"},  {0xFB00, 0xFB00, "ff"}, {0xFB01, 0xFB01, "fi"},
    {0xFB02, 0xFB02, "fl"},
};

const char *bf_letter_fold(uint32_t c)
{
    c = bf_letter_lower(c);
    for (size_t i = 0; c >= 0x80 && i < sizeof folds / sizeof *folds; i++)
        if (c >= folds[i].first && c <= folds[i].last)
            return folds[i].to;
    return NULL;
}

bool bf_letter_is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x00A0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200B) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000 || c == 0xFEFF;
}
