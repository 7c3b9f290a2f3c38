/* Calls a function that nobody defines: to be found when it is loaded, not in a request. */
#include <beffroi/handler.h>

BF_HANDLER_HOST;

extern int nobody_defines_this(void);

static enum bf_rc finish(struct bf_req *r, void *self)
{
    (void)self;
    bf->log(r, BF_INFO, "%d", nobody_defines_this());
    return BF_OK;
}

BF_HANDLER(.name = "missing-symbol", .version = "1.0", .finish = finish);
