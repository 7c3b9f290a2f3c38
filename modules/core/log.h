/*
 * core/log: one JSON line per event on stderr.
 *
 *     {"at":"2026-11-23T08:15:00.123456Z","level":"info","event":"worker.ready","pid":4711,
 *      "detail":"pool=read slot=3"}
 *
 * A line is written by one write(2) (lines of several processes do not mix) and is at most 4 KiB; a
 * longer detail ends in " [cut]". Callers never pass keys, tokens or values of a request.
 */
#ifndef BF_CORE_LOG_H
#define BF_CORE_LOG_H

/* NOTHING: as the least level alone, for a command that says everything by itself. */
enum bf_log_level { BF_LOG_DEBUG, BF_LOG_INFO, BF_LOG_WARNING, BF_LOG_ERROR, BF_LOG_NOTHING };

void bf_log_set_level(enum bf_log_level least);
void bf_log(enum bf_log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
