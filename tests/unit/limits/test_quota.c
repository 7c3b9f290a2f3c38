/* limits/quota: spending below a ceiling, by many processes, whoever of them is killed. */
#include "limits/quota.h"

#include "core/clock.h"
#include "limits/quota_memory.h"

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

enum { SECOND = 1000 * 1000, NOW = 1000 * SECOND, DAY_START = 86400 };

static struct bf_quotas *q;
static struct bf_quota_verdict v;

static int fresh(void **state)
{
    (void)state;
    if (q)
        munmap(q, sizeof *q);
    q = mmap(NULL, sizeof *q, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(q, MAP_FAILED);
    q->hearing = 1;
    q->beat_us = NOW;
    return 0;
}

static struct bf_quota_ask ask_of(const char *account, int64_t day, int64_t month, int64_t cost)
{
    return (struct bf_quota_ask){bf_str_of(account), {day, month}, cost, 0};
}

static enum bf_quota_answer take(const char *account, int64_t day, int64_t month, int64_t cost)
{
    struct bf_quota_ask ask = ask_of(account, day, month, cost);
    return bf_quota_take(q, &ask, NOW, &v);
}

/* A day's lease as the accountant would open it. */
static struct bf_purse_lease lease_of(int64_t limit, uint64_t ceiling)
{
    return (struct bf_purse_lease){.start = DAY_START,
                                   .checked_us = NOW,
                                   .deadline_us = NOW + SECOND,
                                   .reset_us = 2 * DAY_START,
                                   .limit = limit,
                                   .others = 0,
                                   .granted = (int64_t)ceiling,
                                   .ceiling = ceiling,
                                   .low = 0};
}

static struct bf_quota_place *place_of(const char *account)
{
    struct bf_quota_place *oldest;
    struct bf_quota_place *place = bf_quota_put(q, bf_str_of(account), NOW, 0, &oldest);
    assert_non_null(place);
    return place;
}

static struct bf_purse *open_day(const char *account, int64_t limit, uint64_t ceiling)
{
    struct bf_purse_lease lease = lease_of(limit, ceiling);
    struct bf_purse *p = &place_of(account)->purses[BF_QUOTA_DAY];
    bf_purse_open(p, &lease);
    return p;
}

static bool has_wish(const char *account)
{
    struct bf_quota_place *place = bf_quota_find(q, bf_quota_key(bf_str_of(account)));
    size_t n = (size_t)(place - q->places);
    uint64_t bits = atomic_exchange(&q->wishes[n / 64], 0);
    return bits >> n % 64 & 1;
}

static void a_new_account_sends_a_mail_and_waits(void **state)
{
    (void)state;
    char name[BF_QUOTA_NAME];
    struct bf_str account;
    size_t at = 0;
    assert_false(bf_quota_mail(q, &at, name, &account));
    assert_int_equal(take("mel", 10, 0, 1), BF_QUOTA_WAIT);
    assert_int_equal(take("mel", 10, 0, 1), BF_QUOTA_WAIT);
    assert_int_equal(q->bell, 1);
    at = 0;
    assert_true(bf_quota_mail(q, &at, name, &account));
    assert_true(bf_str_eq(account, BF_STR("mel")));
    bf_quota_mail_done(q, at);
    at = 0;
    assert_false(bf_quota_mail(q, &at, name, &account));
}

/* A worker that was killed while it wrote, and one whose bytes were mixed with another's. */
static void a_bad_mail_is_thrown_away(void **state)
{
    (void)state;
    char name[BF_QUOTA_NAME];
    struct bf_str account;
    size_t at = bf_quota_key(BF_STR("mel")) % BF_QUOTA_MAILS;
    q->mails[at].state = BF_QUOTA_MAIL_WRITING;
    assert_int_equal(take("mel", 10, 0, 1), BF_QUOTA_WAIT);
    for (int i = 0; i < 2; i++) {
        size_t from = 0;
        assert_false(bf_quota_mail(q, &from, name, &account));
    }
    assert_int_equal(take("mel", 10, 0, 1), BF_QUOTA_WAIT);
    assert_int_equal(q->mails[at].state, BF_QUOTA_MAIL_SENT);
    q->mails[at].name[0] = 'x';
    size_t from = 0;
    assert_false(bf_quota_mail(q, &from, name, &account));
    assert_int_equal(q->mails[at].state, BF_QUOTA_MAIL_FREE);
}

static void spends_up_to_the_ceiling_and_tells_the_accountant(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 100, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_ADMITTED);
        assert_int_equal(v.of[BF_QUOTA_DAY].used, i + 1);
        assert_int_equal(v.of[BF_QUOTA_DAY].remaining, 99 - i);
        assert_int_equal(v.of[BF_QUOTA_DAY].reset_us, 2 * DAY_START);
        assert_int_equal(v.of[BF_QUOTA_MONTH].limit, 0);
    }
    assert_false(has_wish("mel"));
    assert_int_equal(take("mel", 100, 0, 3), BF_QUOTA_WAIT);
    assert_int_equal(v.by, BF_QUOTA_DAY);
    assert_int_equal(p->wish_cost, 3);
    assert_int_equal(p->wish_limit, 100);
    assert_true(has_wish("mel"));
    bf_purse_raise(p, 8, 2);
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_ADMITTED);
    assert_false(has_wish("mel"));
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_ADMITTED);
    assert_true(has_wish("mel")); /* 1 left is less than 2 */
}

