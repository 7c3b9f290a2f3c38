#include "cli/new_parquet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Beside the program's build folder, or the one above it (build/asan). NULL: nowhere. */
static const char *find_script(struct bf_arena *a)
{
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program);
    for (int up = 0; n > 0 && up < 3; up++) {
        while (n > 0 && program[n - 1] != '/')
            n--;
        const char *script = bf_arena_printf(a, "%.*sscripts/parquet", (int)n, program).p;
        if (script && access(script, X_OK) == 0)
            return script;
        n--; /* the slash */
    }
    return NULL;
}

/* The reading end of what it prints; -1: err is set. */
static int start(const char *script, const char *path, pid_t *pid, struct bf_err *err)
{
    char *const words[] = {strdup(script), strdup("--"), strdup(path), NULL};
    posix_spawn_file_actions_t actions;
    int ends[2] = {-1, -1};
    int why = words[0] && words[1] && words[2] && pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
    posix_spawn_file_actions_init(&actions);
    if (!why)
        why = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (!why)
        why = posix_spawn(pid, script, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < 3; i++)
        free(words[i]);
    if (ends[1] >= 0)
        close(ends[1]);
    if (!why)
        return ends[0];
    if (ends[0] >= 0)
        close(ends[0]);
    BF_FAIL_WITH(err, BF_E_INTERNAL, "%s cannot be run: %s", script, strerror(why));
    return -1;
}

/* true: there were no more, or no more were wanted. */
static bool hand_on(const struct bf_new_parquet *p, FILE *in, bool *enough, struct bf_err *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while (!*enough && (n = getline(&line, &room, in)) > 0) {
        n -= line[n - 1] == '\n';
        *enough = !p->take(p->self, (struct bf_str){line, (size_t)n}, err);
    }
    free(line);
    return !bf_err_is_set(err);
}

bool bf_new_parquet_read(struct bf_arena *a, const struct bf_new_parquet *p, struct bf_err *err)
{
    pid_t pid;
    int status = 0;
    bool enough = false;
    const char *script = find_script(a);
    if (!script)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "%s: Parquet is read by scripts/parquet, which is not beside this "
                            "program.",
                            p->path);
    int fd = start(script, p->path, &pid, err);
    FILE *in = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd < 0)
        return false;
    bool ok = in ? hand_on(p, in, &enough, err) : false;
    if (in)
        fclose(in);
    if (enough || !in)
        kill(pid, SIGTERM);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (ok && !enough && status != 0)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s cannot be read.", p->path);
    return ok;
}
