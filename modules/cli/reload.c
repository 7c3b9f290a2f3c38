#include "cli/commands.h"

#include "cli/attempt.h"
#include "cli/say.h"
#include "core/clock.h"
#include "worker/shared.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

enum { TEXT_MOST = 1 << 20, NOT_RUNNING = 3, STEP_NS = 10 * 1000000 };

static const char usage[] =
    "reload [--json]\n"
    "The running server reads its settings and the catalogue anew: a new generation of workers is\n"
    "tried, and takes over when it is as good as the one that serves, without losing a request.\n"
    "Otherwise that one stays, and the command says why. SIGHUP does the same without waiting.\n"
    "Exit status: 0 the new generation serves, 1 the old one stays, 3 no server runs.";

/* A trial that began after this command did has seen all that was there before it, whoever asked
 * for it. */
static const struct bf_trial *wait_for(const struct bf_board *b, uint64_t before)
{
    const struct bf_trial *trial;
    struct bf_identity guardian = {atomic_load(&b->guardian_pid), atomic_load(&b->guardian_start)};
    while (!(trial = bf_trial_ended(b->trials, before, true))) {
        if (!bf_identity_alive(guardian, NULL))
            return NULL;
        nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
    }
    return trial;
}

static int say_trial(const struct bf_board *b, const struct bf_trial *trial, bool json)
{
    struct bf_buf text;
    bool serves = atomic_load(&trial->end) == BF_TRIAL_SERVES;
    bool good = serves && !trial->settings_why[0];
    bf_buf_init(&text, TEXT_MOST);
    if (json) {
        bf_attempt_json(&text, trial);
        bf_buf_char(&text, '\n');
    } else {
        bf_attempt_text(&text, trial, atomic_load(&b->serving));
    }
    bool said = bf_say_buf(json || good ? stdout : stderr, &text);
    bf_buf_fini(&text);
    return good && said ? 0 : 1;
}

static int reload(const struct bf_board *b, bool json)
{
    struct bf_identity guardian = {atomic_load(&b->guardian_pid), atomic_load(&b->guardian_start)};
    uint64_t before = atomic_load(&b->generation);
    if (!bf_identity_alive(guardian, NULL)) {
        fprintf(stderr, "reload: no server runs here\n");
        return NOT_RUNNING;
    }
    if (!bf_identity_kill(guardian, SIGHUP)) {
        fprintf(stderr, "reload: this account may not send a signal to the server\n");
        return 1;
    }
    const struct bf_trial *trial = wait_for(b, before);
    if (trial)
        return say_trial(b, trial, json);
    fprintf(stderr, "reload: the server has ended\n");
    return NOT_RUNNING;
}

int bf_cmd_reload(int argc, char **argv)
{
    struct bf_conf conf;
    struct bf_err err;
    struct bf_shared shared;
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
    if (argc > 1 && !json)
        return bf_say_usage(usage);
    bf_err_clear(&err);
    if (!bf_conf_load(&conf, NULL, &err))
        return bf_say_error("reload", &err);
    if (!bf_shared_open(&conf, false, &shared, &err)) {
        bf_shared_close(&shared);
        int status = err.code == BF_E_NOT_FOUND_RESOURCE ? NOT_RUNNING : 1;
        bf_say_error("reload", &err);
        return status;
    }
    int status = reload(shared.board, json);
    bf_shared_close(&shared);
    return status;
}
