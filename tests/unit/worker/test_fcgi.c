/* worker/fcgi: whole and broken requests, whole and cut answers, peers that mean no good. */
#include "worker/fcgi.h"

#include "core/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 1 << 20, BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

struct peer {
    int listening, fd;
    struct bf_fcgi *f;
    char path[64];
    unsigned char request[ROOM];
    size_t n;
    unsigned char answer[4 * ROOM];
    size_t got;
};

/* ---- what nginx would send ------------------------------------------------------------------ */

static void record(struct peer *p, int type, const void *content, size_t n)
{
    const unsigned char header[8] = {
        1, (unsigned char)type, 0, 1, (unsigned char)(n >> 8), (unsigned char)(n & 0xFF), 0, 0};
    memcpy(p->request + p->n, header, 8);
    memcpy(p->request + p->n + 8, content, n);
    p->n += 8 + n;
}

static void begin(struct peer *p)
{
    p->n = 0;
    record(p, BEGIN, "\0\1\1\0\0\0\0\0", 8); /* responder, keep the connection */
}

static void param(struct peer *p, const char *name, const char *value)
{
    char pair[256];
    int n =
        snprintf(pair, sizeof pair, "%c%c%s%s", (int)strlen(name), (int)strlen(value), name, value);
    record(p, PARAMS, pair, (size_t)n);
}

static void head(struct peer *p, const char *length)
{
    begin(p);
    param(p, "REQUEST_METHOD", "GET");
    if (length)
        param(p, "CONTENT_LENGTH", length);
    record(p, PARAMS, "", 0);
}

static void whole_get(struct peer *p)
{
    head(p, NULL);
    record(p, STDIN, "", 0);
}

/* ---- the two ends --------------------------------------------------------------------------- */

static int make(void **state)
{
    struct peer *p = calloc(1, sizeof *p);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (!p || !bf_fcgi_start())
        return -1;
    snprintf(p->path, sizeof p->path, "/tmp/bf-test-fcgi-%d", (int)getpid());
    memcpy(at.sun_path, p->path, sizeof p->path);
    unlink(p->path);
    p->listening = socket(AF_UNIX, SOCK_STREAM, 0);
    p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(p->listening, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(p->listening, 8) != 0 || connect(p->fd, (struct sockaddr *)&at, sizeof at) != 0)
        return -1;
    p->f = bf_fcgi_new(p->listening, NULL, 300);
    *state = p;
    return 0;
}

static int drop(void **state)
{
    struct peer *p = *state;
    bf_fcgi_free(p->f);
    close(p->listening);
    if (p->fd >= 0)
        close(p->fd);
    unlink(p->path);
    free(p);
    return 0;
}

static void give(struct peer *p, size_t n)
{
    assert_int_equal(send(p->fd, p->request, n, MSG_NOSIGNAL), n);
}

static void connect_and_begin(struct peer *p)
{
    give(p, p->n);
    assert_int_equal(bf_fcgi_accept(p->f), BF_FCGI_CONNECTION);
    assert_true(bf_fcgi_begin(p->f));
}

/* What there is to read now; true: up to the end of the connection. */
static bool receive(struct peer *p)
{
    for (;;) {
        ssize_t n = recv(p->fd, p->answer + p->got, sizeof p->answer - p->got, MSG_DONTWAIT);
        if (n <= 0)
            return n == 0;
        p->got += (size_t)n;
    }
}

/* The content of all STDOUT records; *ended: the end record came, after the empty one. */
static size_t content(const struct peer *p, unsigned char *to, bool *ended)
{
    size_t n = 0;
    bool closed = false;
    *ended = false;
    for (size_t at = 0; at + 8 <= p->got;) {
        const unsigned char *h = p->answer + at;
        size_t length = (size_t)h[4] << 8 | h[5];
        assert_int_equal(h[0], 1);
        assert_int_equal(h[2] << 8 | h[3], 1);
        if (at + 8 + length > p->got)
            break;
        assert_false(*ended);
        if (h[1] == STDOUT) {
            assert_false(closed);
            memcpy(to + n, h + 8, length);
            n += length;
            closed = length == 0;
        } else {
            assert_int_equal(h[1], END);
            assert_int_equal(length, 8);
            assert_true(closed);
            *ended = true;
        }
        at += 8 + length + h[6];
    }
    return n;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void the_library_is_the_one_we_know(void **state)
{
    (void)state;
    assert_true(bf_fcgi_self_test());
    assert_true(bf_fcgi_self_test());
}

static void nobody_comes(void **state)
{
    struct peer *p = *state;
    whole_get(p);
    connect_and_begin(p);
    assert_true(bf_fcgi_end(p->f, false));
    assert_int_equal(bf_fcgi_accept(p->f), BF_FCGI_NOTHING);
}

static void come_later(const struct peer *p)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(at.sun_path, p->path, sizeof p->path);
    poll(NULL, 0, 30);
    connect(fd, (struct sockaddr *)&at, sizeof at);
    _exit(0);
}

