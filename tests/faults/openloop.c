/*
 * openloop: GETs at a fixed rate, each answer checked whole.
 *
 *     openloop PORT RATE SECONDS PATH...
 *
 * RATE is lowered to half of what the server answers to CALLERS that wait for their answers: a
 * machine that is slower meets the same faults under a load that it can carry.
 * Requests leave when they are due, whether or not earlier ones were answered: what a user meets is
 * not hidden by a client that waits. Connections are kept; one more is opened when all are busy.
 * The first answer of each path, fetched alone before the load, is what every later body must be
 * equal to. A word that begins with + is a header field of the path after it:
 * `+If-None-Match: "x"`.
 *
 * failed   any status but 200 and 304, another body, a body that ends early, more than 5 s, no
 *          connection. A kept connection that closes before the first byte of an answer is not a
 *          failure: HTTP lets a server do that, and the request is sent again.
 * Output   {"ready": true} when the load begins; at its end one JSON object: {"rate": n, "sent": n,
 *          "ok": n, "failed": n, "reasons": {…}, "statuses": {…}, "p50_ms": n, "p99_ms": n,
 *          "max_ms": n}; latency counts from the moment when a request was due.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
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

enum {
    CONNECTIONS = 1024,
    EVENTS = 256,
    ROOM_FIRST = 16384,
    LATE_US = 5 * 1000 * 1000,
    CALLERS = 8,
    MEASURE_US = 500 * 1000,
    PATHS = 32
};

enum reason { OK, STATUS, BODY, SHORT, LATE, CONNECT, PROTOCOL, REASONS };
static const char *const reason_names[] = {"ok",   "status",  "other body", "short body",
                                           "late", "connect", "protocol"};

struct path {
    char request[1024];
    size_t length;
    uint64_t expected; /* hash of the body; 0: not known yet */
};

struct connection {
    int fd; /* -1: closed */
    bool busy, used;
    struct path *path;
    int64_t due_us, sent_us;
    char *p;
    size_t n, room;
};

static struct connection connections[CONNECTIONS];
static struct path paths[PATHS];
static unsigned npaths;
static int port, poller;
static uint64_t counts[REASONS], statuses[600], sent, again;
static uint32_t *latencies;
static uint64_t latency_room;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- connections --------------------------------------------------------------------------- */

static void drop(struct connection *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    c->used = false;
}

static bool dial(struct connection *c)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* On loopback a blocking connect only waits for the kernel. */
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        drop(c);
        return false;
    }
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    return epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

static struct connection *choose(void)
{
    struct connection *closed = NULL;
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        if (connections[i].busy)
            continue;
        if (connections[i].fd >= 0)
            return &connections[i];
        if (!closed)
            closed = &connections[i];
    }
    return closed;
}

static void finish(struct connection *c, enum reason reason)
{
    int64_t took = now_us() - c->due_us;
    c->busy = false;
    counts[reason]++;
    uint64_t answered = 0;
    for (int i = 0; i < REASONS; i++)
        answered += counts[i];
    if (answered <= latency_room)
        latencies[answered - 1] = (uint32_t)(took < UINT32_MAX ? took : UINT32_MAX);
    if (reason != OK)
        drop(c);
}

static void send_request(struct connection *c)
{
    if (c->fd < 0 && !dial(c)) {
        finish(c, CONNECT);
        return;
    }
    c->n = 0;
    c->sent_us = now_us();
    if (send(c->fd, c->path->request, c->path->length, MSG_NOSIGNAL) != (ssize_t)c->path->length) {
        drop(c);
        if (!dial(c) || send(c->fd, c->path->request, c->path->length, MSG_NOSIGNAL) !=
                            (ssize_t)c->path->length)
            finish(c, CONNECT);
    }
}

static void start(struct path *path, int64_t due)
{
    struct connection *c = choose();
    sent++;
    if (!c) {
        counts[CONNECT]++;
        return;
    }
    c->busy = true;
    c->path = path;
    c->due_us = due;
    send_request(c);
}

/* ---- answers ------------------------------------------------------------------------------- */

static const char *field(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, n) == 0 && line[2 + n] == ':')
            return line + 2 + n + 1 + (line[3 + n] == ' ');
    return NULL;
}

