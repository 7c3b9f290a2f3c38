#include "api/openapi/openapi.h"

/* Which answers have a header field. */
enum {
    FOUND = 1,   /* 200 */
    SAME = 2,    /* 304 */
    MOVED = 4,   /* 302 */
    REFUSED = 8, /* 400 and beyond; 201 has no more than these */
    LATER = 16,  /* 429, 503 */
};

static const struct header {
    const char *name, *type;
    unsigned of;
    const char *format, *fr, *en;
} headers[] = {
    {"Location", "string", MOVED, "uri", "L'adresse où cela est maintenant.",
     "The address where it is now."},
    {"ETag", "string", FOUND | SAME, NULL, "L'empreinte de cette réponse, pour If-None-Match.",
     "The tag of this very answer, for If-None-Match."},
    {"Beffroi-Commit", "integer", FOUND | SAME, NULL, "Le numéro de la version des données.",
     "The number of the version of the data."},
    {"Beffroi-Commit-Time", "string", FOUND | SAME, "date-time", "L'instant de cette version.",
     "The instant of that version."},
    {"Beffroi-Age", "integer", FOUND | SAME, NULL, "L'âge des données en secondes.",
     "The age of the data in seconds."},
    {"Beffroi-State", "string", FOUND | SAME, NULL, "`live`, `late` ou `frozen`.",
     "`live`, `late` or `frozen`."},
    {"Beffroi-Hook", "string", FOUND | SAME, NULL,
     "`off`: le script du jeu de données est en panne; les lignes sont là sans ce qu'il y change.",
     "`off`: the script of the dataset does not work; the rows are there without what it changes."},
    {"Beffroi-Source", "string", FOUND | SAME, NULL,
     "`failing` ou `held`, quand la dernière collecte n'a rien apporté qui soit repris; absent "
     "sinon.",
     "`failing` or `held`, when the newest fetch brought nothing that was taken; absent "
     "otherwise."},
    {"RateLimit-Policy", "string", FOUND | MOVED | REFUSED, NULL,
     "Les limites en vigueur: `q` unités à la fois, toutes rendues en `w` secondes "
     "(draft-ietf-httpapi-ratelimit-headers).",
     "The limits in force: `q` units at once, all of them back within `w` seconds "
     "(draft-ietf-httpapi-ratelimit-headers)."},
    {"RateLimit", "string", FOUND | MOVED | REFUSED, NULL,
     "Ce qu'il en reste: `r` unités, toutes rendues en `t` secondes.",
     "What is left of them: `r` units, all of them back within `t` seconds."},
    {"X-Beffroi-Cost", "integer", FOUND | MOVED | REFUSED, NULL,
     "Ce que la requête a coûté, en unités; d'un export, au plus.",
     "What the request cost, in units; of an export, at most."},
    {"X-RateLimit-Limit", "integer", FOUND, NULL,
     "Combien d'unités à la fois, d'après la limite dont il reste le moins.",
     "How many units at once, by the limit of which least is left."},
    {"X-RateLimit-Remaining", "integer", FOUND, NULL, "Combien il en reste.",
     "How many of them are left."},
    {"X-RateLimit-Reset", "string", FOUND, NULL,
     "L'instant où toutes sont rendues, par exemple `2026-07-28 00:00:00+00:00`.",
     "The instant at which all of them are back, as in `2026-07-28 00:00:00+00:00`."},
    {"Retry-After", "integer", LATER, NULL, "Dans combien de secondes demander de nouveau.",
     "In how many seconds to ask again."},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

static unsigned kind_of(int status)
{
    switch (status) {
    case 200:
        return FOUND;
    case 302:
        return MOVED;
    case 304:
        return SAME;
    case 429:
    case 503:
        return REFUSED | LATER;
    default:
        return REFUSED;
    }
}

/* Whether something that is described here has moved. */
static bool anything_moves(const struct bf_openapi *o)
{
    for (const struct bf_route *route = o->routes; route->name; route++)
        if (bf_openapi_described(o, route) && route->operation->moved)
            return true;
    return false;
}

void bf_openapi_headers(struct bf_openapi *o)
{
    struct bf_document *d = &o->d;
    bool moves = anything_moves(o);
    bf_document_open(d, "headers", '{');
    for (const struct header *h = headers; h->name; h++) {
        if (h->of == MOVED && !moves)
            continue;
        bf_document_open(d, h->name, '{');
        bf_document_text(d, "description", bf_openapi_says(o, h->fr, h->en));
        bf_document_open(d, "schema", '{');
        bf_document_text(d, "type", h->type);
        if (h->format)
            bf_document_text(d, "format", h->format);
        bf_document_close(d, '}');
        bf_document_close(d, '}');
    }
    bf_document_close(d, '}');
}

void bf_openapi_header_refs(struct bf_openapi *o, int status)
{
    unsigned of = kind_of(status);
    bf_document_open(&o->d, "headers", '{');
    for (const struct header *h = headers; h->name; h++) {
        if (!(h->of & of))
            continue;
        bf_document_open(&o->d, h->name, '{');
        bf_openapi_ref(o, "headers", h->name);
        bf_document_close(&o->d, '}');
    }
    bf_document_close(&o->d, '}');
}
