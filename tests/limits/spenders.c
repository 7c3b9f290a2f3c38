/*
 * spenders: nodes of many processes that spend one quota as fast as they can, and are killed.
 *
 *     spenders FOLDER NODES PROCESSES DAY MONTH FAULTS SEED
 *
 * Each node is a real accountant (worker/accountant, on the PostgreSQL of $BEFFROI_DATABASE) with
 * the run folder FOLDER/<n>, and PROCESSES that spend the quota of one account: DAY a day, MONTH a
 * month. FAULTS times something happens, chosen by SEED: a spender is killed, an accountant is
 * killed, a node is killed whole and comes back at once or after its leases have ended, a node is
 * stopped (SIGSTOP) for longer than its leases live. What was killed is started again. Then
 * everybody spends until nothing has been admitted for some seconds, and the accountants end.
 *
 * Prints one line of JSON: units admitted, units in flight (begun by processes that were killed
 * before they said what became of it), decisions, answers that were to wait, kills. What they have
 * to prove is in tests/suites/test_quota.py.
 */
#include "core/clock.h"
#include "core/log.h"
#include "limits/quota_memory.h"
#include "worker/accountant.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NODES_MOST = 4, PROCESSES_MOST = 16, QUIET_MS = 6000, MS = 1000000 };

/* One for every process that there ever was. */
enum { TALLIES = 4096 };
struct tally {
    _Atomic uint64_t begun, ended, admitted, decisions, waits;
};

struct node {
    char folder[512];
    struct bf_conf conf;
    struct bf_quotas *quotas;
    pid_t accountant, spenders[PROCESSES_MOST];
};

static struct tally *tallies;
static size_t ntallies;
static struct node nodes[NODES_MOST];
static unsigned nnodes, nprocesses;
static int64_t limits[BF_QUOTA_WINDOWS];
static unsigned kills;
static volatile sig_atomic_t stop;

static void ask_to_stop(int number)
{
    (void)number;
    stop = 1;
}

static void pause_ms(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * MS}, NULL);
}

/* ---- processes ---- */

static _Noreturn void spend(struct bf_quotas *q, struct tally *t, unsigned seed)
{
    struct bf_quota_verdict v;
    srandom(seed);
    for (;;) {
        struct bf_quota_ask ask = {.account = BF_STR("spender"), .cost = 1 + random() % 3};
        memcpy(ask.limits, limits, sizeof limits);
        atomic_fetch_add(&t->begun, (uint64_t)ask.cost);
        if (bf_quota_take_patiently(q, &ask, 250 * 1000, &v) == BF_QUOTA_REFUSED) {
            atomic_fetch_add(&t->ended, (uint64_t)ask.cost);
            ask.cost = 1;
            atomic_fetch_add(&t->begun, 1);
            bf_quota_take_patiently(q, &ask, 250 * 1000, &v);
        }
        if (v.answer == BF_QUOTA_ADMITTED)
            atomic_fetch_add(&t->admitted, (uint64_t)ask.cost);
        atomic_fetch_add(&t->ended, (uint64_t)ask.cost);
        atomic_fetch_add(&t->decisions, 1);
        atomic_fetch_add(&t->waits, v.answer == BF_QUOTA_WAIT);
        if (v.answer != BF_QUOTA_ADMITTED)
            pause_ms(1);
    }
}

static void start_accountant(struct node *n)
{
    n->accountant = fork();
    if (n->accountant == 0) {
        signal(SIGTERM, ask_to_stop);
        bf_accountant(&n->conf, n->quotas, &stop);
        _exit(0);
    }
}

static void start_spender(struct node *n, unsigned i)
{
    if (ntallies == TALLIES)
        abort();
    struct tally *t = &tallies[ntallies++];
    unsigned seed = (unsigned)random();
    n->spenders[i] = fork();
    if (n->spenders[i] == 0)
        spend(n->quotas, t, seed);
}

/* As the first process of a node would: the file of the last one is taken over. */
static void start_node(struct node *n)
{
    struct bf_err err;
    bf_err_clear(&err);
    if (n->quotas)
        munmap(n->quotas, sizeof *n->quotas);
    n->quotas = bf_quotas_open(n->folder, (gid_t)-1, &err);
    if (!n->quotas) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    start_accountant(n);
    for (unsigned i = 0; i < nprocesses; i++)
        start_spender(n, i);
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    kills++;
}

