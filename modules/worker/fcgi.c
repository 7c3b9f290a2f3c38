#include "worker/fcgi.h"

#include "core/clock.h"
#include "core/self.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* FastCGI 1.0, section 8. */
enum { VERSION = 1, END_REQUEST = 3, STDOUT = 6, HEADER = 8, END_BODY = 8 };

enum {
    RECORD = 65528, /* largest content that needs no padding */
    TAIL = 2 * HEADER + END_BODY,
    ACCEPT_MS = 250,           /* how often an idle worker looks up */
    HEAD_MS = 1000,            /* longest wait for a piece of a request's head */
    GONE_EVERY_US = 10 * 1000, /* how often the question for a gone client is worth a system call */
    LINGER_US = 2 * 1000 * 1000,
    TRASH = 16 * 1024,
};

struct bf_fcgi {
    int listening;
    int epoll;   /* waits for the listening socket; -1: there is none */
    int signals; /* and for these; -1: for none */
    int64_t io_ms;
    struct timespec defer;
    FCGX_Request request;
    int fd;

    struct bf_http_io io;
    int64_t length; /* CONTENT_LENGTH; -1: not told */
    int64_t got;    /* bytes of the body so far */
    bool reading;   /* the read timeout is that of a body */
    bool failed;    /* a write did not get through */
    bool gone;
    int64_t asked_us;

    size_t n;      /* bytes in `out` */
    size_t record; /* where the header of the open record stands */
    unsigned char out[BF_FCGI_HOLD + TAIL];
};

/* ---- records ------------------------------------------------------------------------------- */

static void put_header(unsigned char *to, int type, int id, size_t length)
{
    const unsigned char header[HEADER] = {VERSION,
                                          (unsigned char)type,
                                          (unsigned char)(id >> 8 & 0xFF),
                                          (unsigned char)(id & 0xFF),
                                          (unsigned char)(length >> 8),
                                          (unsigned char)(length & 0xFF),
                                          0,
                                          0};
    memcpy(to, header, sizeof header);
}

static void open_record(struct bf_fcgi *f)
{
    f->record = f->n;
    f->n += HEADER;
}

/* Gives the open record its length; an empty one is taken back (it would mean the end). */
static void close_record(struct bf_fcgi *f)
{
    size_t length = f->n - f->record - HEADER;
    if (length == 0)
        f->n = f->record;
    else
        put_header(f->out + f->record, STDOUT, f->request.requestId, length);
}

/* MSG_DONTWAIT and then poll: the usual answer fits into the socket, and no timeout must be set. */
static bool send_out(struct bf_fcgi *f)
{
    const unsigned char *p = f->out;
    size_t n = f->n;
    f->n = 0;
    while (n > 0) {
        ssize_t sent = send(f->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        struct pollfd room = {.fd = f->fd, .events = POLLOUT};
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
        } else if (errno != EINTR && (errno != EAGAIN || poll(&room, 1, (int)f->io_ms) <= 0)) {
            f->failed = true;
            return false;
        }
    }
    return true;
}

static bool write_answer(void *self, const void *p, size_t n)
{
    struct bf_fcgi *f = self;
    const unsigned char *from = p;
    while (n > 0 && !f->failed) {
        size_t room = BF_FCGI_HOLD - f->n;
        size_t in_record = RECORD - (f->n - f->record - HEADER);
        size_t piece = n < room ? n : room;
        piece = piece < in_record ? piece : in_record;
        memcpy(f->out + f->n, from, piece);
        f->n += piece;
        from += piece;
        n -= piece;
        if (piece == in_record || f->n + HEADER >= BF_FCGI_HOLD) {
            close_record(f);
            if (f->n + 2 * HEADER >= BF_FCGI_HOLD)
                send_out(f);
            open_record(f);
        }
    }
    return !f->failed;
}

/* The empty record that ends the stream, and the end of the request: all is well. */
static void put_end(struct bf_fcgi *f)
{
    static const unsigned char body[END_BODY] = {0};
    close_record(f);
    put_header(f->out + f->n, STDOUT, f->request.requestId, 0);
    put_header(f->out + f->n + HEADER, END_REQUEST, f->request.requestId, END_BODY);
    memcpy(f->out + f->n + 2 * HEADER, body, END_BODY);
    f->n += TAIL;
}

/* ---- the body and the client --------------------------------------------------------------- */

static void set_read_timeout(int fd, int64_t ms)
{
    const struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
}

static ssize_t read_body(void *self, void *to, size_t room)
{
    struct bf_fcgi *f = self;
    if (!f->reading) {
        set_read_timeout(f->fd, f->io_ms);
        f->reading = true;
    }
    int n = FCGX_GetStr(to, room < INT_MAX ? (int)room : INT_MAX, f->request.in);
    if (n > 0)
        f->got += n;
    bool too_long = f->length >= 0 && f->got > f->length;
    if (n > 0 && !too_long)
        return n;
    bool whole = FCGX_GetError(f->request.in) == 0 && (f->length < 0 || f->got == f->length);
    return n == 0 && whole ? 0 : -1;
}