static void refuses_when_the_database_had_no_more(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 7, 5);
    assert_int_equal(take("mel", 7, 0, 4), BF_QUOTA_ADMITTED);
    bf_purse_dry(p, NOW + 1, 7);
    assert_int_equal(take("mel", 7, 0, 2), BF_QUOTA_REFUSED);
    assert_int_equal(v.by, BF_QUOTA_DAY);
    assert_int_equal(v.of[BF_QUOTA_DAY].used, 4);
    assert_int_equal(take("mel", 7, 0, 1), BF_QUOTA_ADMITTED); /* what is left */
    assert_false(has_wish("mel"));
    assert_int_equal(take("mel", 8, 0, 1), BF_QUOTA_WAIT); /* the quota was raised */
    bf_purse_dry(p, NOW, 7);
    assert_int_equal(take("mel", 7, 0, 1), BF_QUOTA_WAIT);    /* time to ask again */
    assert_int_equal(take("mel", 7, 0, 8), BF_QUOTA_REFUSED); /* never */
}

static void a_lower_limit_spends_nothing_of_a_higher_one(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 100, 50);
    p->others = 20;
    assert_int_equal(take("mel", 100, 0, 10), BF_QUOTA_ADMITTED);
    assert_int_equal(take("mel", 30, 0, 1), BF_QUOTA_REFUSED); /* 20 + 10 are used */
    assert_int_equal(v.of[BF_QUOTA_DAY].remaining, 0);
    assert_false(has_wish("mel"));
    p->checked_us = NOW - 10 * SECOND; /* the 20 may have been returned since */
    assert_int_equal(take("mel", 30, 0, 1), BF_QUOTA_WAIT);
    p->checked_us = NOW;
    assert_int_equal(take("mel", 31, 0, 1), BF_QUOTA_WAIT);
    assert_int_equal(p->wish_limit, 31);
    assert_true(has_wish("mel"));
}

static void both_windows_or_none(void **state)
{
    (void)state;
    struct bf_purse *day = open_day("mel", 100, 50);
    struct bf_purse *month = day + 1;
    struct bf_purse_lease lease = lease_of(200, 3);
    bf_purse_open(month, &lease);
    assert_int_equal(take("mel", 100, 200, 2), BF_QUOTA_ADMITTED);
    assert_int_equal(bf_purse_spent(day->word), 2);
    assert_int_equal(bf_purse_spent(month->word), 2);
    assert_int_equal(take("mel", 100, 200, 2), BF_QUOTA_WAIT);
    assert_int_equal(v.by, BF_QUOTA_MONTH);
    bf_purse_dry(month, NOW + 1, 200);
    assert_int_equal(take("mel", 100, 200, 2), BF_QUOTA_REFUSED);
    assert_int_equal(v.by, BF_QUOTA_MONTH);
    assert_int_equal(bf_purse_spent(day->word), 2);
    assert_int_equal(take("mel", 0, 200, 1), BF_QUOTA_ADMITTED); /* no limit a day */
    assert_int_equal(bf_purse_spent(day->word), 2);
    assert_int_equal(bf_purse_spent(month->word), 3);
    bf_quota_give_back(q, &v, 1);
    assert_int_equal(bf_purse_spent(month->word), 2);
    assert_int_equal(v.of[BF_QUOTA_MONTH].used, 2);
    bf_quota_give_back(q, &v, 1);
    assert_int_equal(bf_purse_spent(month->word), 2);
}

