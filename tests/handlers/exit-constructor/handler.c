/* Ends the process that loads it. */
#include <beffroi/handler.h>

#include <stdlib.h>

__attribute__((constructor)) static void construct(void)
{
    exit(3);
}

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    (void)host;
    return NULL;
}
