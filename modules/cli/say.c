#include "cli/say.h"

#include <string.h>

enum { REPORT_MOST = 4 << 20 };

/* What the database said is for the administrator; a client's message for an internal fault is
 * not. */
int bf_say_error(const char *command, const struct bf_err *err)
{
    size_t n = strlen(err->detail);
    bool plain = err->code != BF_E_INTERNAL || n == 0;
    fprintf(stderr, "beffroi %s: %s", command, plain ? err->message : "");
    if (n)
        fprintf(stderr, "%s%s", plain ? "\n" : "", err->detail);
    if (n == 0 || err->detail[n - 1] != '\n')
        fputc('\n', stderr);
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

bool bf_say_report(const struct bf_report *report)
{
    struct bf_buf text;
    bf_buf_init(&text, REPORT_MOST);
    bf_report_print(report, &text);
    bf_say_buf(stderr, &text);
    bf_buf_fini(&text);
    return bf_report_empty(report);
}
