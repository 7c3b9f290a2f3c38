#include "limits/quota_memory.h"

#include "core/digest.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- words: closed, generation, spent ------------------------------------------------------- */

enum { CLOSED_SHIFT = 63, GENERATION_SHIFT = 40 };

static const uint64_t SPENT_MASK = (UINT64_C(1) << GENERATION_SHIFT) - 1;
static const uint64_t GENERATION_MASK =
    ((UINT64_C(1) << CLOSED_SHIFT) - 1) & ~((UINT64_C(1) << GENERATION_SHIFT) - 1);

uint64_t bf_purse_spent(uint64_t word)
{
    return word & SPENT_MASK;
}

bool bf_purse_is_closed(uint64_t word)
{
    return word >> CLOSED_SHIFT != 0;
}

uint64_t bf_purse_word(uint64_t before, bool closed, uint64_t spent)
{
    uint64_t generation = (before + (UINT64_C(1) << GENERATION_SHIFT)) & GENERATION_MASK;
    return (uint64_t)closed << CLOSED_SHIFT | generation | (spent & SPENT_MASK);
}

/* ---- what is known -------------------------------------------------------------------------- */

enum { SILENT_US = 3 * 1000 * 1000 };

bool bf_quota_is_heard(const struct bf_quotas *q, int64_t now_us)
{
    return atomic_load(&q->hearing) && now_us - atomic_load(&q->beat_us) <= SILENT_US;
}

bool bf_purse_is_dry(const struct bf_purse *p, int64_t limit, int64_t now_us)
{
    return now_us < atomic_load(&p->dry_until_us) && limit <= atomic_load(&p->dry_limit);
}

/* ---- accounts ------------------------------------------------------------------------------- */

uint64_t bf_quota_key(struct bf_str account)
{
    unsigned char digest[BF_DIGEST_BYTES];
    uint64_t key;
    bf_digest_of(account, digest);
    memcpy(&key, digest, sizeof key);
    return key ? key : 1;
}

static struct bf_quota_place *way(struct bf_quotas *q, uint64_t key, unsigned i)
{
    return &q->places[(key + i) % BF_QUOTA_PLACES];
}

struct bf_quota_place *bf_quota_find(struct bf_quotas *q, uint64_t key)
{
    for (unsigned i = 0; i < BF_QUOTA_WAYS; i++)
        if (atomic_load(&way(q, key, i)->key) == key)
            return way(q, key, i);
    return NULL;
}

static struct bf_quota_place *oldest_way(struct bf_quotas *q, uint64_t key, int64_t before_us)
{
    struct bf_quota_place *oldest = NULL;
    for (unsigned i = 0; i < BF_QUOTA_WAYS; i++) {
        struct bf_quota_place *place = way(q, key, i);
        int64_t asked = atomic_load(&place->asked_us);
        if (asked <= before_us && (!oldest || asked < atomic_load(&oldest->asked_us)))
            oldest = place;
    }
    return oldest;
}

struct bf_quota_place *bf_quota_put(struct bf_quotas *q, struct bf_str account, int64_t now_us,
                                    int64_t min_age_us, struct bf_quota_place **oldest)
{
    uint64_t key = bf_quota_key(account);
    struct bf_quota_place *place = bf_quota_find(q, key);
    *oldest = NULL;
    if (place)
        return place;
    for (unsigned i = 0; i < BF_QUOTA_WAYS && !place; i++)
        if (atomic_load(&way(q, key, i)->key) == 0)
            place = way(q, key, i);
    if (!place) {
        *oldest = oldest_way(q, key, now_us - min_age_us);
        return NULL;
    }
    for (int w = 0; w < BF_QUOTA_WINDOWS; w++)
        atomic_store(&place->purses[w].wish_cost, 0); /* of who came too late to the last one */
    memcpy(place->name, account.p, account.n);
    place->name_bytes = (uint32_t)account.n;
    atomic_store(&place->asked_us, now_us);
    atomic_store(&place->key, key);
    return place;
}

void bf_quota_free(struct bf_quota_place *place)
{
    atomic_store(&place->key, 0);
}

/* ---- bells ---------------------------------------------------------------------------------- */

static void wake(_Atomic uint32_t *word, int many)
{
    atomic_fetch_add(word, 1);
    syscall(SYS_futex, word, FUTEX_WAKE, many, NULL, NULL, 0);
}

static void wait_for(_Atomic uint32_t *word, uint32_t seen, int64_t most_us)
{
    struct timespec most = {.tv_sec = most_us / 1000000, .tv_nsec = most_us % 1000000 * 1000};
    if (most_us > 0)
        syscall(SYS_futex, word, FUTEX_WAIT, seen, &most, NULL, 0);
}

void bf_quota_ring(struct bf_quotas *q, const struct bf_quota_place *place)
{
    size_t n = (size_t)(place - q->places);
    uint64_t bit = UINT64_C(1) << n % 64;
    if (!(atomic_load(&q->wishes[n / 64]) & bit) &&
        !(atomic_fetch_or(&q->wishes[n / 64], bit) & bit))
        wake(&q->bell, 1);
}

void bf_quota_wish(struct bf_quotas *q, struct bf_quota_place *place, enum bf_quota_window window,
                   int64_t limit, int64_t cost)
{
    struct bf_purse *p = &place->purses[window];
    int64_t wished = atomic_load(&p->wish_cost);
    atomic_store(&p->wish_limit, limit);
    while (wished < cost && !atomic_compare_exchange_weak(&p->wish_cost, &wished, cost))
        continue;
    bf_quota_ring(q, place);
}