/* A peer that half-closed has gone as well: nginx closes its side only when its client left. */
static bool is_gone(void *self)
{
    struct bf_fcgi *f = self;
    int64_t now = bf_clock_mono_us();
    if (f->gone || f->failed || now - f->asked_us < GONE_EVERY_US)
        return f->gone || f->failed;
    f->asked_us = now;
    struct pollfd peer = {.fd = f->fd, .events = POLLRDHUP};
    f->gone = poll(&peer, 1, 0) > 0 && (peer.revents & (POLLRDHUP | POLLHUP | POLLERR));
    return f->gone;
}

/* -1: not told. What is not a number is a body that can never be whole. */
static int64_t content_length(char **env)
{
    const char *text = FCGX_GetParam("CONTENT_LENGTH", env);
    if (!text || !*text)
        return -1;
    int64_t n = 0;
    for (; *text >= '0' && *text <= '9' && n < INT64_MAX / 100; text++)
        n = n * 10 + (*text - '0');
    return *text ? INT64_MAX : n;
}

/* ---- connections --------------------------------------------------------------------------- */

bool bf_fcgi_start(void)
{
    bool ok = FCGX_Init() == 0;
    /* The library has set handlers of its own, without SA_RESTART. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    return ok;
}

/* A reader has prepared its statements, a writer knows the rows of its last commit, and the
 * processor's caches hold what they use: the next request should find the same one. Exclusive
 * waiters of an epoll stay where they are in the socket's queue, so the first idle one is woken; a
 * blocking accept goes to the end of the queue each time. */
static bool watch_listening(struct bf_fcgi *f)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    int flags = fcntl(f->listening, F_GETFL);
    f->epoll = epoll_create1(EPOLL_CLOEXEC);
    return f->epoll >= 0 && fcntl(f->listening, F_SETFL, flags | O_NONBLOCK) == 0 &&
           epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->listening, &event) == 0;
}

/* They stay pending: who waits for connections looks what there is. */
static bool watch_signals(struct bf_fcgi *f, const sigset_t *wake)
{
    struct epoll_event event = {.events = EPOLLIN};
    f->signals = signalfd(-1, wake, SFD_NONBLOCK | SFD_CLOEXEC);
    return f->signals >= 0 && epoll_ctl(f->epoll, EPOLL_CTL_ADD, f->signals, &event) == 0;
}

static int listening_of(const void *self)
{
    const struct bf_fcgi *f = self;
    return f->listening;
}

static int epoll_of(const void *self)
{
    const struct bf_fcgi *f = self;
    return f->epoll;
}

static int signals_of(const void *self)
{
    const struct bf_fcgi *f = self;
    return f->signals;
}

static int client_of(const void *self)
{
    const struct bf_fcgi *f = self;
    return f->fd;
}

static void close_waits(struct bf_fcgi *f)
{
    if (f->signals >= 0)
        close(f->signals);
    if (f->epoll >= 0)
        close(f->epoll);
}

struct bf_fcgi *bf_fcgi_new(int listening, const sigset_t *wake, int64_t io_timeout_ms)
{
    struct bf_fcgi *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->listening = listening;
    f->epoll = f->signals = -1;
    if (listening >= 0 && (!watch_listening(f) || (wake && !watch_signals(f, wake)))) {
        close_waits(f);
        free(f);
        return NULL;
    }
    bf_self_hold(f, listening_of);
    bf_self_hold(f, epoll_of);
    bf_self_hold(f, signals_of);
    bf_self_hold(f, client_of);
    f->io_ms = io_timeout_ms;
    f->fd = -1;
    f->io = (struct bf_http_io){f, read_body, write_answer, is_gone, -1};
    FCGX_InitRequest(&f->request, -1, 0);
    return f;
}

static void close_fd(struct bf_fcgi *f)
{
    close(f->fd);
    f->fd = f->io.fd = f->request.ipcFd = -1;
}

void bf_fcgi_free(struct bf_fcgi *f)
{
    if (!f)
        return;
    bf_self_release(f);
    FCGX_Free(&f->request, 0);
    if (f->fd >= 0)
        close_fd(f);
    close_waits(f);
    free(f);
}

void bf_fcgi_defer(struct bf_fcgi *f, int64_t us)
{
    f->defer.tv_nsec = us * 1000;
}

enum bf_fcgi_got bf_fcgi_accept(struct bf_fcgi *f)
{
    struct epoll_event event;
    int fd = accept4(f->listening, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 && errno == EAGAIN) { /* under load nobody waits */
        if (epoll_wait(f->epoll, &event, 1, ACCEPT_MS) <= 0)
            return BF_FCGI_NOTHING;
        if (f->defer.tv_nsec)
            nanosleep(&f->defer, NULL);
        fd = accept4(f->listening, NULL, NULL, SOCK_CLOEXEC);
    }
    if (fd >= 0) {
        f->fd = fd;
        return BF_FCGI_CONNECTION;
    }
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return BF_FCGI_NOTHING;
    return errno == EMFILE ? BF_FCGI_NO_DESCRIPTOR : BF_FCGI_FAILED;
}

