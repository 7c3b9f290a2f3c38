#include "fetch/fetch.h"

#include "core/clock.h"
#include "fetch/address.h"
#include "fetch/certificate.h"

#include <curl/curl.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    HEADERS_MOST = 64 * 1024,
    HEADER_LINE = 1024,
    CONNECT_MS = 10 * 1000,
    SLOW_BYTES = 100, /* a second, */
    SLOW_SECONDS = 20,
};

struct trip {
    struct bf_fetch *f;
    CURL *curl;
    CURLU *url;
    struct curl_slist *headers;
    size_t header_bytes;
    int64_t until_us;
    bool closed_address, too_large, gave_up, encoded;
    struct bf_err *err;
    char error[CURL_ERROR_SIZE];
};

/* ---- what libcurl asks us ---- */

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *a)
{
    struct trip *t = self;
    (void)purpose;
    if (!bf_address_public(&a->addr) && !bf_address_within(&a->addr, t->f->private_networks)) {
        t->closed_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int status_of(const struct trip *t)
{
    long status = 0;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

static size_t take_body(char *p, size_t size, size_t n, void *self)
{
    struct trip *t = self;
    size_t bytes = size * n;
    if (status_of(t) != 200 || t->encoded)
        return t->encoded ? 0 : bytes; /* nobody reads what an error says; progress() counts it */
    t->f->bytes += (int64_t)bytes;
    t->too_large = t->f->bytes > t->f->bytes_most;
    t->gave_up = !t->too_large && !t->f->take(t->f->self, p, bytes, t->err);
    return t->too_large || t->gave_up ? 0 : bytes;
}

static int progress(void *self, curl_off_t all, curl_off_t came, curl_off_t up, curl_off_t sent)
{
    struct trip *t = self;
    (void)all;
    (void)up;
    (void)sent;
    t->too_large |= came > t->f->bytes_most;
    return t->too_large;
}

static void keep(struct bf_str line, struct bf_str name, char to[BF_FETCH_VALIDATOR])
{
    if (line.n <= name.n || !bf_str_eq_nocase((struct bf_str){line.p, name.n}, name))
        return;
    struct bf_str value = bf_str_trim((struct bf_str){line.p + name.n, line.n - name.n});
    bool plain = value.n < BF_FETCH_VALIDATOR;
    for (size_t i = 0; plain && i < value.n; i++)
        plain = (unsigned char)value.p[i] >= 0x20 && (unsigned char)value.p[i] < 0x7F;
    size_t n = plain ? value.n : 0;
    memcpy(to, value.p, n);
    to[n] = '\0';
}

static void forget_headers(struct trip *t)
{
    t->f->new_etag[0] = t->f->new_modified[0] = '\0';
    t->f->gzip = t->encoded = false;
}

/* gzip was offered and nothing else. */
static void take_encoding(struct trip *t, struct bf_str line)
{
    char value[BF_FETCH_VALIDATOR] = "identity";
    keep(line, BF_STR("content-encoding:"), value);
    bool gzip = bf_str_eq_nocase(bf_str_of(value), BF_STR("gzip"));
    t->encoded |=
        (gzip && t->f->gzip) || (!gzip && !bf_str_eq_nocase(bf_str_of(value), BF_STR("identity")));
    t->f->gzip |= gzip;
}

static size_t take_header(char *p, size_t size, size_t n, void *self)
{
    struct trip *t = self;
    struct bf_str line = {p, size * n};
    t->header_bytes += line.n;
    if (t->header_bytes > HEADERS_MOST)
        return 0;
    if (bf_str_starts(line, BF_STR("HTTP/")))
        forget_headers(t);
    take_encoding(t, line);
    keep(line, BF_STR("etag:"), t->f->new_etag);
    keep(line, BF_STR("last-modified:"), t->f->new_modified);
    return line.n;
}

/* ---- addresses ---- */

/* Scheme, host and port of one address; false: it is none. */
static bool origin_of(CURLU *u, char out[HEADER_LINE])
{
    char *scheme = NULL, *host = NULL, *port = NULL;
    bool ok = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK;
    int n = ok ? snprintf(out, HEADER_LINE, "%s://%s:%s", scheme, host, port) : -1;
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    return n > 0 && n < HEADER_LINE;
}

bool bf_fetch_same_origin(struct bf_str a, struct bf_str b)
{
    char x[HEADER_LINE], y[HEADER_LINE];
    CURLU *u = curl_url();
    CURLU *v = curl_url();
    bool same = u && v && curl_url_set(u, CURLUPART_URL, a.p, 0) == CURLUE_OK &&
                curl_url_set(v, CURLUPART_URL, b.p, 0) == CURLUE_OK && origin_of(u, x) &&
                origin_of(v, y) && bf_str_eq_nocase(bf_str_of(x), bf_str_of(y));
    curl_url_cleanup(u);
    curl_url_cleanup(v);
    return same;
}

static bool has_part(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(u, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return has;
}

static bool has_scheme(CURLU *u, const char *scheme)
{
    char *text = NULL;
    bool is = curl_url_get(u, CURLUPART_SCHEME, &text, 0) == CURLUE_OK && strcmp(text, scheme) == 0;
    curl_free(text);
    return is;
}

static bool may_go(const struct trip *t, bool was_tls, struct bf_err *err)
{
    char origin[HEADER_LINE];
    bool tls = has_scheme(t->url, "https");
    if ((!tls && !has_scheme(t->url, "http")) || !origin_of(t->url, origin))
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "The address is not one of HTTP or HTTPS.");
    if (has_part(t->url, CURLUPART_USER) || has_part(t->url, CURLUPART_PASSWORD))
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The address holds a name or a password: use a credential.");
    if (!tls && was_tls)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "A redirection leads from HTTPS to HTTP.");
    if (!tls && !t->f->http)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "The address is HTTP without TLS, which the setting pull_http does not "
                            "allow.");
    return true;
}

/* ---- one request ---- */

static bool add_header(struct trip *t, const char *name, const char *value)
{
    char line[2 * HEADER_LINE + BF_FETCH_VALIDATOR];
    int n = snprintf(line, sizeof line, "%s%s", name, value);
    struct curl_slist *more =
        n > 0 && (size_t)n < sizeof line ? curl_slist_append(t->headers, line) : NULL;
    if (more)
        t->headers = more;
    return more != NULL;
}

static bool add_secret(struct trip *t, const struct bf_secret *s)
{
    bool ok = true;
    for (size_t i = 0; ok && i < s->nheaders; i++)
        ok = s->headers[i].n < 2 * HEADER_LINE && add_header(t, s->headers[i].p, "");
    return ok && (s->query.n == 0 || curl_url_set(t->url, CURLUPART_QUERY, s->query.p,
                                                  CURLU_APPENDQUERY) == CURLUE_OK);
}

static bool is_home(const struct trip *t)
{
    struct bf_str home = t->f->secret_origin.n ? t->f->secret_origin : t->f->url;
    char *here = NULL;
    if (curl_url_get(t->url, CURLUPART_URL, &here, 0) != CURLUE_OK)
        return false;
    bool same = bf_fetch_same_origin(home, bf_str_of(here));
    curl_free(here);
    return same;
}

static bool fill_headers(struct trip *t)
{
    const struct bf_fetch *f = t->f;
    bool ok = add_header(t, "Accept: */*", "") && add_header(t, "Accept-Encoding: gzip", "");
    if (f->etag.n)
        ok = ok && add_header(t, "If-None-Match: ", f->etag.p);
    if (f->modified.n)
        ok = ok && add_header(t, "If-Modified-Since: ", f->modified.p);
    if (f->secret && is_home(t))
        ok = ok && add_secret(t, f->secret);
    return ok;
}

static void set_limits(struct trip *t, int64_t left_ms)
{
    CURL *c = t->curl;
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L); /* each step is ours to judge */
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left_ms);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(left_ms < CONNECT_MS ? left_ms : CONNECT_MS));
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->f->bytes_most);
    curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
}

