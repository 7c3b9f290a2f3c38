/* http/hot: what was put comes back whole or not at all, whoever writes, dies or stops. */
#include "http/hot.h"

#include "core/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { RING = 1 << 20, KEYS = 200 };

struct fixture {
    void *memory;
    struct bf_hot *h;
    struct bf_buf head, body;
};

static int make(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->memory =
        mmap(NULL, bf_hot_size(RING), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    f->h = bf_hot_init(f->memory, RING);
    bf_buf_init(&f->head, 1 << 20);
    bf_buf_init(&f->body, 1 << 20);
    *state = f;
    return f->h ? 0 : -1;
}

static int drop(void **state)
{
    struct fixture *f = *state;
    munmap(f->memory, bf_hot_size(RING));
    bf_buf_fini(&f->head);
    bf_buf_fini(&f->body);
    free(f);
    return 0;
}

static void key_of(unsigned number, unsigned char key[BF_DIGEST_BYTES])
{
    bf_digest_of((struct bf_str){(const char *)&number, sizeof number}, key);
}

/* The answer of a number: its length and its bytes are told by it. */
static struct bf_str answer_of(unsigned number, char *room)
{
    size_t n = number * 7919u % 20000;
    for (size_t i = 0; i < n; i++)
        room[i] = (char)(number + i * 31);
    return (struct bf_str){room, n};
}

static void put(struct fixture *f, unsigned number)
{
    static char room[20000];
    unsigned char key[BF_DIGEST_BYTES];
    key_of(number, key);
    bf_hot_put(f->h, key, BF_STR("Content-Type: x\r\n"), answer_of(number, room), number);
}

/* true: it is there; what is there must be right. */
static bool get(struct fixture *f, unsigned number)
{
    static char room[20000];
    unsigned char key[BF_DIGEST_BYTES];
    uint64_t rows;
    key_of(number, key);
    bf_buf_clear(&f->head);
    bf_buf_clear(&f->body);
    bf_buf_text(&f->body, "before");
    if (!bf_hot_get(f->h, key, &f->head, &f->body, &rows)) {
        assert_int_equal(f->head.n, 0);
        assert_int_equal(f->body.n, 6);
        return false;
    }
    struct bf_str right = answer_of(number, room);
    assert_int_equal(rows, number);
    assert_true(bf_str_eq(bf_buf_view(&f->head), BF_STR("Content-Type: x\r\n")));
    assert_int_equal(f->body.n, 6 + right.n);
    assert_memory_equal(f->body.p + 6, right.p, right.n);
    return true;
}

static void what_was_put_comes_back(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 1; i <= 20; i++)
        assert_false(get(f, i));
    for (unsigned i = 1; i <= 20; i++)
        put(f, i);
    for (unsigned i = 1; i <= 20; i++)
        assert_true(get(f, i));
    assert_false(get(f, 21));
}

static void the_newest_push_out_the_oldest(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 1; i <= 2000; i++) {
        put(f, i);
        assert_true(get(f, i));
        assert_true(i < 2 || get(f, i - 1));
    }
    assert_false(get(f, 1));
    unsigned there = 0;
    for (unsigned i = 1; i <= 2000; i++)
        there += get(f, i);
    assert_in_range(there, 60, 200); /* 1 MiB of 10 kB on average */
}

static void it_is_wanted_when_asked_again(void **state)
{
    struct fixture *f = *state;
    unsigned char key[BF_DIGEST_BYTES];
    key_of(7, key);
    assert_false(bf_hot_wanted(f->h, key));
    assert_true(bf_hot_wanted(f->h, key));
    key_of(8, key);
    assert_false(bf_hot_wanted(f->h, key));
}

