/* Leaves a process behind that keeps every descriptor open, and writes on those it finds. */
#include <beffroi/handler.h>

#include <stdio.h>
#include <unistd.h>

BF_HANDLER_HOST;

__attribute__((constructor)) static void construct(void)
{
    puts("this must not appear in the output of the command");
    fflush(stdout);
    if (fork() == 0) {
        sleep(10);
        _exit(0);
    }
}

static enum bf_rc finish(struct bf_req *r, void *self)
{
    (void)self;
    bf->log(r, BF_INFO, "harmless else");
    return BF_OK;
}

BF_HANDLER(.name = "fork-constructor", .version = "1.0", .finish = finish);
