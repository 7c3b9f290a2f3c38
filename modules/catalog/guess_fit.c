#include "catalog/guess_fit.h"

#include "value/geometry.h"
#include "value/instant.h"
#include "value/number.h"

#include <string.h>

enum { VERTICES = 200000, WHOLE_DIGITS = 18 };

static bool is_digits(struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

static bool is_padded(struct bf_str s)
{
    return s.n > 1 && s.p[0] == '0' && is_digits(s);
}

static bool is_whole(struct bf_str s)
{
    int64_t n;
    return s.n <= WHOLE_DIGITS && !is_padded(s) && bf_number_int(s, &n);
}

static bool is_real(struct bf_str s)
{
    double d;
    return !is_padded(s) && bf_number_real(s, &d);
}

/* 3,06 or -1,5: one comma between digits. */
static bool is_comma(struct bf_str s)
{
    struct bf_str behind, before = bf_str_cut(s, ',', &behind);
    if (before.n && before.p[0] == '-')
        before = (struct bf_str){before.p + 1, before.n - 1};
    return is_digits(before) && (behind.p ? is_digits(behind) : true);
}

/* 26/11/2026, with or without a time behind. */
static bool is_french(struct bf_str s)
{
    return s.n >= 10 && s.p[2] == '/' && s.p[5] == '/' && is_digits((struct bf_str){s.p, 2}) &&
           is_digits((struct bf_str){s.p + 3, 2}) && is_digits((struct bf_str){s.p + 6, 4}) &&
           (s.n == 10 || s.p[10] == ' ');
}

static bool is_bool(struct bf_str s)
{
    return bf_str_eq_nocase(s, BF_STR("true")) || bf_str_eq_nocase(s, BF_STR("false"));
}

static void fit_instant(struct bf_str s, bool fits[BF_GUESS_FITS])
{
    struct bf_instant read;
    int32_t day;
    fits[BF_FIT_DATE] = s.n == 10 && bf_date_read(s, &day);
    if (s.n <= 10 || !bf_instant_read(s, &read) || read.precision < BF_HOUR)
        return;
    fits[read.mark == BF_OFFSET_NONE ? BF_FIT_WALL : BF_FIT_INSTANT] = true;
}

/* Numbers alone are no place: a point needs two of them, a shape a word or a bracket. */
static void fit_place(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS])
{
    struct bf_point point;
    struct bf_geometry shape;
    const char *why = NULL;
    if (s.n < 3 || is_comma(s) || (!memchr(s.p, ',', s.n) && !memchr(s.p, '(', s.n)))
        return;
    fits[BF_FIT_POINT] = bf_point_read(scratch, s, &point, &why);
    bool shaped = s.p[0] == '{' || memchr(s.p, '(', s.n);
    fits[BF_FIT_SHAPE] =
        shaped && (fits[BF_FIT_POINT] || bf_geometry_read(scratch, s, VERTICES, &shape, &why));
}

void bf_guess_fit_text(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS])
{
    fits[BF_FIT_FRENCH] = is_french(s);
    fit_instant(s, fits);
    fit_place(scratch, s, fits);
}

void bf_guess_fit_cell(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS])
{
    fits[BF_FIT_BOOL] = is_bool(s);
    fits[BF_FIT_WHOLE] = is_whole(s);
    fits[BF_FIT_REAL] = is_real(s);
    fits[BF_FIT_COMMA] = is_comma(s);
    fits[BF_FIT_PADDED] = is_digits(s);
    bf_guess_fit_text(scratch, s, fits);
}

void bf_guess_fit_number(struct bf_str s, bool fits[BF_GUESS_FITS])
{
    fits[BF_FIT_WHOLE] = is_whole(s);
    fits[BF_FIT_REAL] = true;
}

/* Two numbers in a list are a point as well, latitude first, as pushes take them. */
void bf_guess_fit_nested(struct bf_arena *scratch, struct bf_str s, bool fits[BF_GUESS_FITS])
{
    if (s.p[0] == '[' && s.n > 2)
        s = bf_str_trim((struct bf_str){s.p + 1, s.n - 2});
    fit_place(scratch, s, fits);
}
