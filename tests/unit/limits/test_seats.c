/* limits/seats: never too many of one caller at once, and nothing that stays taken. */
#include "limits/seats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct bf_seats *seats;

static int fresh(void **state)
{
    (void)state;
    memset(seats, 0, sizeof *seats);
    return 0;
}

static void as_many_as_may(void **state)
{
    (void)state;
    assert_true(bf_seats_take(seats, 3, 7, 0, 2));
    assert_true(bf_seats_take(seats, 1, 7, 0, 2));
    assert_false(bf_seats_take(seats, 2, 7, 0, 2));
    assert_true(bf_seats_take(seats, 2, 8, 0, 2)); /* somebody else */
    assert_int_equal(bf_seats_taken(seats, 7), 2);
    bf_seats_leave(seats, 3);
    bf_seats_leave(seats, 2);
    assert_true(bf_seats_take(seats, 2, 7, 0, 2));
    assert_false(bf_seats_take(seats, 3, 7, 0, 2));
}

static void a_retry_does_not_count_beside_itself(void **state)
{
    (void)state;
    assert_true(bf_seats_take(seats, 0, 7, 99, 1)); /* and is killed */
    assert_false(bf_seats_take(seats, 1, 7, 98, 1));
    assert_true(bf_seats_take(seats, 1, 7, 99, 1));
}

static void who_was_killed_while_drawing_stops_nobody_for_ever(void **state)
{
    (void)state;
    atomic_store(&seats->seats[0].who, 7);
    atomic_store(&seats->used, 1);
    assert_false(bf_seats_take(seats, 1, 7, 0, 1)); /* counted as one who sits */
    assert_true(bf_seats_take(seats, 1, 7, 0, 2));
    bf_seats_leave(seats, 0); /* as the master does it */
    bf_seats_leave(seats, 1);
    assert_true(bf_seats_take(seats, 1, 7, 0, 1));
}

enum { PROCESSES = 8, ROUNDS = 20000, MOST = 3 };

struct inside {
    _Atomic int now, most, taken;
};

static void sit(uint32_t own, struct inside *in)
{
    for (int i = 0; i < ROUNDS; i++) {
        if (!bf_seats_take(seats, own, 7, 0, MOST))
            continue;
        int now = atomic_fetch_add(&in->now, 1) + 1, most = atomic_load(&in->most);
        while (now > most && !atomic_compare_exchange_weak(&in->most, &most, now))
            ;
        atomic_fetch_add(&in->taken, 1);
        atomic_fetch_sub(&in->now, 1);
        bf_seats_leave(seats, own);
    }
}

static void never_too_many_whoever_comes_when(void **state)
{
    (void)state;
    struct inside *in =
        mmap(NULL, sizeof *in, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (uint32_t i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            sit(i, in);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;
    assert_in_range(atomic_load(&in->most), 1, MOST);
    assert_in_range(atomic_load(&in->taken), ROUNDS, PROCESSES * ROUNDS);
    assert_int_equal(bf_seats_taken(seats, 7), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(as_many_as_may, fresh),
        cmocka_unit_test_setup(a_retry_does_not_count_beside_itself, fresh),
        cmocka_unit_test_setup(who_was_killed_while_drawing_stops_nobody_for_ever, fresh),
        cmocka_unit_test_setup(never_too_many_whoever_comes_when, fresh),
    };
    seats = mmap(NULL, sizeof *seats, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
