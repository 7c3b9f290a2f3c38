#include "cli/say.h"

#include <string.h>

int bf_say_error(const char *command, const struct bf_err *err)
{
    fprintf(stderr, "beffroi %s: %s\n", command, err->message);
    size_t n = strlen(err->detail);
    if (n)
        fprintf(stderr, "%s%s", err->detail, err->detail[n - 1] == '\n' ? "" : "\n");
    return 1;
}

int bf_say_usage(const char *usage)
{
    fprintf(stderr, "usage: beffroi %s\n", usage);
    return 2;
}

bool bf_say_buf(FILE *to, struct bf_buf *text)
{
    bool ok = text->n == 0 || fwrite(text->p, 1, text->n, to) == text->n;
    ok = fflush(to) == 0 && ok && !bf_buf_failed(text);
    bf_buf_clear(text);
    return ok;
}