static void reset(struct bf_fcgi *f)
{
    f->io.fd = f->fd;
    f->length = content_length(f->request.envp);
    f->got = 0;
    f->reading = f->failed = f->gone = false;
    f->asked_us = 0;
    f->n = 0;
    open_record(f);
}

bool bf_fcgi_begin(struct bf_fcgi *f)
{
    set_read_timeout(f->fd, f->io_ms < HEAD_MS ? f->io_ms : HEAD_MS);
    f->request.ipcFd = f->fd;
    f->request.keepConnection = 1; /* else the library closes what it did not accept */
    f->request.detached = 1; /* a peer that sends nonsense is cut at once, without lingering */
    if (FCGX_Accept_r(&f->request) != 0) {
        f->fd = f->request.ipcFd = -1; /* closed by the library */
        return false;
    }
    /* Parameters that end with the connection, or with our patience, pass for all of them. */
    if (FCGX_GetError(f->request.in) != 0) {
        FCGX_Free(&f->request, 0);
        close_fd(f);
        return false;
    }
    reset(f);
    return true;
}

const char *const *bf_fcgi_env(const struct bf_fcgi *f)
{
    return (const char *const *)f->request.envp;
}

struct bf_http_io *bf_fcgi_io(struct bf_fcgi *f)
{
    return &f->io;
}

/* Whether all of the request was read. Its last, empty record usually lies in the library's buffer
 * already; of a body that nobody wanted it is not looked for. */
static bool request_read(struct bf_fcgi *f)
{
    char more;
    if (f->length <= f->got)
        (void)FCGX_GetStr(&more, 1, f->request.in);
    return f->request.in->isClosed && FCGX_GetError(f->request.in) == 0;
}

/* Closing a socket with unread bytes makes the peer lose our answer: nginx would be told that its
 * upload failed, and say 502. So what it still sends is read and dropped until it hangs up. */
static void linger(struct bf_fcgi *f)
{
    char trash[TRASH];
    int64_t until = bf_clock_mono_us() + LINGER_US;
    shutdown(f->fd, SHUT_WR);
    for (ssize_t n = 1; n > 0;) {
        int64_t left = until - bf_clock_mono_us();
        struct pollfd peer = {.fd = f->fd, .events = POLLIN};
        n = left > 0 && poll(&peer, 1, (int)(left / 1000)) > 0
                ? recv(f->fd, trash, sizeof trash, MSG_DONTWAIT)
                : 0;
    }
}

bool bf_fcgi_end(struct bf_fcgi *f, bool broken)
{
    bool ok = !broken && !f->failed;
    if (ok) {
        put_end(f);
        ok = send_out(f);
    }
    if (ok && !request_read(f))
        linger(f);
    FCGX_Free(&f->request, 0); /* not FCGX_Finish_r, which would write end records of its own */
    close_fd(f);
    return ok;
}

/* ---- self test ----------------------------------------------------------------------------- */

/* BEGIN_REQUEST (responder), PARAMS {A=b}, PARAMS {}, STDIN "body", STDIN {}; request id 1. */
static const unsigned char sample[] = {
    1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1,   4,   0,   1,   0, 4, 0, 0, 1, 1, 'A', 'b',
    1, 4, 0, 1, 0, 0, 0, 0, 1, 5, 0, 1, 0, 4, 0, 0, 'b', 'o', 'd', 'y', 1, 5, 0, 1, 0, 0, 0,   0};

static bool try_request(struct bf_fcgi *f)
{
    char body[8];
    const char *a = FCGX_GetParam("A", f->request.envp);
    return a && strcmp(a, "b") == 0 && read_body(f, body, sizeof body) == 4 &&
           memcmp(body, "body", 4) == 0 && read_body(f, body, sizeof body) == 0 &&
           write_answer(f, "hi", 2) && bf_fcgi_end(f, false);
}

static bool try_pair(struct bf_fcgi *f, int peer)
{
    static const unsigned char expected[] = {1, 6, 0, 1, 0, 2, 0, 0, 'h', 'i', 1, 6, 0, 1, 0, 0, 0,
                                             0, 1, 3, 0, 1, 0, 8, 0, 0,   0,   0, 0, 0, 0, 0, 0, 0};
    unsigned char answer[64];
    return send(peer, sample, sizeof sample, MSG_NOSIGNAL) == (ssize_t)sizeof sample &&
           bf_fcgi_begin(f) && try_request(f) && f->request.ipcFd == -1 &&
           recv(peer, answer, sizeof answer, MSG_DONTWAIT) == (ssize_t)sizeof expected &&
           memcmp(answer, expected, sizeof expected) == 0 &&
           recv(peer, answer, sizeof answer, MSG_DONTWAIT) == 0;
}

bool bf_fcgi_self_test(void)
{
    int pair[2];
    struct bf_fcgi *f = bf_fcgi_new(-1, NULL, HEAD_MS);
    if (!f || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        bf_fcgi_free(f);
        return false;
    }
    f->fd = pair[0];
    bool ok = try_pair(f, pair[1]);
    bf_fcgi_free(f);
    close(pair[1]);
    return ok;
}