static void nothing_after_the_deadline_or_when_closed(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 100, 50);
    struct bf_quota_ask ask = ask_of("mel", 100, 0, 1);
    assert_int_equal(bf_quota_take(q, &ask, NOW + SECOND - 1, &v), BF_QUOTA_ADMITTED);
    assert_int_equal(bf_quota_take(q, &ask, NOW + SECOND, &v), BF_QUOTA_WAIT);
    assert_int_equal(bf_purse_close(p), 1);
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_WAIT);
    assert_int_equal(bf_purse_close(p), 1);
    assert_int_equal(bf_purse_empty(p, 1), 0);
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_WAIT);
    struct bf_purse_lease lease = lease_of(100, 1);
    bf_purse_open(p, &lease);
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_ADMITTED);
    assert_int_equal(take("mel", 100, 0, 1), BF_QUOTA_WAIT);
}

static void what_comes_back_late(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 100, 50);
    assert_int_equal(take("mel", 100, 0, 5), BF_QUOTA_ADMITTED);
    struct bf_quota_verdict first = v;
    uint64_t spent = bf_purse_close(p);
    bf_quota_give_back(q, &first, 2); /* the database was told 5 */
    assert_int_equal(bf_purse_empty(p, spent), 2);
    bf_quota_give_back(q, &first, 1);
    struct bf_purse_lease lease = lease_of(100, 50);
    lease.start++;
    bf_purse_open(p, &lease);
    assert_int_equal(take("mel", 100, 0, 5), BF_QUOTA_ADMITTED);
    bf_quota_give_back(q, &first, 1); /* of another window */
    assert_int_equal(bf_purse_spent(p->word), 5);
}

static void a_retried_request_is_charged_once(void **state)
{
    (void)state;
    struct bf_purse *p = open_day("mel", 100, 50);
    struct bf_quota_ask ask = ask_of("mel", 100, 0, 3);
    ask.request = 77;
    assert_int_equal(bf_quota_take(q, &ask, NOW, &v), BF_QUOTA_ADMITTED);
    struct bf_quota_verdict first = v;
    assert_int_equal(bf_quota_take(q, &ask, NOW, &v), BF_QUOTA_ADMITTED);
    assert_true(v.repeated);
    assert_int_equal(v.of[BF_QUOTA_DAY].used, 3);
    bf_quota_give_back(q, &v, 3); /* took nothing */
    assert_int_equal(bf_purse_spent(p->word), 3);
    bf_quota_give_back(q, &first, 3);
    assert_int_equal(bf_purse_spent(p->word), 0);
    assert_int_equal(bf_quota_take(q, &ask, NOW, &v), BF_QUOTA_ADMITTED);
    assert_false(v.repeated);
}

static void names(void **state)
{
    (void)state;
    char name[BF_QUOTA_NAME + 2];
    memset(name, 'n', sizeof name);
    name[BF_QUOTA_NAME + 1] = '\0';
    assert_int_equal(take(name, 10, 0, 1), BF_QUOTA_REFUSED);
    assert_int_equal(take("", 10, 0, 1), BF_QUOTA_REFUSED);
    name[BF_QUOTA_NAME] = '\0';
    open_day(name, 10, 10);
    assert_int_equal(take(name, 10, 0, 1), BF_QUOTA_ADMITTED);
    assert_int_equal(take("nobody", 0, 0, 1), BF_QUOTA_ADMITTED); /* no limit, no place */
    struct bf_quota_ask ask = ask_of("mel", 10, 10, 1);
    assert_int_equal(bf_quota_take(NULL, &ask, NOW, &v), BF_QUOTA_ADMITTED);
}

