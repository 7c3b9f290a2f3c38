#include "worker/canary_records.h"

struct counts {
    uint32_t tried, other, dropped;
};

static bool refuses(const struct bf_rehearsed *now, const struct bf_rehearsed *before)
{
    return now->as == BF_REHEARSED_FAILED &&
           (before->as == BF_REHEARSED_WRITTEN || before->as == BF_REHEARSED_DROPPED);
}

static bool differs(const struct bf_rehearsed *now, const struct bf_rehearsed *before)
{
    return now->as != before->as || (now->as == BF_REHEARSED_WRITTEN && now->sum != before->sum);
}

static void count(struct counts *n, const struct bf_rehearsed *now,
                  const struct bf_rehearsed *before)
{
    if (now->as == BF_REHEARSED_NOT || before->as == BF_REHEARSED_NOT)
        return;
    n->tried++;
    n->other += differs(now, before);
    n->dropped += now->as == BF_REHEARSED_DROPPED && before->as == BF_REHEARSED_WRITTEN;
}

/* NULL: none. */
static const struct bf_rehearsed *find_refused(const struct bf_answer *now,
                                               const struct bf_answer *before, int *place)
{
    for (*place = 0; *place < BF_CAME_RECORDS; ++*place)
        if (refuses(&now->records[*place], &before->records[*place]))
            return &now->records[*place];
    return NULL;
}

static bool fell(const struct bf_answer *a)
{
    return atomic_load(&a->came) == BF_CAME_FALL;
}

static bool has_fallen(struct bf_trial *t, struct bf_str dataset, const struct bf_answer *now,
                       const struct bf_answer *before)
{
    bool worse = !fell(before);
    bf_trial_find(t, worse, "%.*s: at the records that came last it %s%s", BF_STR_ARG(dataset),
                  now->why, worse ? "" : "; so it did before");
    return worse;
}

bool bf_records_compare(struct bf_trial *t, struct bf_str dataset, const struct bf_answer *now,
                        const struct bf_answer *before)
{
    struct counts n = {0, 0, 0};
    int place;
    if (fell(now))
        return has_fallen(t, dataset, now, before);
    for (size_t i = 0; i < BF_CAME_RECORDS; i++)
        count(&n, &now->records[i], &before->records[i]);
    atomic_fetch_add(&t->records, n.tried);
    atomic_fetch_add(&t->records_other, n.other);
    const struct bf_rehearsed *refused = find_refused(now, before, &place);
    if (refused)
        bf_trial_find(t, true, "%.*s: record %d of those that came last would be refused: %s",
                      BF_STR_ARG(dataset), place + 1, refused->why);
    else if (n.other)
        bf_trial_find(t, false,
                      "%.*s: of %u records that came last %u are made otherwise, %u of them left "
                      "out",
                      BF_STR_ARG(dataset), n.tried, n.other, n.dropped);
    return refused != NULL;
}
