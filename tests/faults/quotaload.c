/*
 * quotaload: GETs with one key over many connections, to several nodes, as fast as they answer.
 *
 *     quotaload KEY CONNECTIONS REQUESTS PATH PORT...
 *
 * Each connection has one request under way and goes to one of the ports of 127.0.0.1, in turns. A
 * connection that breaks is opened again, after a moment when nobody listens: a node that was
 * killed is asked again as soon as it is back. Ends when REQUESTS were sent.
 *
 * Output   one JSON object: {"sent": n, "admitted": n (200), "refused": n (429), "unavailable": n
 *          (503), "other": n, "broken": n (no whole answer: nobody can say whether it was charged),
 *          "refused_connections": n, "ms": n}
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MOST = 256, PORTS_MOST = 8, ROOM = 1 << 16, PAUSE_US = 20 * 1000, EVENTS = 64 };

struct connection {
    int fd; /* -1: closed */
    int port;
    bool waiting; /* a request is under way */
    int64_t not_before_us;
    size_t n;
    char *p;
};

static struct connection connections[CONNECTIONS_MOST];
static char request[8192];
static size_t request_bytes;
static int poller;
static uint64_t to_send, sent, admitted, refused, unavailable, other, broken, no_listener;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- connections ---- */

static void drop(struct connection *c)
{
    if (c->waiting)
        broken++;
    c->waiting = false;
    close(c->fd);
    c->fd = -1;
}

static bool dial(struct connection *c)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)c->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd >= 0 && connect(c->fd, (struct sockaddr *)&to, sizeof to) == 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
        return true;
    }
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    no_listener++;
    c->not_before_us = now_us() + PAUSE_US;
    return false;
}

static void ask(struct connection *c)
{
    if (sent == to_send || (c->fd < 0 && (now_us() < c->not_before_us || !dial(c))))
        return;
    c->n = 0;
    sent++;
    c->waiting = true;
    if (send(c->fd, request, request_bytes, MSG_NOSIGNAL) != (ssize_t)request_bytes)
        drop(c);
}

/* ---- answers ---- */

static const char *field(const struct connection *c, const char *end, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = c->p; at < end; at++)
        if (*at == '\n' && strncasecmp(at + 1, name, n) == 0)
            return at + 1 + n;
    return NULL;
}

/* Bytes of the whole answer; 0: not known yet. Chunked ones end with an empty chunk. */
static size_t whole(const struct connection *c)
{
    const char *end = memmem(c->p, c->n, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - c->p) + 4;
    const char *length = field(c, end, "content-length:");
    if (length)
        return head + strtoul(length, NULL, 10);
    return c->n >= head + 5 && memcmp(c->p + c->n - 5, "0\r\n\r\n", 5) == 0 ? c->n : 0;
}

static void count(struct connection *c)
{
    int status = (int)strtol(c->p + sizeof "HTTP/1.1", NULL, 10);
    admitted += status == 200;
    refused += status == 429;
    unavailable += status == 503;
    other += status != 200 && status != 429 && status != 503;
    if (status != 200 && status != 429 && status != 503)
        fprintf(stderr, "%.*s\n", (int)(c->n < 500 ? c->n : 500), c->p);
    c->waiting = false;
    if (field(c, c->p + c->n, "connection: close"))
        drop(c);
}

static void hear(struct connection *c)
{
    ssize_t n = recv(c->fd, c->p + c->n, ROOM - 1 - c->n, 0);
    if (n <= 0) {
        drop(c);
        return;
    }
    c->n += (size_t)n;
    c->p[c->n] = '\0';
    size_t bytes = whole(c);
    if (bytes && c->n >= bytes)
        count(c);
}

/* ---- all of them ---- */

static bool any_waiting(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (connections[i].waiting)
            return true;
    return false;
}

static void run(unsigned n)
{
    struct epoll_event events[EVENTS];
    while (sent < to_send || any_waiting(n)) {
        for (unsigned i = 0; i < n; i++)
            if (!connections[i].waiting)
                ask(&connections[i]);
        int came = epoll_wait(poller, events, EVENTS, 10);
        for (int i = 0; i < came; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->fd >= 0)
                hear(c);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc - 5 > PORTS_MOST) {
        fprintf(stderr, "usage: quotaload KEY CONNECTIONS REQUESTS PATH PORT...\n");
        return 2;
    }
    unsigned n = (unsigned)strtoul(argv[2], NULL, 10);
    to_send = strtoull(argv[3], NULL, 10);
    int bytes = snprintf(request, sizeof request,
                         "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n",
                         argv[4], argv[1]);
    if (n > CONNECTIONS_MOST || bytes >= (int)sizeof request)
        return 2;
    request_bytes = (size_t)bytes;
    poller = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < n; i++)
        connections[i] =
            (struct connection){.fd = -1,
                                .port = (int)strtol(argv[5 + i % (unsigned)(argc - 5)], NULL, 10),
                                .p = malloc(ROOM)};
    int64_t begun = now_us();
    run(n);
    printf("{\"sent\": %llu, \"admitted\": %llu, \"refused\": %llu, \"unavailable\": %llu,"
           " \"other\": %llu, \"broken\": %llu, \"refused_connections\": %llu, \"ms\": %lld}\n",
           (unsigned long long)sent, (unsigned long long)admitted, (unsigned long long)refused,
           (unsigned long long)unavailable, (unsigned long long)other, (unsigned long long)broken,
           (unsigned long long)no_listener, (long long)(now_us() - begun) / 1000);
    return 0;
}
