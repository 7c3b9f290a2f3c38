/* Says that it was built for another major version. */
#include <beffroi/handler.h>

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    static const struct bf_handler self = {.size = sizeof(struct bf_handler),
                                           .major = BF_ABI_MAJOR + 1,
                                           .name = "wrong-major",
                                           .version = "1.0"};
    (void)host;
    return &self;
}
