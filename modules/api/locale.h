/*
 * api/locale: timezone and lang, which every reading protocol has.
 *
 * An unknown one is an error, as a silent UTC would be a wrong answer.
 */
#ifndef BF_API_LOCALE_H
#define BF_API_LOCALE_H

#include "api/request.h"

/* Those that lang may name (contract 3.1); ends with NULL. */
extern const char *const bf_locale_languages[];

/* The parameter lang, as a row of a protocol's table: "des métadonnées", "the metadata". */
#define BF_LOCALE_LANG(of_fr_, of_en_)                                                           \
    {                                                                                            \
        .name = "lang", .choices = bf_locale_languages,                                          \
        .fr = "La langue " of_fr_ ": `en` est l'anglais, toute autre est répondue en français.", \
        .en = "The language of " of_en_ ": `en` is English, every other is answered in French.", \
        .example = "fr"                                                                          \
    }

/* The parameter timezone, or UTC. false: r->err is set. */
bool bf_locale_zone(struct bf_request *r, const struct bf_zone **zone);

/* The parameter lang: whether it is English; everything else known is answered in French. */
bool bf_locale_english(struct bf_request *r, bool *english);

#endif
