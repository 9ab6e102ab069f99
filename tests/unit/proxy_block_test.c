/* The backlog: bytes come out as they went in, through a socket that takes little at a time, and
 * blocks go back to the pool. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/block.h"

static unsigned char byte_at(size_t i)
{
    return (unsigned char)((i * 2654435761U) >> 13);
}

/* Adds runs of changing length, sends, reads, compares every byte; the seed is fixed, so a failure
 * comes back. */
static void in_order(void **state)
{
    static char bytes[70000];
    (void)state;
    int pair[2];
    struct block_pool pool = {0};
    struct backlog backlog = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    size_t added = 0;
    size_t sent = 0;
    size_t received = 0;
    unsigned seed = 7;
    for (int round = 0; round < 2000; round++) {
        if (backlog.len < BACKLOG_HIGH) {
            size_t len = (size_t)rand_r(&seed) % (round % 10 == 0 ? sizeof bytes : 700);
            for (size_t i = 0; i < len; i++)
                bytes[i] = (char)byte_at(added + i);
            assert_int_equal(backlog_add(&backlog, &pool, bytes, len), 0);
            added += len;
        }
        ssize_t went = backlog_send(&backlog, &pool, pair[0]);
        assert_true(went >= 0);
        sent += (size_t)went;
        assert_int_equal(backlog.len, added - sent);
        ssize_t got = read(pair[1], bytes, (size_t)rand_r(&seed) % 9000 + 1);
        assert_true(got > 0 || errno == EAGAIN);
        for (ssize_t i = 0; i < got; i++)
            assert_int_equal((unsigned char)bytes[i], byte_at(received + (size_t)i));
        received += got > 0 ? (size_t)got : 0;
    }
    assert_true(received > 1000000);
    backlog_clear(&backlog, &pool);
    assert_int_equal(backlog.len, 0);
    assert_null(backlog.first);
    block_pool_clear(&pool);
    close(pair[0]);
    close(pair[1]);
}

/* A full backlog is three blocks and no more; a sent one leaves none behind. */
static void blocks_go_back(void **state)
{
    static char bytes[BACKLOG_HIGH];
    (void)state;
    struct block_pool pool = {0};
    struct backlog backlog = {0};
    assert_int_equal(backlog_add(&backlog, &pool, bytes, sizeof bytes), 0);
    unsigned blocks = 0;
    for (const struct block *b = backlog.first; b != NULL; b = b->next)
        blocks++;
    assert_int_equal(blocks, 3);
    backlog_clear(&backlog, &pool);
    assert_int_equal(pool.free_count, 3);
    block_pool_clear(&pool);
    assert_null(pool.free);
}

static void broken_socket(void **state)
{
    (void)state;
    int pair[2];
    struct block_pool pool = {0};
    struct backlog backlog = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    close(pair[1]);
    assert_int_equal(backlog_add(&backlog, &pool, "x", 1), 0);
    assert_int_equal(backlog_send(&backlog, &pool, pair[0]), -1);
    assert_int_equal(errno, EPIPE);
    backlog_clear(&backlog, &pool);
    block_pool_clear(&pool);
    close(pair[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(blocks_go_back),
        cmocka_unit_test(broken_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