/* The connection that make() opened is there already, and wakes nobody; the next one does. */
static void what_is_left_to_others_is_taken_when_nobody_takes_it(void **state)
{
    struct peer *p = *state;
    enum bf_fcgi_got got = BF_FCGI_NOTHING;
    close(accept(p->listening, NULL, NULL));
    bf_fcgi_defer(p->f, 20 * 1000);
    pid_t child = fork();
    if (child == 0)
        come_later(p);
    for (int i = 0; i < 40 && got == BF_FCGI_NOTHING; i++)
        got = bf_fcgi_accept(p->f);
    assert_int_equal(got, BF_FCGI_CONNECTION);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_get_is_read_and_answered(void **state)
{
    struct peer *p = *state;
    char text[64];
    bool ended;
    whole_get(p);
    connect_and_begin(p);
    bool found = false;
    for (const char *const *e = bf_fcgi_env(p->f); *e; e++)
        found |= strcmp(*e, "REQUEST_METHOD=GET") == 0;
    assert_true(found);
    struct bf_http_io *io = bf_fcgi_io(p->f);
    assert_true(io->fd >= 0);
    assert_int_equal(io->read(io->self, text, sizeof text), 0);
    assert_true(io->write(io->self, "Status: 200\r\n", 13));
    assert_true(io->write(io->self, "\r\nhi", 4));
    assert_false(receive(p)); /* nothing leaves before the end */
    assert_int_equal(p->got, 0);
    assert_true(bf_fcgi_end(p->f, false));
    assert_true(receive(p));
    unsigned char body[64];
    assert_int_equal(content(p, body, &ended), 17);
    assert_memory_equal(body, "Status: 200\r\n\r\nhi", 17);
    assert_true(ended);
}

static void an_empty_answer_ends_well(void **state)
{
    struct peer *p = *state;
    unsigned char body[64];
    bool ended;
    whole_get(p);
    connect_and_begin(p);
    assert_true(bf_fcgi_end(p->f, false));
    assert_true(receive(p));
    assert_int_equal(content(p, body, &ended), 0);
    assert_true(ended);
}

/* Sizes around every border: of a record, of what is held, of several sends. */
static void answers_of_every_size_are_whole(void **state)
{
    static const size_t sizes[] = {1,      65527,  65528,  65529,  131055, 131056, 131057, 196500,
                                   196560, 196567, 196568, 196575, 196576, 196577, 196584, 196585,
                                   196592, 196600, 196608, 196609, 196616, 196700, 400000, 700001};
    struct peer *p = *state;
    static unsigned char sent[ROOM], body[4 * ROOM];
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i * 31 >> 3);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sockaddr_un at = {.sun_family = AF_UNIX};
        bool ended;
        memcpy(at.sun_path, p->path, sizeof p->path);
        close(p->fd);
        p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (i == 0) /* the connection of the set-up was never served */
            assert_int_equal(bf_fcgi_accept(p->f), BF_FCGI_CONNECTION),
                assert_false(bf_fcgi_begin(p->f));
        assert_int_equal(connect(p->fd, (struct sockaddr *)&at, sizeof at), 0);
        whole_get(p);
        connect_and_begin(p);
        struct bf_http_io *io = bf_fcgi_io(p->f);
        p->got = 0;
        /* In pieces of odd sizes, with a reader in between so that the socket never stays full. */
        for (size_t n = 0; n < sizes[i];) {
            size_t piece = 1 + n % 30011;
            piece = piece < sizes[i] - n ? piece : sizes[i] - n;
            assert_true(io->write(io->self, sent + n, piece));
            n += piece;
            receive(p);
        }
        assert_true(bf_fcgi_end(p->f, false));
        assert_true(receive(p));
        assert_int_equal(content(p, body, &ended), sizes[i]);
        assert_memory_equal(body, sent, sizes[i]);
        assert_true(ended);
    }
}

