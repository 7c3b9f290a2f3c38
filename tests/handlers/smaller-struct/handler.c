/* Built with an older header, whose struct ended before `rewrite`. What lies behind it in memory is
 * not a hook and must never be called. */
#include <beffroi/handler.h>

struct older {
    uint32_t size;
    uint16_t major, minor;
    uint32_t flags;
    const char *name, *version, *summary;
    const struct bf_option *options;
    const struct bf_field *adds;
    enum bf_rc (*open)(struct bf_dataset *d, void **self);
    void (*close)(void *self);
};

static const struct {
    struct older self;
    uintptr_t behind[3];
} memory = {.self = {.size = sizeof(struct older),
                     .major = BF_ABI_MAJOR,
                     .name = "smaller-struct",
                     .version = "1.0"},
            .behind = {1, 1, 1}};

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    (void)host;
    return (const struct bf_handler *)(const void *)&memory.self;
}