static uint64_t hash_more(uint64_t hash, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * 1099511628211u; /* FNV-1a */
    return hash;
}

enum more { MORE, WHOLE, BROKEN };

static enum more read_chunks(const char *p, const char *end, uint64_t *hash)
{
    for (;;) {
        const char *line = memmem(p, (size_t)(end - p), "\r\n", 2);
        if (!line)
            return MORE;
        char *after;
        unsigned long size = strtoul(p, &after, 16);
        if (after == p)
            return BROKEN;
        p = line + 2;
        if ((size_t)(end - p) < size + 2)
            return MORE;
        *hash = hash_more(*hash, p, size);
        p += size + 2;
        if (size == 0)
            return WHOLE;
    }
}

static enum more read_answer(struct connection *c, int *status, uint64_t *hash, bool *closes)
{
    char *body = memmem(c->p, c->n, "\r\n\r\n", 4);
    if (!body)
        return MORE;
    body[2] = '\0'; /* ends the head for `field`; put back below */
    *hash = 14695981039346656037u;
    *status = (int)strtol(c->p + 9, NULL, 10);
    const char *length = field(c->p, "Content-Length");
    bool chunked = field(c->p, "Transfer-Encoding") != NULL;
    const char *connection = field(c->p, "Connection");
    *closes = connection && strncasecmp(connection, "close", 5) == 0;
    size_t expected = length ? strtoul(length, NULL, 10) : 0;
    body[2] = '\r';
    body += 4;
    size_t got = c->n - (size_t)(body - c->p);
    if (*status == 304 || *status == 204)
        return WHOLE;
    if (chunked)
        return read_chunks(body, c->p + c->n, hash);
    if (got < expected || !length)
        return MORE;
    *hash = hash_more(*hash, body, expected);
    return got == expected ? WHOLE : BROKEN;
}

static enum reason judge(struct connection *c, int status, uint64_t hash)
{
    statuses[status > 0 && status < 600 ? status : 0]++;
    if (status != 200 && status != 304)
        return STATUS;
    if (status == 200 && c->path->expected == 0)
        c->path->expected = hash;
    if (status == 200 && c->path->expected != hash)
        return BODY;
    return now_us() - c->due_us > LATE_US ? LATE : OK;
}

static void take(struct connection *c)
{
    int status = 0;
    uint64_t hash = 0;
    bool closes = false;
    switch (read_answer(c, &status, &hash, &closes)) {
    case WHOLE:
        finish(c, judge(c, status, hash));
        c->used = true;
        if (closes)
            drop(c);
        break;
    case BROKEN:
        finish(c, PROTOCOL);
        break;
    case MORE:
    default:
        break;
    }
}

static void closed(struct connection *c)
{
    bool untouched = c->n == 0 && c->used;
    drop(c);
    if (!c->busy)
        return;
    if (!untouched) {
        finish(c, SHORT);
        return;
    }
    again++;
    send_request(c);
}

static void receive(struct connection *c)
{
    if (c->n + ROOM_FIRST > c->room) {
        c->room = c->room ? c->room * 2 : 2 * ROOM_FIRST;
        c->p = realloc(c->p, c->room);
        if (!c->p)
            abort();
    }
    ssize_t n = recv(c->fd, c->p + c->n, c->room - c->n - 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        closed(c);
        return;
    }
    c->n += (size_t)n;
    c->p[c->n] = '\0';
    if (c->busy)
        take(c);
    else
        drop(c); /* bytes that nobody asked for */
}

/* ---- the load ------------------------------------------------------------------------------ */

static unsigned busy(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < CONNECTIONS; i++)
        n += connections[i].busy;
    return n;
}

static void give_up_late(void)
{
    int64_t now = now_us();
    for (unsigned i = 0; i < CONNECTIONS; i++)
        if (connections[i].busy && now - connections[i].due_us > LATE_US)
            finish(&connections[i], LATE);
}

static void wait_events(int ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(poller, events, EVENTS, ms);
    for (int i = 0; i < n; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->fd >= 0)
            receive(c);
    }
}

static void drain(void)
{
    while (busy()) {
        wait_events(100);
        give_up_late();
    }
}

