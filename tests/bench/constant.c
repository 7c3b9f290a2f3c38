/*
 * constant: a libfcgi worker that prints a constant: the reference that `make bench` divides the
 * 304 answers and those from shared memory by.
 *
 *     constant SOCKET WORKERS [BYTES]
 *
 * Every worker runs the plain FCGX_Accept_r loop of libfcgi's manual. BYTES: length of the body, 3
 * when it is not told.
 */
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int listener, const char *body, int bytes)
{
    FCGX_Request request;
    FCGX_InitRequest(&request, listener, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_FPrintF(request.out, "Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n", bytes);
        FCGX_PutStr(body, bytes, request.out);
        FCGX_Finish_r(&request);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: constant SOCKET WORKERS [BYTES]\n");
        return 2;
    }
    long bytes = argc > 3 ? strtol(argv[3], NULL, 10) : 3;
    char *body = bytes > 0 && bytes < 1 << 30 ? malloc((size_t)bytes) : NULL;
    if (!body)
        return 2;
    memset(body, 'x', (size_t)bytes);
    FCGX_Init();
    int listener = FCGX_OpenSocket(argv[1], 4096);
    for (long i = 0; i < strtol(argv[2], NULL, 10); i++) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener, body, (int)bytes);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        continue;
    return 0;
}
