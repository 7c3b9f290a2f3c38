// The header in C++: every standard may include it, and from C++20 on BF_HANDLER works too.
#include <beffroi/handler.h>

#if __cplusplus >= 202002L
BF_HANDLER_HOST;

static enum bf_rc fill_row(struct bf_req *r, struct bf_row *row, void *)
{
    bf->log(r, BF_DEBUG, "a row of %d", 1);
    return bf->set_int(row, 0, 1);
}

BF_HANDLER(.name = "language", .version = "1.0", .row = fill_row);
#endif