static void end_node(struct node *n)
{
    kill(n->accountant, SIGKILL);
    for (unsigned i = 0; i < nprocesses; i++)
        kill(n->spenders[i], SIGKILL);
    end(n->accountant);
    for (unsigned i = 0; i < nprocesses; i++)
        end(n->spenders[i]);
}

static void signal_node(const struct node *n, int number)
{
    kill(n->accountant, number);
    for (unsigned i = 0; i < nprocesses; i++)
        kill(n->spenders[i], number);
}

/* ---- faults ---- */

static void cause_fault(void)
{
    struct node *n = &nodes[(unsigned)random() % nnodes];
    unsigned i = (unsigned)random() % nprocesses;
    switch (random() % 8) {
    case 0:
    case 1:
    case 2:
    case 3:
        end(n->spenders[i]);
        start_spender(n, i);
        break;
    case 4:
        end(n->accountant);
        start_accountant(n);
        break;
    case 5: /* whole, and back at once */
        end_node(n);
        start_node(n);
        break;
    case 6: /* whole, and back when its leases have ended */
        end_node(n);
        pause_ms(n->conf.quota_lease_ms * 3 / 2);
        start_node(n);
        break;
    default: /* away for so long that others take what it held */
        signal_node(n, SIGSTOP);
        pause_ms(n->conf.quota_lease_ms * 3 / 2);
        signal_node(n, SIGCONT);
        break;
    }
}

/* ---- counting ---- */

static uint64_t sum(size_t offset)
{
    uint64_t n = 0;
    for (size_t i = 0; i < ntallies; i++)
        n += atomic_load((_Atomic uint64_t *)(void *)((char *)&tallies[i] + offset));
    return n;
}

static void wait_until_nothing_is_admitted(void)
{
    uint64_t before = sum(offsetof(struct tally, admitted));
    for (int quiet = 0; quiet < QUIET_MS; quiet += 50) {
        pause_ms(50);
        uint64_t now = sum(offsetof(struct tally, admitted));
        if (now != before)
            quiet = 0;
        before = now;
    }
}

static bool prepare(const char *folder)
{
    struct bf_err err;
    bf_err_clear(&err);
    for (unsigned i = 0; i < nnodes; i++) {
        struct node *n = &nodes[i];
        snprintf(n->folder, sizeof n->folder, "%s/%u", folder, i);
        mkdir(n->folder, 0755);
        setenv("BEFFROI_RUN_DIR", n->folder, 1);
        if (!bf_conf_load(&n->conf, NULL, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: spenders FOLDER NODES PROCESSES DAY MONTH FAULTS SEED\n");
        return 2;
    }
    nnodes = (unsigned)strtoul(argv[2], NULL, 10);
    nprocesses = (unsigned)strtoul(argv[3], NULL, 10);
    limits[BF_QUOTA_DAY] = strtoll(argv[4], NULL, 10);
    limits[BF_QUOTA_MONTH] = strtoll(argv[5], NULL, 10);
    long faults = strtol(argv[6], NULL, 10);
    srandom((unsigned)strtoul(argv[7], NULL, 10));
    if (nnodes > NODES_MOST || nprocesses > PROCESSES_MOST || !prepare(argv[1]))
        return 2;
    tallies = mmap(NULL, TALLIES * sizeof *tallies, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t begun = bf_clock_mono_us();
    for (unsigned i = 0; i < nnodes; i++)
        start_node(&nodes[i]);
    for (long i = 0; i < faults; i++) {
        pause_ms(20 + random() % 100);
        cause_fault();
    }
    wait_until_nothing_is_admitted();
    int64_t took = bf_clock_mono_us() - begun;
    for (unsigned i = 0; i < nnodes; i++) {
        for (unsigned j = 0; j < nprocesses; j++)
            end(nodes[i].spenders[j]);
        kill(nodes[i].accountant, SIGTERM);
        waitpid(nodes[i].accountant, NULL, 0);
    }
    printf("{\"admitted\": %llu, \"in_flight\": %llu, \"decisions\": %llu, \"waits\": %llu,"
           " \"kills\": %u, \"ms\": %lld}\n",
           (unsigned long long)sum(offsetof(struct tally, admitted)),
           (unsigned long long)(sum(offsetof(struct tally, begun)) -
                                sum(offsetof(struct tally, ended))),
           (unsigned long long)sum(offsetof(struct tally, decisions)),
           (unsigned long long)sum(offsetof(struct tally, waits)), kills, (long long)took / 1000);
    return 0;
}
