#include "api/locale.h"

bool bf_locale_zone(struct bf_request *r, const struct bf_zone **zone)
{
    struct bf_str name = bf_http_param(&r->http, "timezone");
    *zone = name.n ? bf_zone_find(name) : bf_zone_utc();
    if (*zone)
        return true;
    bf_err_at(&r->err, BF_STR("timezone"), -1);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for timezone API parameter: %.*s was found but the name of "
                        "a time zone such as Europe/Paris is expected.",
                        BF_STR_ARG(name));
}

bool bf_locale_english(struct bf_request *r, bool *english)
{
    static const char known[] = " en fr nl pt it ar de es ca eu sv ";
    struct bf_str lang = bf_http_param(&r->http, "lang");
    *english = bf_str_eq(lang, BF_STR("en"));
    for (size_t i = 1; lang.n == 2 && i < sizeof known - 2; i += 3)
        if (bf_str_eq(lang, (struct bf_str){known + i, 2}))
            return true;
    if (lang.n == 0)
        return true;
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for lang API parameter: %.*s was found but one of%sis "
                        "expected.",
                        BF_STR_ARG(lang), known);
}