static void run(double rate, double seconds)
{
    int64_t begin = now_us();
    uint64_t total = (uint64_t)(rate * seconds);
    for (uint64_t i = 0; i < total;) {
        int64_t due = begin + (int64_t)((double)i * 1e6 / rate);
        int64_t wait = due - now_us();
        if (wait > 0) {
            wait_events((int)(wait / 1000) + (wait % 1000 > 500));
            continue;
        }
        start(&paths[i++ % npaths], due);
        if (i % 64 == 0)
            wait_events(0);
        if (i % 4096 == 0)
            give_up_late();
    }
    drain();
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void print_counts(const char *name, const char *const *names, const uint64_t *values, int n)
{
    const char *mark = "";
    printf(", \"%s\": {", name);
    for (int i = 1; i < n; i++) {
        if (!values[i])
            continue;
        if (names)
            printf("%s\"%s\": %llu", mark, names[i], (unsigned long long)values[i]);
        else
            printf("%s\"%d\": %llu", mark, i, (unsigned long long)values[i]);
        mark = ", ";
    }
    printf("}");
}

static void report(double rate)
{
    uint64_t failed = 0;
    for (int i = 1; i < REASONS; i++)
        failed += counts[i];
    uint64_t n = counts[OK] + failed < latency_room ? counts[OK] + failed : latency_room;
    qsort(latencies, n, sizeof *latencies, by_size);
    printf("{\"rate\": %.1f, \"sent\": %llu, \"ok\": %llu, \"failed\": %llu, \"sent_again\": %llu",
           rate, (unsigned long long)sent, (unsigned long long)counts[OK],
           (unsigned long long)failed, (unsigned long long)again);
    print_counts("reasons", reason_names, counts, REASONS);
    print_counts("statuses", NULL, statuses, 600);
    if (n)
        printf(", \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f", latencies[n / 2] / 1e3,
               latencies[n * 99 / 100] / 1e3, latencies[n - 1] / 1e3);
    printf("}\n");
}

/* Words that begin with + are kept for the next path. */
static void read_words(char **words, int n)
{
    char fields[512] = "";
    for (int i = 0; i < n && npaths < PATHS; i++) {
        size_t used = strlen(fields);
        if (words[i][0] == '+') {
            snprintf(fields + used, sizeof fields - used, "%s\r\n", words[i] + 1);
            continue;
        }
        struct path *path = &paths[npaths++];
        int length = snprintf(path->request, sizeof path->request,
                              "GET %s HTTP/1.1\r\nHost: openloop\r\n%s\r\n", words[i], fields);
        if (length < 0 || (size_t)length >= sizeof path->request)
            exit(2);
        path->length = (size_t)length;
        fields[0] = '\0';
    }
}

static void prepare(char **words, int n)
{
    read_words(words, n);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        connections[i].fd = -1;
    for (unsigned i = 0; i < npaths; i++) {
        start(&paths[i], now_us());
        drain();
    }
    if (counts[OK] != npaths) {
        report(0);
        exit(1);
    }
}

/* What came before the load is no part of its figures. */
static void forget(void)
{
    memset(counts, 0, sizeof counts);
    memset(statuses, 0, sizeof statuses);
    sent = again = 0;
}

/* Answers in a second, to CALLERS. */
static double measure(void)
{
    uint64_t done = counts[OK];
    int64_t begin = now_us();
    for (unsigned i = 0; now_us() - begin < MEASURE_US;) {
        while (busy() < CALLERS)
            start(&paths[i++ % npaths], now_us());
        wait_events(10);
    }
    drain();
    done = counts[OK] - done;
    return (double)done * 1e6 / (double)(now_us() - begin);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: openloop PORT RATE SECONDS PATH...\n");
        return 2;
    }
    port = (int)strtol(argv[1], NULL, 10);
    double rate = strtod(argv[2], NULL), seconds = strtod(argv[3], NULL);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0)
        return 2;
    prepare(argv + 4, argc - 4);
    double most = measure() / 2;
    rate = rate < most ? rate : most;
    forget();
    latency_room = (uint64_t)(rate * seconds) + 1;
    latencies = calloc(latency_room, sizeof *latencies);
    if (!latencies)
        return 2;
    printf("{\"ready\": true}\n"); /* the faults may begin */
    fflush(stdout);
    run(rate, seconds);
    report(rate);
    return 0;
}
