/* What was asked last of each dataset, kept in memory that several processes write at once. */
#include "http/asked.h"

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

struct fixture {
    struct bf_asked *asked;
    struct bf_arena *arena;
    struct bf_str out[BF_ASKED_MOST];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = bf_arena_new(8 << 20);
    f->asked =
        mmap(NULL, bf_asked_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *state = f;
    return f->asked == MAP_FAILED;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    munmap(f->asked, bf_asked_size());
    bf_arena_free(f->arena);
    free(f);
    return 0;
}

static void note(struct fixture *f, const char *dataset, const char *target)
{
    bf_asked_note(f->asked, bf_str_of(dataset), bf_str_of(target));
}

static size_t get(struct fixture *f, const char *dataset, size_t most)
{
    return bf_asked_read(f->asked, bf_str_of(dataset), f->arena, f->out, most);
}

static void newest_first(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, "a", BF_ASKED_MOST), 0);
    note(f, "a", "/1");
    note(f, "a", "/2");
    note(f, "b", "/3");
    note(f, "a", "/1"); /* kept already */
    assert_int_equal(get(f, "a", BF_ASKED_MOST), 2);
    assert_true(bf_str_eq(f->out[0], BF_STR("/2")) && bf_str_eq(f->out[1], BF_STR("/1")));
    assert_int_equal(get(f, "a", 1), 1);
    assert_int_equal(get(f, "b", BF_ASKED_MOST), 1);
}

static void the_oldest_goes(void **state)
{
    struct fixture *f = *state;
    char text[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "/%d", i);
        note(f, "a", text);
    }
    assert_int_equal(get(f, "a", BF_ASKED_MOST), BF_ASKED_MOST);
    assert_true(bf_str_eq(f->out[0], BF_STR("/999")));
    assert_true(bf_str_eq(f->out[BF_ASKED_MOST - 1], BF_STR("/980")));
}

static void too_long_is_not_kept(void **state)
{
    struct fixture *f = *state;
    static char text[BF_ASKED_BYTES + 1];
    memset(text, 'x', sizeof text);
    bf_asked_note(f->asked, BF_STR("a"), (struct bf_str){text, BF_ASKED_BYTES + 1});
    assert_int_equal(get(f, "a", BF_ASKED_MOST), 0);
    bf_asked_note(f->asked, BF_STR("a"), (struct bf_str){text, BF_ASKED_BYTES});
    assert_int_equal(get(f, "a", BF_ASKED_MOST), 1);
    assert_int_equal(f->out[0].n, BF_ASKED_BYTES);
}

/* More datasets than there is room for: the last ones are not kept, and nobody gets another's. */
static void many_datasets(void **state)
{
    struct fixture *f = *state;
    char text[16];
    size_t kept = 0;
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "/%d", i);
        note(f, text, text);
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "/%d", i);
        size_t n = get(f, text, 1);
        assert_true(n == 0 || bf_str_eq(f->out[0], bf_str_of(text)));
        kept += n;
    }
    assert_in_range(kept, 400, 512);
}

static void write_for_ever(struct fixture *f, int who)
{
    char text[BF_ASKED_BYTES];
    for (unsigned i = 0;; i++) {
        size_t n = 1 + (i * 7 + (unsigned)who) % (sizeof text - 1);
        memset(text, 'a' + (int)(i % 26), n);
        bf_asked_note(f->asked, BF_STR("a"), (struct bf_str){text, n});
    }
}

/* What is read is always whole: each text here is a run of one letter. */
static void killed_writers(void **state)
{
    struct fixture *f = *state;
    for (int round = 0; round < 20; round++) {
        pid_t pids[4];
        for (int i = 0; i < 4; i++)
            if ((pids[i] = fork()) == 0)
                write_for_ever(f, i);
        for (int look = 0; look < 50; look++) {
            size_t n = get(f, "a", BF_ASKED_MOST);
            for (size_t i = 0; i < n; i++)
                for (size_t c = 1; c < f->out[i].n; c++)
                    assert_int_equal(f->out[i].p[c], f->out[i].p[0]);
            bf_arena_reset(f->arena);
        }
        for (int i = 0; i < 4; i++)
            kill(pids[i], SIGKILL);
        for (int i = 0; i < 4; i++)
            waitpid(pids[i], NULL, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_long_is_not_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_datasets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_writers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