static void a_broken_answer_has_no_end(void **state)
{
    struct peer *p = *state;
    unsigned char body[64];
    bool ended;
    whole_get(p);
    connect_and_begin(p);
    struct bf_http_io *io = bf_fcgi_io(p->f);
    assert_true(io->write(io->self, "half", 4));
    assert_false(bf_fcgi_end(p->f, true));
    assert_true(receive(p));
    content(p, body, &ended);
    assert_false(ended);
}

static void a_reader_that_stands_still_fails_the_write(void **state)
{
    struct peer *p = *state;
    static char much[ROOM];
    whole_get(p);
    connect_and_begin(p);
    struct bf_http_io *io = bf_fcgi_io(p->f);
    int64_t began = bf_clock_mono_us();
    assert_false(io->write(io->self, much, sizeof much));
    assert_true(bf_clock_mono_us() - began >= 290 * 1000);
    assert_false(io->write(io->self, much, 1));
    assert_true(io->gone(io->self));
    assert_false(bf_fcgi_end(p->f, false));
}

static void a_client_that_left_is_noticed(void **state)
{
    struct peer *p = *state;
    whole_get(p);
    connect_and_begin(p);
    struct bf_http_io *io = bf_fcgi_io(p->f);
    assert_false(io->gone(io->self));
    close(p->fd);
    p->fd = -1;
    assert_false(io->gone(io->self)); /* asked a moment ago */
    poll(NULL, 0, 15);
    assert_true(io->gone(io->self));
    assert_true(io->write(io->self, "x", 1)); /* held */
    assert_false(bf_fcgi_end(p->f, false));
}

struct body_case {
    const char *length;  /* CONTENT_LENGTH, or NULL */
    const char *records; /* contents, separated by | */
    bool ended;          /* the empty record follows */
    ssize_t whole;       /* bytes, or -1 */
};

static ssize_t read_all(struct bf_http_io *io)
{
    char piece[7];
    ssize_t sum = 0;
    for (;;) {
        ssize_t n = io->read(io->self, piece, sizeof piece);
        if (n < 0)
            return -1;
        if (n == 0)
            return sum;
        sum += n;
    }
}

static void bodies_are_whole_or_refused(void **state)
{
    static const struct body_case cases[] = {
        {"0", "", true, 0},
        {NULL, "", true, 0},
        {NULL, "hello|world", true, 10},
        {"10", "hello|world", true, 10},
        {"11", "hello|world", true, -1},
        {"9", "hello|world", true, -1},
        {"10", "hello|world", false, -1}, /* too slow */
        {"10", "hello", false, -1},
        {NULL, "hello", false, -1},
        {"-1", "hello", true, -1},
        {"1e1", "helloworld", true, -1},
        {"99999999999999999999999", "hello", true, -1},
        {"", "hello", true, 5}, /* what nginx sends when it knows no length */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        void *one = NULL;
        assert_int_equal(make(&one), 0);
        struct peer *p = one;
        head(p, cases[i].length);
        for (const char *at = cases[i].records; *at;) {
            size_t n = strcspn(at, "|");
            record(p, STDIN, at, n);
            at += n + (at[n] == '|');
        }
        if (cases[i].ended)
            record(p, STDIN, "", 0);
        connect_and_begin(p);
        assert_int_equal(read_all(bf_fcgi_io(p->f)), cases[i].whole);
        bf_fcgi_end(p->f, false);
        drop(&one);
    }
}

