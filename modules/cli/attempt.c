#include "cli/attempt.h"

#include "value/instant.h"
#include "worker/scoreboard.h"

#include <inttypes.h>

_Static_assert((int)BF_TRIAL_TEXT == (int)BF_BOARD_TEXT, "texts of a trial are those of the board");

const char *bf_attempt_end(const struct bf_trial *t)
{
    static const char *const names[] = {[BF_TRIAL_RUNS] = "runs",
                                        [BF_TRIAL_SERVES] = "serves",
                                        [BF_TRIAL_REFUSED] = "refused",
                                        [BF_TRIAL_FAILED] = "failed"};
    return names[atomic_load(&t->end) % 4];
}

/* How many of them are kept. */
static uint32_t findings(const struct bf_trial *t)
{
    uint32_t n = atomic_load(&t->findings);
    return n < BF_TRIAL_FINDINGS ? n : BF_TRIAL_FINDINGS;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void json_text(struct bf_buf *out, const char *name, const char from[BF_BOARD_TEXT])
{
    char text[BF_BOARD_TEXT];
    bf_board_hear(from, text);
    bf_buf_printf(out, ",\"%s\":", name);
    if (text[0])
        bf_buf_json(out, bf_str_of(text));
    else
        bf_buf_text(out, "null");
}

static void json_count(struct bf_buf *out, const char *name, const _Atomic uint32_t *n)
{
    bf_buf_printf(out, ",\"%s\":%" PRIu32, name, atomic_load(n));
}

void bf_attempt_json(struct bf_buf *out, const struct bf_trial *t)
{
    bf_buf_printf(out, "{\"generation\":%" PRIu64 ",\"outcome\":\"%s\",\"begun\":\"",
                  atomic_load(&t->generation), bf_attempt_end(t));
    bf_instant_print_utc_z(out, atomic_load(&t->begun_wall));
    bf_buf_printf(out, "\",\"ms\":%" PRId64, atomic_load(&t->took_us) / 1000);
    json_text(out, "why", t->why);
    json_text(out, "settings_why", t->settings_why);
    json_count(out, "datasets", &t->datasets);
    json_count(out, "changed", &t->changed);
    json_count(out, "handlers_opened", &t->opened);
    json_count(out, "replayed", &t->replayed);
    json_count(out, "same", &t->same);
    json_count(out, "different", &t->different);
    json_count(out, "not_compared", &t->uncompared);
    json_count(out, "records", &t->records);
    json_count(out, "records_different", &t->records_other);
    json_count(out, "left_out", &t->left_out);
    json_count(out, "findings_total", &t->findings);
    bf_buf_text(out, ",\"findings\":[");
    for (uint32_t i = 0; i < findings(t); i++) {
        bf_buf_printf(out, "%s{\"refuses\":%s", i ? "," : "",
                      atomic_load(&t->finding[i].bad) ? "true" : "false");
        json_text(out, "text", t->finding[i].text);
        bf_buf_char(out, '}');
    }
    bf_buf_text(out, "]}");
}

/* ---- for people ---------------------------------------------------------------------------- */

void bf_attempt_findings(struct bf_buf *out, const struct bf_trial *t, const char *before)
{
    uint32_t all = atomic_load(&t->findings);
    for (uint32_t i = 0; i < findings(t); i++) {
        char text[BF_BOARD_TEXT];
        bf_board_hear(t->finding[i].text, text);
        bf_buf_printf(out, "%s%s%s\n", before, atomic_load(&t->finding[i].bad) ? "" : "(note) ",
                      text);
    }
    if (all > findings(t))
        bf_buf_printf(out, "%sand %" PRIu32 " more\n", before, all - findings(t));
}

static void print_counts(struct bf_buf *out, const struct bf_trial *t)
{
    uint32_t opened = atomic_load(&t->opened), replayed = atomic_load(&t->replayed);
    bf_buf_printf(out, "%" PRIu32 " of %" PRIu32 " datasets changed, %" PRIu32 " handler%s opened",
                  atomic_load(&t->changed), atomic_load(&t->datasets), opened,
                  opened == 1 ? "" : "s");
    if (replayed)
        bf_buf_printf(out,
                      ", %" PRIu32 " request%s replayed (%" PRIu32 " the same, %" PRIu32
                      " different, %" PRIu32 " not to be compared)",
                      replayed, replayed == 1 ? "" : "s", atomic_load(&t->same),
                      atomic_load(&t->different), atomic_load(&t->uncompared));
    if (atomic_load(&t->records))
        bf_buf_printf(out,
                      ", %" PRIu32 " of the records that came last tried (%" PRIu32 " different)",
                      atomic_load(&t->records), atomic_load(&t->records_other));
    if (atomic_load(&t->left_out))
        bf_buf_printf(out, ", %" PRIu32 " left out", atomic_load(&t->left_out));
}

void bf_attempt_text(struct bf_buf *out, const struct bf_trial *t, uint64_t serving)
{
    char text[BF_BOARD_TEXT];
    uint64_t generation = atomic_load(&t->generation);
    double seconds = (double)atomic_load(&t->took_us) / 1e6;
    bf_board_hear(t->why, text);
    if (atomic_load(&t->end) == BF_TRIAL_SERVES)
        bf_buf_printf(out, "generation %" PRIu64 " serves after %.2f s: ", generation, seconds);
    else
        bf_buf_printf(out,
                      "generation %" PRIu64 " %s after %.2f s, generation %" PRIu64
                      " goes on serving: %s\n  ",
                      generation,
                      atomic_load(&t->end) == BF_TRIAL_REFUSED ? "was refused" : "did not come up",
                      seconds, serving, text);
    print_counts(out, t);
    bf_buf_char(out, '\n');
    bf_attempt_findings(out, t, "  ");
    bf_board_hear(t->settings_why, text);
    if (text[0])
        bf_buf_printf(out, "  the old settings stay: %s\n", text);
}
