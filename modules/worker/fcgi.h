/*
 * worker/fcgi: one FastCGI connection after the other, each with one request.
 *
 * Purpose    libfcgi reads the requests; the connections and the answers are ours, because the
 *            library has no time limits, breaks reads on signals, and writes an answer in pieces of
 *            8 KiB, so that a worker that is killed leaves half of it.
 * Way        accept4 by ourselves; the descriptor is handed to FCGX_Accept_r with keepConnection
 *            set, so that the library neither accepts nor closes. The answer is laid out as FastCGI
 *            records in one buffer: up to BF_FCGI_HOLD bytes leave in ONE send, the end
 *            record included: a worker that is killed has then sent all of it or nothing. More than
 *            that is sent as it comes.
 * Ownership  bf_fcgi_new to bf_fcgi_free; env and io are valid between begin and end.
 * Limits     the head of a request must be there within 1 s (nginx sends it in one piece), each
 *            read of a body and each write within io_timeout_ms. The master limits the whole.
 * Errors     bf_http_io.read gives -1 when the body is not whole: an error of the library, or fewer
 *            or more bytes than CONTENT_LENGTH tells.
 * Source     FastCGI 1.0, section 8; the layout of FCGX_Request as in libfcgi 2.4.2 (self test).
 *
 *     while (bf_fcgi_accept(f) == BF_FCGI_CONNECTION)
 *         if (bf_fcgi_begin(f)) {
 *             handle(bf_fcgi_env(f), bf_fcgi_io(f));
 *             bf_fcgi_end(f, false);
 *         }
 */
#ifndef BF_WORKER_FCGI_H
#define BF_WORKER_FCGI_H

#include "http/request.h"

#include <signal.h>

enum { BF_FCGI_HOLD = 192 * 1024 };

struct bf_fcgi;

/* Once per process, after fork. */
bool bf_fcgi_start(void);

/* listening: a socket, which becomes non-blocking for all its workers; -1: none. Of several idle
 * workers a connection wakes the first one, again and again, for what it remembers between
 * requests. wake: blocked signals; nobody waits while one of them is pending. NULL: none.
 * NULL: no memory, or no descriptor. */
struct bf_fcgi *bf_fcgi_new(int listening, const sigset_t *wake, int64_t io_timeout_ms);
void bf_fcgi_free(struct bf_fcgi *f);

enum bf_fcgi_got {
    BF_FCGI_NOTHING, /* nobody came for a while, or a signal did */
    BF_FCGI_CONNECTION,
    BF_FCGI_NO_DESCRIPTOR, /* this process has too many files open */
    BF_FCGI_FAILED,        /* the system is short of something: try again later */
};

enum bf_fcgi_got bf_fcgi_accept(struct bf_fcgi *f);

/* From here on a connection that wakes this worker is left to the others for so many microseconds
 * (0 at first, below a second): one that is about to be idle remembers more. */
void bf_fcgi_defer(struct bf_fcgi *f, int64_t us);

/* Reads the head of the request. false: what came was no request, and the connection is closed. */
bool bf_fcgi_begin(struct bf_fcgi *f);

const char *const *bf_fcgi_env(const struct bf_fcgi *f);
struct bf_http_io *bf_fcgi_io(struct bf_fcgi *f);

/* Ends the request and the connection. `broken`: cuts it without the end record, which nginx takes
 * for the error that it is. true: the whole answer is on its way. */
bool bf_fcgi_end(struct bf_fcgi *f, bool broken);

/* Whether the library behaves as this file expects, tried on a pair of sockets. */
bool bf_fcgi_self_test(void);

#endif