static void set_callbacks(struct trip *t)
{
    CURL *c = t->curl;
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
}

static bool say_why(const struct trip *t, CURLcode code, struct bf_err *err)
{
    const char *certificate = bf_certificate_why(t->curl, code);
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
        BF_FAIL_WITH(err, BF_E_TOO_LARGE, "The body has more than %" PRId64 " bytes.",
                     t->f->bytes_most);
    else if (t->encoded)
        BF_FAIL_WITH(err, BF_E_BODY, "The body came in an encoding that was not asked for.");
    else if (t->closed_address)
        BF_FAIL_WITH(
            err, BF_E_UNAVAILABLE,
            "The address leads into a private network, which the setting pull_private does "
            "not allow.");
    else if (t->header_bytes > HEADERS_MOST)
        BF_FAIL_WITH(err, BF_E_TOO_LARGE, "The answer's headers have more than %d bytes.",
                     HEADERS_MOST);
    else if (t->gave_up)
        BF_FAIL_WITH(err, BF_E_STORAGE, "There is no room to keep the body.");
    else if (code == CURLE_OPERATION_TIMEDOUT)
        BF_FAIL_WITH(err, BF_E_TIMEOUT, "The answer did not come in time.");
    else if (code == CURLE_PARTIAL_FILE)
        BF_FAIL_WITH(err, BF_E_BODY, "The body did not come whole.");
    else if (certificate)
        BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "%s", certificate);
    else
        BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "No answer could be had: %s.",
                     curl_easy_strerror(code));
    bf_err_detail(err, "%s", t->error);
    return false;
}

