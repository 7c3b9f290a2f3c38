/* Built with a header from the future: a newer minor, and a struct with more members. */
#include <beffroi/handler.h>

struct newer {
    struct bf_handler known;
    void (*unheard_of)(void);
};

const struct bf_handler *bf_handler_v1(const struct bf_api *host)
{
    static const struct newer self = {.known = {.size = sizeof(struct newer),
                                                .major = BF_ABI_MAJOR,
                                                .minor = BF_ABI_MINOR + 1,
                                                .name = "newer-minor",
                                                .version = "1.0"}};
    (void)host;
    return &self.known;
}
