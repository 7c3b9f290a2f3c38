/* worker/scoreboard: routes, counters that never go back, slots. */
#include "worker/scoreboard.h"

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

static int make(void **state)
{
    void *memory = mmap(NULL, sizeof(struct bf_board), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -1;
    bf_board_init(memory, sizeof(struct bf_board));
    *state = memory;
    return 0;
}

static int drop(void **state)
{
    return munmap(*state, sizeof(struct bf_board));
}

static uint64_t requests(const struct bf_board *b, unsigned pool, unsigned route)
{
    struct bf_sum sum;
    bf_board_sum(b, pool, route, &sum);
    return sum.requests;
}

static void routes_have_numbers(void **state)
{
    struct bf_board *b = *state;
    assert_int_equal(bf_board_route(b, "none"), 0);
    unsigned records = bf_board_route(b, "explore.records");
    assert_int_not_equal(records, 0);
    assert_int_equal(bf_board_route(b, "explore.records"), records);
    assert_string_equal(bf_board_route_name(b, records), "explore.records");
    assert_null(bf_board_route_name(b, records + 1));
    assert_null(bf_board_route_name(b, BF_BOARD_ROUTES));
}

static void too_many_routes_share_none(void **state)
{
    struct bf_board *b = *state;
    char name[64];
    for (int i = 0; i < BF_BOARD_ROUTES; i++) {
        snprintf(name, sizeof name, "route.%d", i);
        bf_board_route(b, name);
    }
    assert_int_equal(bf_board_route(b, "one.more"), 0);
    /* A longer name is cut, and still ends. */
    assert_true(strlen(bf_board_route_name(b, 1)) < BF_BOARD_NAME);
}

static void a_claim_left_half_done_is_finished_by_the_next(void **state)
{
    struct bf_board *b = *state;
    unsigned n = bf_board_route(b, "half");
    memset(b->routes[n].name, 0, sizeof b->routes[n].name); /* killed before the name */
    assert_null(bf_board_route_name(b, n));
    assert_int_equal(bf_board_route(b, "half"), n);
    assert_string_equal(bf_board_route_name(b, n), "half");
}

static void requests_are_counted(void **state)
{
    struct bf_board *b = *state;
    struct bf_sum sum;
    struct bf_slot *s = bf_board_take(b, BF_POOL_READ, 1);
    unsigned route = bf_board_route(b, "r");
    const struct bf_outcome outcomes[] = {
        {.status = 200, .rows = 10, .bytes = 1000, .total_us = 99},
        {.status = 304, .total_us = 100},
        {.status = 304, .total_us = 101},
        {.status = 503, .total_us = INT64_MAX / 2, .broken = true},
        {.status = 0, .total_us = -1},
        {.status = 999, .total_us = 0},
    };
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
        bf_board_count(s, route, &outcomes[i]);
    bf_board_sum(b, BF_POOL_READ, route, &sum);
    assert_int_equal(sum.requests, 6);
    assert_int_equal(sum.classes[2], 1);
    assert_int_equal(sum.classes[3], 2);
    assert_int_equal(sum.classes[5], 1);
    assert_int_equal(sum.classes[0], 2);
    assert_int_equal(sum.buckets[0], 4); /* at most 100 us */
    assert_int_equal(sum.buckets[1], 1);
    assert_int_equal(sum.buckets[BF_BOARD_BUCKETS - 1], 1);
    assert_int_equal(sum.rows, 10);
    assert_int_equal(sum.bytes, 1000);
    assert_int_equal(sum.broken, 1);
    bf_board_count(s, BF_BOARD_ROUTES + 5, &outcomes[0]); /* of no known route */
    assert_int_equal(requests(b, BF_POOL_READ, 0), 1);
    assert_int_equal(requests(b, BF_POOL_PUSH, route), 0);
}

static void a_dead_workers_counts_stay(void **state)
{
    struct bf_board *b = *state;
    unsigned route = bf_board_route(b, "r");
    const struct bf_outcome outcome = {.status = 200, .rows = 2};
    for (int i = 0; i < 3; i++) {
        struct bf_slot *s = bf_board_take(b, BF_POOL_EXPORT, 1);
        bf_board_count(s, route, &outcome);
        bf_board_count(s, route, &outcome);
        bf_board_give_back(b, s);
    }
    assert_int_equal(requests(b, BF_POOL_EXPORT, route), 6);
    /* A new worker in the same slot begins at nothing. */
    struct bf_slot *s = bf_board_take(b, BF_POOL_READ, 2);
    assert_int_equal(atomic_load(&s->requests), 0);
    assert_int_equal(requests(b, BF_POOL_READ, route), 0);
}

static void a_master_that_dies_while_folding_blocks_nobody(void **state)
{
    struct bf_board *b = *state;
    atomic_fetch_add(&b->folding, 1);
    assert_int_equal(requests(b, BF_POOL_READ, 0), 0); /* returns */
    bf_board_mend(b);
    assert_int_equal(atomic_load(&b->folding) & 1, 0);
    bf_board_mend(b);
    assert_int_equal(atomic_load(&b->folding) & 1, 0);
}

static void sums_never_go_back(void **state)
{
    struct bf_board *b = *state;
    unsigned route = bf_board_route(b, "r");
    pid_t reader = fork();
    if (reader == 0) {
        uint64_t last = 0;
        for (int i = 0; last < 20000; i++) {
            uint64_t now = requests(b, BF_POOL_READ, route);
            if (now < last)
                _exit(1);
            last = now;
        }
        _exit(0);
    }
    const struct bf_outcome outcome = {.status = 200};
    for (int i = 0; i < 2000; i++) {
        struct bf_slot *s = bf_board_take(b, BF_POOL_READ, 1);
        for (int n = 0; n < 10; n++)
            bf_board_count(s, route, &outcome);
        bf_board_give_back(b, s);
    }
    int status;
    waitpid(reader, &status, 0);
    assert_int_equal(status, 0);
}

static void slots_run_out(void **state)
{
    struct bf_board *b = *state;
    struct bf_slot *last = NULL;
    for (int i = 0; i < BF_BOARD_SLOTS; i++) {
        last = bf_board_take(b, BF_POOL_READ, 1);
        assert_non_null(last);
    }
    assert_null(bf_board_take(b, BF_POOL_READ, 1));
    assert_int_equal(atomic_load(&b->slots_used), BF_BOARD_SLOTS);
    bf_board_give_back(b, last);
    assert_ptr_equal(bf_board_take(b, BF_POOL_PUSH, 2), last);
}

static void states_have_names(void **state)
{
    struct bf_board *b = *state;
    struct bf_slot *s = bf_board_take(b, BF_POOL_READ, 1);
    assert_string_equal(bf_slot_state(s), "starting");
    assert_false(bf_slot_good(s));
    atomic_store(&s->doing, BF_DOING_IDLE);
    assert_string_equal(bf_slot_state(s), "waiting");
    atomic_store(&s->doing, BF_DOING_REQUEST); /* says 503 */
    assert_string_equal(bf_slot_state(s), "waiting");
    assert_false(bf_slot_good(s));
    atomic_store(&s->loaded, 1);
    assert_string_equal(bf_slot_state(s), "busy");
    assert_true(bf_slot_good(s));
    atomic_store(&s->duty, BF_DUTY_DRAIN);
    assert_string_equal(bf_slot_state(s), "draining");
    assert_false(bf_slot_good(s));
    bf_board_give_back(b, s);
    assert_string_equal(bf_slot_state(s), "dead");
}

static void another_build_is_refused(void **state)
{
    struct bf_board *b = *state;
    assert_true(bf_board_fits(b, sizeof *b));
    assert_false(bf_board_fits(b, sizeof *b - 1));
    assert_false(bf_board_fits(b, sizeof *b + 1));
    b->slot_size++;
    assert_false(bf_board_fits(b, sizeof *b));
    b->slot_size--;
    b->version++;
    assert_false(bf_board_fits(b, sizeof *b));
    b->version--;
    atomic_store(&b->magic, 1);
    assert_false(bf_board_fits(b, sizeof *b));
}

static void texts_are_cut_and_cleaned(void **state)
{
    (void)state;
    char long_text[1000], to[BF_BOARD_TEXT], heard[BF_BOARD_TEXT];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    bf_board_say(to, "%s", long_text);
    assert_int_equal(strlen(to), BF_BOARD_TEXT - 1);
    memset(to, 0xC3, sizeof to); /* not even an end */
    bf_board_hear(to, heard);
    assert_int_equal(strlen(heard), BF_BOARD_TEXT - 1);
    assert_int_equal(heard[0], '?');
    bf_board_say(to, "a\nb\"");
    bf_board_hear(to, heard);
    assert_string_equal(heard, "a?b\"");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)
    const struct CMUnitTest tests[] = {
        TEST(routes_have_numbers),
        TEST(too_many_routes_share_none),
        TEST(a_claim_left_half_done_is_finished_by_the_next),
        TEST(requests_are_counted),
        TEST(a_dead_workers_counts_stay),
        TEST(a_master_that_dies_while_folding_blocks_nobody),
        TEST(sums_never_go_back),
        TEST(slots_run_out),
        TEST(states_have_names),
        TEST(another_build_is_refused),
        TEST(texts_are_cut_and_cleaned),
    };
    return cmocka_run_group_tests_name("worker/scoreboard", tests, NULL, NULL);
}