static bool ask(struct trip *t, struct bf_err *err)
{
    int64_t left_ms = (t->until_us - bf_clock_mono_us()) / 1000;
    curl_easy_reset(t->curl);
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    t->header_bytes = 0;
    if (left_ms <= 0)
        return say_why(t, CURLE_OPERATION_TIMEDOUT, err);
    if (!fill_headers(t))
        return BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to fetch");
    set_limits(t, left_ms);
    set_callbacks(t);
    curl_easy_setopt(t->curl, CURLOPT_CURLU, t->url);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, t->headers);
    if (t->f->agent.n)
        curl_easy_setopt(t->curl, CURLOPT_USERAGENT, t->f->agent.p);
    if (t->f->authorities.n)
        curl_easy_setopt(t->curl, CURLOPT_CAINFO, t->f->authorities.p);
    CURLcode code = curl_easy_perform(t->curl);
    t->f->status = status_of(t);
    return code == CURLE_OK || say_why(t, code, err);
}

/* ---- with redirections ---- */

static bool is_redirection(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static bool go_on(struct trip *t, int *left, struct bf_err *err)
{
    char *next = NULL;
    bool was_tls = has_scheme(t->url, "https");
    curl_easy_getinfo(t->curl, CURLINFO_REDIRECT_URL, &next);
    if (!next)
        return BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "The server answered %d without an address.",
                            t->f->status);
    if ((*left)-- == 0)
        return BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "There were more than %d redirections.",
                            BF_FETCH_REDIRECTS);
    if (curl_url_set(t->url, CURLUPART_URL, next, 0) != CURLUE_OK)
        return BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "A redirection leads to no address.");
    return may_go(t, was_tls, err);
}

static bool judge(const struct bf_fetch *f, struct bf_err *err)
{
    if (f->status == 200 || (f->status == 304 && (f->etag.n || f->modified.n)))
        return true;
    return BF_FAIL_WITH(err, BF_E_UNAVAILABLE, "The server answered %d.", f->status);
}

static bool travel(struct trip *t, struct bf_err *err)
{
    int left = BF_FETCH_REDIRECTS;
    if (curl_url_set(t->url, CURLUPART_URL, t->f->url.p, 0) != CURLUE_OK)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "The address cannot be read.");
    if (!may_go(t, false, err))
        return false;
    for (;;) {
        if (!ask(t, err))
            return false;
        if (!is_redirection(t->f->status))
            return judge(t->f, err);
        if (!go_on(t, &left, err))
            return false;
    }
}

bool bf_fetch(struct bf_fetch *f, struct bf_err *err)
{
    struct trip t = {.f = f, .err = err, .until_us = bf_clock_mono_us() + f->time_ms * 1000};
    f->status = 0;
    f->bytes = 0;
    f->gzip = false;
    f->new_etag[0] = f->new_modified[0] = '\0';
    bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    t.curl = ready ? curl_easy_init() : NULL;
    t.url = curl_url();
    bool ok =
        (t.curl && t.url) ? travel(&t, err) : BF_FAIL_WITH(err, BF_E_MEMORY, "no memory to fetch");
    curl_slist_free_all(t.headers);
    curl_url_cleanup(t.url);
    curl_easy_cleanup(t.curl);
    if (ready)
        curl_global_cleanup();
    return ok;
}
