/*
 * fetch/certificate: why the certificate of a server was not believed, in words.
 *
 * Purpose    libcurl has one word for all of it; who reads `beffroi source` must know whether the
 *            publisher has to renew, the address is wrong, or an authority has to be named here.
 * Words      name no address, no host and nothing that the certificate says.
 *
 *     const char *why = bf_certificate_why(curl, code); … NULL: it was not the certificate
 */
#ifndef BF_FETCH_CERTIFICATE_H
#define BF_FETCH_CERTIFICATE_H

#include <curl/curl.h>

const char *bf_certificate_why(CURL *curl, CURLcode code);

#endif