/* As many accounts of one home as have room, and one more. */
static void a_full_table_names_the_longest_unused(void **state)
{
    (void)state;
    struct bf_quota_place *oldest, *places[BF_QUOTA_WAYS];
    uint64_t home = bf_quota_key(BF_STR("mel"));
    for (unsigned i = 0; i < BF_QUOTA_WAYS; i++) {
        places[i] = &q->places[(home + i) % BF_QUOTA_PLACES];
        places[i]->key = 1000 + i;
        places[i]->asked_us = NOW - (i == 3 ? 5 : 2) * SECOND;
    }
    assert_null(bf_quota_put(q, BF_STR("mel"), NOW, SECOND, &oldest));
    assert_ptr_equal(oldest, places[3]);
    assert_null(bf_quota_put(q, BF_STR("mel"), NOW, 6 * SECOND, &oldest));
    assert_null(oldest);
    bf_quota_free(places[3]);
    assert_ptr_equal(bf_quota_put(q, BF_STR("mel"), NOW, SECOND, &oldest), places[3]);
    assert_ptr_equal(bf_quota_put(q, BF_STR("mel"), NOW, SECOND, &oldest), places[3]);
}

static void patience_ends_when_the_database_is_away(void **state)
{
    (void)state;
    struct bf_quota_ask ask = ask_of("mel", 10, 0, 1);
    q->beat_us = bf_clock_boot_us();
    assert_int_equal(bf_quota_take_patiently(q, &ask, 2000, &v), BF_QUOTA_WAIT);
    assert_false(v.away);
    q->hearing = 0;
    assert_int_equal(bf_quota_take_patiently(q, &ask, 3600LL * SECOND, &v), BF_QUOTA_WAIT);
    assert_true(v.away);
}

/* ---- many processes ------------------------------------------------------------------------- */

enum { PROCESSES = 6, KILLED = 3, ROUNDS = 400 };

struct tally {
    _Atomic uint64_t begun, ended, admitted;
};

static _Noreturn void spend_for_ever(struct tally *t, unsigned seed)
{
    struct bf_quota_verdict own;
    struct bf_quota_ask ask = ask_of("mel", INT64_C(1) << 39, 0, 1);
    srandom(seed);
    for (;;) {
        ask.cost = 1 + random() % 3;
        atomic_fetch_add(&t->begun, (uint64_t)ask.cost);
        uint64_t admitted = 0;
        if (bf_quota_take(q, &ask, NOW, &own) == BF_QUOTA_ADMITTED) {
            admitted = (uint64_t)ask.cost;
            if (random() % 4 == 0) {
                bf_quota_give_back(q, &own, 1);
                admitted--;
            }
        }
        atomic_fetch_add(&t->admitted, admitted);
        atomic_fetch_add(&t->ended, (uint64_t)ask.cost);
    }
}