void bf_quota_wait_news(struct bf_quotas *q, uint32_t seen, int64_t most_us)
{
    wait_for(&q->news, seen, most_us);
}

void bf_quota_wait_bell(struct bf_quotas *q, uint32_t seen, int64_t most_us)
{
    wait_for(&q->bell, seen, most_us);
}

void bf_quota_tell(struct bf_quotas *q)
{
    wake(&q->news, INT32_MAX);
}

/* ---- mails ---------------------------------------------------------------------------------- */

enum { STALE = BF_QUOTA_MAIL_SENT + 1 }; /* being written when the accountant last looked */

void bf_quota_send(struct bf_quotas *q, uint64_t key, struct bf_str account)
{
    struct bf_quota_mail *m = &q->mails[key % BF_QUOTA_MAILS];
    uint32_t state = BF_QUOTA_MAIL_FREE;
    if (!atomic_compare_exchange_strong(&m->state, &state, BF_QUOTA_MAIL_WRITING))
        return; /* somebody asks there for this account, or for another one: later, then */
    m->key = key;
    m->name_bytes = (uint32_t)account.n;
    memcpy(m->name, account.p, account.n);
    state = BF_QUOTA_MAIL_WRITING;
    if (atomic_compare_exchange_strong(&m->state, &state, BF_QUOTA_MAIL_SENT) ||
        (state == STALE && atomic_compare_exchange_strong(&m->state, &state, BF_QUOTA_MAIL_SENT)))
        wake(&q->bell, 1);
}

/* What two writers mixed does not have its own key. */
static bool read_mail(struct bf_quota_mail *m, char name[BF_QUOTA_NAME], struct bf_str *account)
{
    uint32_t n = m->name_bytes;
    if (n == 0 || n > BF_QUOTA_NAME)
        return false;
    memcpy(name, m->name, n);
    *account = (struct bf_str){name, n};
    return bf_quota_key(*account) == m->key;
}

bool bf_quota_mail(struct bf_quotas *q, size_t *at, char name[BF_QUOTA_NAME],
                   struct bf_str *account)
{
    for (; *at < BF_QUOTA_MAILS; (*at)++) {
        struct bf_quota_mail *m = &q->mails[*at];
        uint32_t state = atomic_load(&m->state);
        if (state == BF_QUOTA_MAIL_SENT && read_mail(m, name, account))
            return true;
        if (state == BF_QUOTA_MAIL_WRITING)
            atomic_compare_exchange_strong(&m->state, &state, STALE);
        else if (state != BF_QUOTA_MAIL_FREE)
            atomic_compare_exchange_strong(&m->state, &state, BF_QUOTA_MAIL_FREE);
    }
    return false;
}

void bf_quota_mail_done(struct bf_quotas *q, size_t at)
{
    atomic_store(&q->mails[at].state, BF_QUOTA_MAIL_FREE);
}

/* ---- purses --------------------------------------------------------------------------------- */

uint64_t bf_purse_close(struct bf_purse *p)
{
    uint64_t word = atomic_load(&p->word);
    while (!bf_purse_is_closed(word) &&
           !atomic_compare_exchange_weak(&p->word, &word,
                                         bf_purse_word(word, true, bf_purse_spent(word))))
        continue;
    return bf_purse_spent(atomic_load(&p->word));
}

uint64_t bf_purse_empty(struct bf_purse *p, uint64_t spent)
{
    uint64_t word = atomic_load(&p->word);
    while (!atomic_compare_exchange_weak(&p->word, &word, bf_purse_word(word, true, 0)))
        continue;
    atomic_store(&p->start, 0);
    atomic_store(&p->ceiling, 0);
    atomic_store(&p->granted, 0);
    return spent - bf_purse_spent(word);
}

static void write_lease(struct bf_purse *p, const struct bf_purse_lease *lease)
{
    atomic_store(&p->deadline_us, lease->deadline_us);
    atomic_store(&p->checked_us, lease->checked_us);
    atomic_store(&p->reset_us, lease->reset_us);
    atomic_store(&p->limit, lease->limit);
    atomic_store(&p->others, lease->others);
    atomic_store(&p->granted, lease->granted);
    atomic_store(&p->dry_until_us, 0);
    bf_purse_raise(p, lease->ceiling, lease->low);
}

void bf_purse_open(struct bf_purse *p, const struct bf_purse_lease *lease)
{
    write_lease(p, lease);
    atomic_store(&p->start, lease->start);
    atomic_store(&p->word, bf_purse_word(atomic_load(&p->word), false, 0));
}

void bf_purse_extend(struct bf_purse *p, const struct bf_purse_lease *lease)
{
    write_lease(p, lease);
}

void bf_purse_raise(struct bf_purse *p, uint64_t ceiling, uint64_t low)
{
    atomic_store(&p->low, low);
    atomic_store(&p->ceiling, ceiling);
}

void bf_purse_dry(struct bf_purse *p, int64_t until_us, int64_t limit)
{
    atomic_store(&p->low, 0);
    atomic_store(&p->dry_limit, limit);
    atomic_store(&p->dry_until_us, until_us);
}
