/*
 * cli/say: how commands speak.
 *
 * Results go to stdout, what went wrong to stderr with the command's name before it.
 */
#ifndef BF_CLI_SAY_H
#define BF_CLI_SAY_H

#include "catalog/report.h"
#include "core/buf.h"
#include "core/err.h"

#include <stdio.h>

/* Always 1, the exit status of a command that failed. */
int bf_say_error(const char *command, const struct bf_err *err);
/* Always 2, the exit status of a command that was called wrongly. */
int bf_say_usage(const char *usage);

/* Every mistake, a line each, on stderr; true: there is none. */
bool bf_say_report(const struct bf_report *report);

/* Writes the buffer, empties it; false when the stream cannot take it. */
bool bf_say_buf(FILE *to, struct bf_buf *text);

#endif