/* The parent is the accountant: it opens, raises, closes and counts, while the others spend. */
static void what_was_spent_is_what_was_admitted(void **state)
{
    (void)state;
    struct tally *t = mmap(NULL, PROCESSES * sizeof *t, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct bf_purse *p = open_day("mel", INT64_C(1) << 39, 0);
    pid_t pids[PROCESSES];
    uint64_t total = 0, given = 0;
    for (unsigned i = 0; i < PROCESSES; i++)
        if ((pids[i] = fork()) == 0)
            spend_for_ever(&t[i], i);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t ceiling = (uint64_t)random() % 200;
        bf_purse_raise(p, ceiling, 0);
        for (int i = 0; i < 3 && bf_purse_spent(p->word) + 3 < ceiling; i++)
            usleep(50);
        if (round * 2 == ROUNDS)
            for (int i = 0; i < KILLED; i++)
                kill(pids[i], SIGKILL);
        uint64_t spent = bf_purse_close(p);
        assert_true(spent <= ceiling);
        usleep((unsigned)round % 4 * 20);
        uint64_t back = bf_purse_empty(p, spent);
        assert_true(back <= spent);
        total += spent - back;
        given += ceiling;
        struct bf_purse_lease lease = lease_of(INT64_C(1) << 39, 0);
        bf_purse_open(p, &lease);
    }
    total += bf_purse_close(p);
    uint64_t admitted = 0, in_flight = 0;
    for (unsigned i = 0; i < PROCESSES; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
        admitted += t[i].admitted;
        in_flight += t[i].begun - t[i].ended;
    }
    /* Who was killed may have spent without telling. What comes back after the purse was emptied
     * is worth nothing, which may happen to each process once a round. */
    assert_true(total <= given);
    assert_true(total <= admitted + in_flight + (uint64_t)ROUNDS * PROCESSES);
    assert_true(admitted <= total + in_flight);
    assert_true(admitted > 0);
    munmap(t, PROCESSES * sizeof *t);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void the_file_outlives_its_processes(void **state)
{
    (void)state;
    char folder[] = "/tmp/beffroi-quota-XXXXXX", path[64], copy[512];
    struct bf_err err;
    bf_err_clear(&err);
    assert_non_null(mkdtemp(folder));
    struct bf_quotas *one = bf_quotas_open(folder, (gid_t)-1, &err);
    assert_non_null(one);
    assert_int_equal(strlen(one->head.node), BF_KEPT_NODE - 1);
    one->places[5].key = 42;
    struct bf_quotas *two = bf_quotas_open(folder, (gid_t)-1, &err);
    assert_int_equal(two->places[5].key, 42);
    assert_string_equal(two->head.node, one->head.node);
    assert_int_equal(bf_quotas_look(folder)->places[5].key, 42);
    /* A copy is another node's, and so is what an earlier boot left. */
    snprintf(path, sizeof path, "%s/quota", folder);
    snprintf(copy, sizeof copy, "cp %s %s.x && mv %s.x %s", path, path, path, path);
    pid_t pid = fork();
    if (pid == 0)
        execl("/bin/sh", "sh", "-c", copy, (char *)NULL);
    waitpid(pid, NULL, 0);
    assert_null(bf_quotas_look(folder));
    struct bf_quotas *three = bf_quotas_open(folder, (gid_t)-1, &err);
    assert_string_not_equal(three->head.node, one->head.node);
    assert_int_equal(three->places[5].key, 0);
    three->head.boot[0] ^= 1;
    struct bf_quotas *four = bf_quotas_open(folder, (gid_t)-1, &err);
    assert_string_not_equal(four->head.node, three->head.node);
    assert_int_equal(truncate(path, 100), 0);
    assert_null(bf_quotas_look(folder));
    assert_non_null(bf_quotas_open(folder, (gid_t)-1, &err));
    unlink(path);
    rmdir(folder);
    assert_null(bf_quotas_look(folder));
    assert_null(bf_quotas_open(folder, (gid_t)-1, &err));
    assert_int_equal(err.code, BF_E_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_new_account_sends_a_mail_and_waits, fresh),
        cmocka_unit_test_setup(a_bad_mail_is_thrown_away, fresh),
        cmocka_unit_test_setup(spends_up_to_the_ceiling_and_tells_the_accountant, fresh),
        cmocka_unit_test_setup(refuses_when_the_database_had_no_more, fresh),
        cmocka_unit_test_setup(a_lower_limit_spends_nothing_of_a_higher_one, fresh),
        cmocka_unit_test_setup(both_windows_or_none, fresh),
        cmocka_unit_test_setup(nothing_after_the_deadline_or_when_closed, fresh),
        cmocka_unit_test_setup(what_comes_back_late, fresh),
        cmocka_unit_test_setup(a_retried_request_is_charged_once, fresh),
        cmocka_unit_test_setup(names, fresh),
        cmocka_unit_test_setup(a_full_table_names_the_longest_unused, fresh),
        cmocka_unit_test_setup(patience_ends_when_the_database_is_away, fresh),
        cmocka_unit_test_setup(what_was_spent_is_what_was_admitted, fresh),
        cmocka_unit_test_setup(the_file_outlives_its_processes, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
