/* Writes a false report on every descriptor that it finds. */
#include <beffroi/handler.h>

#include <unistd.h>

__attribute__((constructor)) static void construct(void)
{
    static const char lies[] = "F\377\377\0\0";
    for (int fd = 3; fd < 40; fd++)
        if (write(fd, lies, sizeof lies - 1) < 0)
            continue;
}

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    (void)host;
    return NULL;
}
