#include "fetch/certificate.h"

#include <openssl/x509_vfy.h>

#include <stddef.h>

#define UNKNOWN                                                                        \
    "The server's certificate comes from no authority that is believed here (setting " \
    "pull_authorities)."

#define OTHER_NAME "The server's certificate is for another host name."

/* As OpenSSL numbers what is wrong; it judges the chain before libcurl compares names. */
static const struct {
    long number;
    const char *word;
} reasons[] = {
    {X509_V_OK, OTHER_NAME},
    {X509_V_ERR_UNSPECIFIED, OTHER_NAME}, /* libcurl's own beginning */
    {X509_V_ERR_CERT_HAS_EXPIRED, "The server's certificate has expired."},
    {X509_V_ERR_CERT_NOT_YET_VALID, "The server's certificate is not valid yet."},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, UNKNOWN},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, UNKNOWN},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNKNOWN},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, UNKNOWN},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, UNKNOWN},
};

const char *bf_certificate_why(CURL *curl, CURLcode code)
{
    long number = X509_V_OK;
    if (code == CURLE_SSL_CACERT_BADFILE)
        return "The file of the setting pull_authorities cannot be read.";
    if (code == CURLE_SSL_CONNECT_ERROR)
        return "The server and this one did not come to terms about TLS.";
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return NULL;
    curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &number);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].number == number)
            return reasons[i].word;
    return "The server's certificate is not valid.";
}
