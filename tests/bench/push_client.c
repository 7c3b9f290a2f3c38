/*
 * push_client: one publisher on one kept connection, and how soon a reader sees what was
 * acknowledged.
 *
 *     BEFFROI_KEY=… push_client PORT SECONDS pushes|visible FILE
 *
 * pushes   pushes the snapshot in FILE again and again; prints batches per second
 * visible  reads after each acknowledgement until the commit is seen; prints the median and the
 *          99th percentile in milliseconds
 *
 * Every fifth station changes each time, to what it has never been: its `nbvelosdispo`, which has
 * two digits in FILE, and the six digits behind the second of its `datemiseajour`.
 *
 * Every answer is read whole and must be a 200; anything else ends the program with status 1.
 */
#include "core/buf.h"
#include "core/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STATIONS = 302, EVERY = 5, SAMPLES = 100000, ANSWER = 1 << 20 };

/* Where the two texts of a station are changed. */
struct station {
    char *bikes, *time;
};

static const char target[] = "/api/push/v1/datasets/vlille-realtime/records?mode=snapshot";
static const char watched[] =
    "GET /api/explore/v2.1/catalog/datasets/vlille-realtime/records?limit=0 HTTP/1.1\r\n"
    "Host: localhost\r\n\r\n";

static _Noreturn void fail(const char *what, const char *detail)
{
    fprintf(stderr, "push_client: %s %.400s\n", what, detail);
    exit(1);
}

static int dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("cannot connect", "");
    return fd;
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = write(fd, p, n);
        if (sent <= 0)
            fail("the connection was closed while sending", "");
        p += sent;
        n -= (size_t)sent;
    }
}

/* The head of an answer with Content-Length, its body read and dropped. */
static const char *read_answer(int fd)
{
    static char text[ANSWER];
    size_t n = 0;
    char *body = NULL;
    size_t whole = 0;
    while (!body || n < whole) {
        ssize_t got = read(fd, text + n, sizeof text - 1 - n);
        if (got <= 0)
            fail("the connection was closed while reading", "");
        n += (size_t)got;
        text[n] = '\0';
        body = body ? body : strstr(text, "\r\n\r\n");
        const char *length = body ? strcasestr(text, "\r\nContent-Length:") : NULL;
        if (body && !length)
            fail("an answer without Content-Length", text);
        if (body)
            whole = (size_t)(body + 4 - text) + strtoul(length + 17, NULL, 10);
    }
    if (strncmp(text, "HTTP/1.1 200", 12) != 0)
        fail("not acknowledged:", text);
    return text;
}

static long commit_of(const char *head)
{
    const char *line = strcasestr(head, "\r\nBeffroi-Commit:");
    return line ? strtol(line + 17, NULL, 10) : 0;
}

/* A whole request, ready to be sent. */
static void read_request(struct bf_buf *b, const char *path, const char *key)
{
    struct bf_buf body;
    bf_buf_init(&body, 64u << 20);
    FILE *file = fopen(path, "r");
    if (!file)
        fail("cannot read", path);
    for (char *at; (at = bf_buf_reserve(&body, 65536)) != NULL;) {
        size_t got = fread(at, 1, 65536, file);
        bf_buf_wrote(&body, got);
        if (got == 0)
            break;
    }
    fclose(file);
    bf_buf_init(b, 64u << 20);
    bf_buf_printf(b,
                  "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
                  "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                  target, key, body.n);
    bf_buf_str(b, bf_buf_view(&body));
    bf_buf_fini(&body);
}

static char *find(char *from, const char *name)
{
    char *at = from ? strstr(from, name) : NULL;
    return at ? at + strlen(name) : NULL;
}

static void find_stations(char *text, struct station stations[STATIONS])
{
    char *at = text;
    for (int i = 0; i < STATIONS; i++) {
        stations[i].bikes = find(at, "\"nbvelosdispo\": ");
        at = strstr(at, "\"datemiseajour\": ");
        stations[i].time = find(at, ".");
        if (!stations[i].bikes || !stations[i].time)
            fail("a station without bikes or time", "");
        at = strchr(at, '}');
    }
}

static void put_digits(char *at, int digits, int n)
{
    for (int i = digits; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
}

static void change(const struct station stations[STATIONS], int batch)
{
    for (int i = batch % EVERY; i < STATIONS; i += EVERY) {
        put_digits(stations[i].bikes, 2, 10 + batch / EVERY % 40);
        put_digits(stations[i].time, 6, batch);
    }
}

static double wait_visible(int fd, long commit)
{
    int64_t start = bf_clock_mono_us();
    do {
        send_all(fd, watched, sizeof watched - 1);
    } while (commit_of(read_answer(fd)) < commit);
    return (double)(bf_clock_mono_us() - start) / 1000;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print(double *samples, int n, bool visible, int64_t took_us)
{
    if (!visible) {
        printf("%.1f\n", n * 1e6 / (double)took_us);
        return;
    }
    qsort(samples, (size_t)n, sizeof samples[0], by_value);
    printf("%.2f %.2f\n", samples[n / 2], samples[n * 99 / 100]);
}

int main(int argc, char **argv)
{
    static double samples[SAMPLES];
    static struct station stations[STATIONS];
    const char *key = getenv("BEFFROI_KEY");
    struct bf_buf request;
    if (argc != 5 || !key) {
        fprintf(stderr, "usage: BEFFROI_KEY=… push_client PORT SECONDS pushes|visible FILE\n");
        return 2;
    }
    read_request(&request, argv[4], key);
    bf_buf_char(&request, '\0');
    find_stations(request.p, stations);
    bool visible = strcmp(argv[3], "visible") == 0;
    int port = (int)strtol(argv[1], NULL, 10);
    int writer = dial(port);
    int reader = dial(port);
    int64_t start = bf_clock_mono_us();
    int64_t end = start + strtoll(argv[2], NULL, 10) * 1000000;
    int first = (int)(start / 1000 % 1000000); /* nor what it was in the run before */
    int n = 0;
    for (; bf_clock_mono_us() < end && n < SAMPLES; n++) {
        change(stations, first + n);
        send_all(writer, request.p, request.n - 1);
        long commit = commit_of(read_answer(writer));
        samples[n] = visible ? wait_visible(reader, commit) : 0;
    }
    print(samples, n, visible, bf_clock_mono_us() - start);
    bf_buf_fini(&request);
    return 0;
}
