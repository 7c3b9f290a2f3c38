#include "api/locale.h"

const char *const bf_locale_languages[] = {"en", "fr", "nl", "pt", "it", "ar",
                                           "de", "es", "ca", "eu", "sv", NULL};

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

static bool unknown_language(struct bf_request *r, struct bf_str lang)
{
    char known[64] = "";
    for (size_t i = 0, n = 0; bf_locale_languages[i] && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s ", bf_locale_languages[i]);
    return BF_FAIL_WITH(&r->err, BF_E_PARAMETER,
                        "Invalid value for lang API parameter: %.*s was found but one of %sis "
                        "expected.",
                        BF_STR_ARG(lang), known);
}

bool bf_locale_english(struct bf_request *r, bool *english)
{
    struct bf_str lang = bf_http_param(&r->http, "lang");
    *english = bf_str_eq(lang, BF_STR("en"));
    for (size_t i = 0; lang.n && bf_locale_languages[i]; i++)
        if (bf_str_eq(lang, bf_str_of(bf_locale_languages[i])))
            return true;
    return lang.n == 0 || unknown_language(r, lang);
}