static void an_unread_body_does_not_lose_the_answer(void **state)
{
    struct peer *p = *state;
    unsigned char body[64];
    bool ended;
    head(p, "50000");
    static char much[50000];
    record(p, STDIN, much, sizeof much);
    pid_t sender = fork();
    if (sender == 0) { /* nginx hangs up as soon as it has the end record */
        unsigned char answer[64];
        struct pollfd in = {.fd = p->fd, .events = POLLIN};
        give(p, p->n);
        poll(&in, 1, 2000);
        ssize_t n = recv(p->fd, answer, sizeof answer, 0);
        _exit(n == 8 + 2 + 8 + 16 ? 0 : 1);
    }
    assert_int_equal(bf_fcgi_accept(p->f), BF_FCGI_CONNECTION);
    assert_true(bf_fcgi_begin(p->f));
    struct bf_http_io *io = bf_fcgi_io(p->f);
    assert_true(io->write(io->self, "no", 2));
    close(p->fd);
    p->fd = -1;
    int64_t began = bf_clock_mono_us();
    assert_true(bf_fcgi_end(p->f, false));
    assert_true(bf_clock_mono_us() - began < 1500 * 1000);
    int status;
    waitpid(sender, &status, 0);
    assert_int_equal(status, 0);
    (void)body;
    (void)ended;
}

/* Every beginning of a request, then silence: the worker is free again within the time limit. */
static void partial_heads_do_not_hold_a_worker(void **state)
{
    static const size_t steps[] = {0, 1, 3, 7, 8, 9, 15, 16, 17, 24, 30, 43, 45, 50};
    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        void *one = NULL;
        assert_int_equal(make(&one), 0);
        struct peer *p = one;
        whole_get(p);
        give(p, steps[i]);
        int64_t began = bf_clock_mono_us();
        assert_int_equal(bf_fcgi_accept(p->f), BF_FCGI_CONNECTION);
        assert_false(bf_fcgi_begin(p->f));
        assert_true(bf_clock_mono_us() - began < 1000 * 1000);
        drop(&one);
    }
}

/* libfcgi asks for 2 GiB when it is told of such a length: no memory must be what it gets. */
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Records that are no FastCGI, or a hostile one. libfcgi may abort on some (its assertions): then
 * only this child dies, as a worker would. Anything but an abort would be a hole. */