static void what_is_too_large_is_left_out(void **state)
{
    struct fixture *f = *state;
    static char large[RING];
    unsigned char key[BF_DIGEST_BYTES];
    uint64_t rows;
    key_of(1, key);
    const size_t sizes[] = {RING / 8, BF_HOT_MOST + 1, RING};
    for (size_t i = 0; i < 3; i++) {
        bf_hot_put(f->h, key, BF_STR(""), (struct bf_str){large, sizes[i]}, 1);
        assert_false(bf_hot_get(f->h, key, &f->head, &f->body, &rows));
    }
    bf_hot_put(f->h, key, BF_STR(""), (struct bf_str){large, RING / 8 - 128}, 1);
    assert_true(bf_hot_get(f->h, key, &f->head, &f->body, &rows));
    bf_buf_clear(&f->body);
    bf_hot_put(f->h, key, BF_STR(""), (struct bf_str){NULL, 0}, 2);
    assert_true(bf_hot_get(f->h, key, &f->head, &f->body, &rows));
    assert_int_equal(rows, 2);
    assert_int_equal(f->body.n, 0);
}

static void without_memory_nothing_is_there(void **state)
{
    (void)state;
    unsigned char key[BF_DIGEST_BYTES] = {0};
    struct bf_buf b;
    uint64_t rows;
    bf_buf_init(&b, 100);
    assert_int_equal(bf_hot_size(0), 0);
    assert_null(bf_hot_init(NULL, 0));
    assert_false(bf_hot_wanted(NULL, key));
    bf_hot_put(NULL, key, BF_STR("a"), BF_STR("b"), 1);
    assert_false(bf_hot_get(NULL, key, &b, &b, &rows));
}

/* Each byte of the ring in turn is changed behind the reader's back. */
static void changed_bytes_are_not_believed(void **state)
{
    struct fixture *f = *state;
    put(f, 3);
    assert_true(get(f, 3));
    char *end = (char *)f->memory + bf_hot_size(RING);
    size_t found = 0;
    for (char *at = end - RING; at < end - RING + 24000; at++) {
        *at = (char)(*at ^ 0x41);
        found += get(f, 3);
        *at = (char)(*at ^ 0x41);
    }
    assert_true(get(f, 3));
    /* Only the bytes before the record, behind it, and those that pad it. */
    assert_in_range(found, 100, 24000 - 3 * 7919 % 20000);
}

/* Writes as a worker does until it is killed. */
static pid_t start_writer(struct fixture *f, unsigned seed)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    for (int64_t end = bf_clock_mono_us() + 20 * 1000000; bf_clock_mono_us() < end;) {
        seed = seed * 1103515245 + 12345;
        put(f, seed / 65536 % KEYS);
    }
    _exit(0);
}

static void killed_and_stopped_writers_harm_nobody(void **state)
{
    struct fixture *f = *state;
    enum { WRITERS = 4 };
    pid_t writers[WRITERS];
    unsigned found = 0, asked = 0;
    for (unsigned i = 0; i < WRITERS; i++)
        writers[i] = start_writer(f, i + 1);
    for (unsigned round = 0; round < 200; round++) {
        unsigned i = round % WRITERS;
        kill(writers[i], round % 3 ? SIGKILL : SIGSTOP);
        for (unsigned k = 0; k < KEYS; k++, asked++)
            found += get(f, k);
        if (round % 3 == 0)
            kill(writers[i], SIGCONT);
        kill(writers[i], SIGKILL);
        waitpid(writers[i], NULL, 0);
        writers[i] = start_writer(f, round + 10);
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        kill(writers[i], SIGKILL);
        waitpid(writers[i], NULL, 0);
    }
    assert_true(found > asked / 100);
    for (unsigned k = 0; k < KEYS; k++)
        put(f, k);
    assert_true(get(f, KEYS - 1));
}

int main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(what_was_put_comes_back),
        TEST(the_newest_push_out_the_oldest),
        TEST(it_is_wanted_when_asked_again),
        TEST(what_is_too_large_is_left_out),
        TEST(without_memory_nothing_is_there),
        TEST(changed_bytes_are_not_believed),
        TEST(killed_and_stopped_writers_harm_nobody),
    };
    return cmocka_run_group_tests_name("http/hot", tests, NULL, NULL);
}
