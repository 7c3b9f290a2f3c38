/*
 * usage/client: the kind of program that asks, of a short closed list.
 *
 * Purpose    a word for statistics, decided from the User-Agent of one request alone. The text
 *            itself is never kept: of thousands of texts these four words remain, so that nothing
 *            of them says anything of a person.
 * Order      a robot says so in its text even when it calls itself a browser, so that is looked for
 *            first; then the libraries that programs ask with; then what browsers have begun their
 *            text with since 1994.
 */
#ifndef BF_USAGE_CLIENT_H
#define BF_USAGE_CLIENT_H

#include "core/str.h"

enum bf_client { BF_CLIENT_OTHER, BF_CLIENT_BROWSER, BF_CLIENT_LIBRARY, BF_CLIENT_ROBOT };
enum { BF_CLIENTS = 4 };

enum bf_client bf_client_of(struct bf_str user_agent);

/* "autre", "navigateur", "bibliotheque", "robot": as the dataset has them. */
const char *bf_client_name(enum bf_client client);

#endif