static void hostile_bytes_cost_one_worker_at_most(void **state)
{
    static const char *const hostile[] = {
        "GET / HTTP/1.1\r\n\r\n",
        "\2\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0",  /* another version */
        "\1\1\0\1\0\10\0\0\0\11\1\0\0\0\0\0", /* another role */
        "\1\1\0\1\0\1\0\0\0\1\1\0\0\0\0\0",   /* a short begin */
        "\1\4\0\1\377\377\377\0",             /* parameters first */
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\10\0\0\377\377\377\377\377\377\377\377",
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\10\0\0\177\377\377\377\177\377\377\377",
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\2\377\377\377\0", /* another request's */
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\11\0\0\0\0\0\0",      /* GET_VALUES in between */
        "\1\11\0\0\0\21\0\0\17\0FCGI_MPXS_CONNS",
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\5\0\1\0\0\0\0", /* the body first */
        "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\2\0\1\0\0\0\0", /* abort */
    };
    static const size_t lengths[] = {18, 16, 16, 16, 8, 32, 32, 24, 24, 25, 24, 24};
    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        void *one = NULL;
        assert_int_equal(make(&one), 0);
        struct peer *p = one;
        memcpy(p->request, hostile[i], lengths[i]);
        give(p, lengths[i]);
        shutdown(p->fd, SHUT_WR);
        pid_t child = fork();
        if (child == 0) {
            bf_fcgi_accept(p->f);
            if (bf_fcgi_begin(p->f))
                bf_fcgi_end(p->f, false);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        assert_true(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
        drop(&one);
    }
}

/* The overflow that HAProxy had: the longest content with the longest padding. */
static void the_longest_record_with_padding(void **state)
{
    struct peer *p = *state;
    static unsigned char many[65535 + 255];
    head(p, "65535");
    const unsigned char header[8] = {1, STDIN, 0, 1, 255, 255, 255, 0};
    memcpy(p->request + p->n, header, 8);
    memcpy(p->request + p->n + 8, many, sizeof many);
    p->n += 8 + sizeof many;
    record(p, STDIN, "", 0);
    connect_and_begin(p);
    assert_int_equal(read_all(bf_fcgi_io(p->f)), 65535);
    assert_true(bf_fcgi_end(p->f, false));
}

/* Without it each call would wait a quarter of a second. */
static void a_pending_signal_ends_the_wait(void **state)
{
    struct peer *p = *state;
    sigset_t term, before;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    assert_int_equal(sigprocmask(SIG_BLOCK, &term, &before), 0);
    struct bf_fcgi *f = bf_fcgi_new(p->listening, &term, 300);
    assert_non_null(f);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(bf_fcgi_accept(f), BF_FCGI_CONNECTION); /* the one that make() opened */
    int64_t end = bf_clock_mono_us() + 60 * 1000000;
    for (int i = 0; i < 480; i++)
        assert_int_equal(bf_fcgi_accept(f), BF_FCGI_NOTHING);
    assert_true(bf_clock_mono_us() < end);
    assert_int_equal(sigtimedwait(&term, NULL, &(struct timespec){0}), SIGTERM);
    bf_fcgi_free(f);
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* ---- which worker is woken ------------------------------------------------------------------ */

/* Accepts one connection after the other and says each time who it was. */
static pid_t start_idler(const struct peer *p, char name, int say)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct bf_fcgi *f = bf_fcgi_new(p->listening, NULL, 300);
    for (int64_t end = bf_clock_mono_us() + 20 * 1000000; f && bf_clock_mono_us() < end;)
        if (bf_fcgi_accept(f) == BF_FCGI_CONNECTION && bf_fcgi_begin(f) &&
            (!bf_fcgi_end(f, false) || write(say, &name, 1) != 1))
            break;
    _exit(0);
}

/* Until the process sleeps, as it does in accept or epoll_wait. */
static void wait_asleep(pid_t pid)
{
    char path[32], text[256], state = 'R';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    for (int i = 0; i < 5000 && state != 'S'; i++) {
        FILE *file = fopen(path, "r");
        if (file && fgets(text, sizeof text, file))
            state = strrchr(text, ')')[2];
        if (file)
            fclose(file);
        poll(NULL, 0, 1);
    }
    assert_int_equal(state, 'S');
}

static char who_answers(struct peer *p, int hear)
{
    char name = '?';
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, p->path, sizeof p->path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    whole_get(p);
    assert_int_equal(send(fd, p->request, p->n, MSG_NOSIGNAL), p->n);
    assert_int_equal(read(hear, &name, 1), 1);
    close(fd);
    return name;
}

/* How many of ten requests in a row went to another worker than the one before. */
static int count_turns(struct peer *p)
{
    int pipe_of_names[2], turns = 0;
    char before = 0;
    pid_t idlers[2];
    close(accept(p->listening, NULL, NULL)); /* the connection that make() opened */
    assert_int_equal(pipe(pipe_of_names), 0);
    for (int i = 0; i < 2; i++)
        idlers[i] = start_idler(p, (char)('a' + i), pipe_of_names[1]);
    for (int i = 0; i < 10; i++) {
        wait_asleep(idlers[0]);
        wait_asleep(idlers[1]);
        char name = who_answers(p, pipe_of_names[0]);
        turns += before && name != before;
        before = name;
    }
    for (int i = 0; i < 2; i++) {
        kill(idlers[i], SIGKILL);
        waitpid(idlers[i], NULL, 0);
    }
    close(pipe_of_names[0]);
    close(pipe_of_names[1]);
    return turns;
}

static void the_first_idle_worker_is_woken_again(void **state)
{
    assert_int_equal(count_turns(*state), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(the_library_is_the_one_we_know),
        TEST(nobody_comes),
        TEST(what_is_left_to_others_is_taken_when_nobody_takes_it),
        TEST(a_get_is_read_and_answered),
        TEST(an_empty_answer_ends_well),
        TEST(answers_of_every_size_are_whole),
        TEST(a_broken_answer_has_no_end),
        TEST(a_reader_that_stands_still_fails_the_write),
        TEST(a_client_that_left_is_noticed),
        TEST(bodies_are_whole_or_refused),
        TEST(an_unread_body_does_not_lose_the_answer),
        TEST(partial_heads_do_not_hold_a_worker),
        TEST(hostile_bytes_cost_one_worker_at_most),
        TEST(the_longest_record_with_padding),
        TEST(the_first_idle_worker_is_woken_again),
        TEST(a_pending_signal_ends_the_wait),
    };
    return cmocka_run_group_tests_name("worker/fcgi", tests, NULL, NULL);
}
