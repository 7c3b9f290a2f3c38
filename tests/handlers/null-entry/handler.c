/* Has an entry point that gives nothing. */
#include <beffroi/handler.h>

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    (void)host;
    return NULL;
}
