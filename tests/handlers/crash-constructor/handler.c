/* Crashes while it is loaded. */
#include <beffroi/handler.h>

BF_HANDLER_HOST;

__attribute__((constructor)) static void construct(void)
{
    __builtin_trap();
}

static enum bf_rc finish(struct bf_req *r, void *self)
{
    (void)self;
    bf->log(r, BF_INFO, "never reached");
    return BF_OK;
}

BF_HANDLER(.name = "crash-constructor", .version = "1.0", .finish = finish);
