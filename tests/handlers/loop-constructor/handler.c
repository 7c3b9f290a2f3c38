/* Never comes back from being loaded. */
#include <beffroi/handler.h>

#include <unistd.h>

__attribute__((constructor)) static void construct(void)
{
    for (;;)
        pause();
}

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    (void)host;
    return NULL;
}
