#include "usage/client.h"

#include <string.h>
#include <strings.h>

enum { LOOKED_AT = 256 }; /* bytes of a text; what is told later is not worth the time */

/* In any case, anywhere in the text. */
static const char *const robots[] = {
    "bot",         "crawl",         "spider",     "slurp",     "archive.org", "facebookexternalhit",
    "feedfetcher", "mediapartners", "lighthouse", "pagespeed", "ia_archiver", "uptime"};

/* In any case, at the beginning. */
static const char *const libraries[] = {
    "aiohttp",  "alamofire", "apache-http", "axios",   "cfnetwork", "curl",   "dart",
    "fme",      "gdal",      "go-http",     "got",     "guzzle",    "httpie", "httpx",
    "insomnia", "java",      "libcurl",     "libwww",  "node",      "okhttp", "php",
    "postman",  "python",    "r (",         "reqwest", "rest-",     "ruby",   "rcurl",
    "symfony",  "undici",    "urllib",      "wget",    "winhttp"};

static const char *const browsers[] = {"mozilla/", "opera/"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool begins(struct bf_str s, const char *word)
{
    size_t n = strlen(word);
    return s.n >= n && strncasecmp(s.p, word, n) == 0;
}

static bool begins_with_any(struct bf_str s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (begins(s, words[i]))
            return true;
    return false;
}

static bool holds_any(struct bf_str s, const char *const *words, size_t n)
{
    for (; s.n; s.p++, s.n--)
        if (begins_with_any(s, words, n))
            return true;
    return false;
}

enum bf_client bf_client_of(struct bf_str user_agent)
{
    struct bf_str s = user_agent;
    if (s.n > LOOKED_AT)
        s.n = LOOKED_AT;
    if (holds_any(s, robots, COUNT(robots)))
        return BF_CLIENT_ROBOT;
    if (begins_with_any(s, libraries, COUNT(libraries)))
        return BF_CLIENT_LIBRARY;
    return begins_with_any(s, browsers, COUNT(browsers)) ? BF_CLIENT_BROWSER : BF_CLIENT_OTHER;
}

const char *bf_client_name(enum bf_client client)
{
    static const char *const names[BF_CLIENTS] = {"autre", "navigateur", "bibliotheque", "robot"};
    return names[(unsigned)client < BF_CLIENTS ? client : BF_CLIENT_OTHER];
}
