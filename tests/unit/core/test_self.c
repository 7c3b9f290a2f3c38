/* Descriptors that somebody else's code closed, and those that their owner changed himself. */
#include "core/self.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int fd_of(const void *owner)
{
    return *(const int *)owner;
}

static int fresh(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

static void closed_by_another(void **state)
{
    int a = fresh(), none = -1;
    (void)state;
    bf_self_hold(&a, fd_of);
    bf_self_hold(&none, fd_of);
    bf_self_note(NULL);
    assert_true(bf_self_whole());
    close(a);
    assert_false(bf_self_whole());
    int other = fresh(); /* has its number now */
    assert_int_equal(other, a);
    assert_false(bf_self_whole());
    bf_self_release(&a);
    assert_true(bf_self_whole());
    bf_self_release(&none);
    close(other);
}

static void changed_by_its_owner(void **state)
{
    int a = fresh();
    (void)state;
    bf_self_hold(&a, fd_of);
    bf_self_note(NULL);
    int before = a;
    close(before);
    a = -1;
    assert_true(bf_self_whole());
    a = fresh();
    assert_int_equal(a, before);
    bf_self_note(&a); /* the owner says so: the number alone does not tell */
    assert_true(bf_self_whole());
    bf_self_release(&a);
    close(a);
}

static void more_than_there_is_room_for(void **state)
{
    int fds[40];
    (void)state;
    for (int i = 0; i < 40; i++) {
        fds[i] = -1;
        bf_self_hold(&fds[i], fd_of);
    }
    bf_self_note(NULL);
    assert_true(bf_self_whole());
    for (int i = 0; i < 40; i++)
        bf_self_release(&fds[i]);
}

static void memory_is_known(void **state)
{
    size_t before = bf_self_rss();
    (void)state;
    assert_true(before > 0 && bf_self_size() >= before && bf_self_peak() > 0);
    char *more = malloc(64 << 20);
    assert_non_null(more);
    memset(more, 1, 64 << 20);
    assert_true(bf_self_rss() > before + (32 << 20) && bf_self_peak() > (32 << 20));
    free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_by_another),
        cmocka_unit_test(changed_by_its_owner),
        cmocka_unit_test(more_than_there_is_room_for),
        cmocka_unit_test(memory_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
