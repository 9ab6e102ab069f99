/*
 * Sockets over loopback: what the kernel says they are, the words of errors, the count and the
 * reserve.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sock.h"

static const struct addr any_port = {.family = 4, .bytes = {127, 0, 0, 1}};

static struct addr name_of(int fd)
{
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    struct addr addr;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
    addr_from_sockaddr(&addr, (struct sockaddr *)&sa);
    return addr;
}

static void wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    assert_int_equal(poll(&poll_fd, 1, 5000), 1);
}

static int option(int fd, int level, int name)
{
    int value = -1;
    socklen_t len = sizeof(value);
    assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
    return value;
}

static void check_stream(int fd)
{
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(option(fd, IPPROTO_TCP, TCP_NODELAY));
    assert_true(option(fd, SOL_SOCKET, SO_KEEPALIVE));
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 15);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPINTVL), 5);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPCNT), 3);
}

struct pair {
    int listener, near, far;
};

static struct pair connect_pair(const struct addr *to)
{
    struct pair pair;
    struct addr name, peer;
    struct err err;

    pair.listener = sock_listen(to, &err);
    assert_true(pair.listener >= 0);
    name = name_of(pair.listener);
    pair.near = sock_dial(&name);
    assert_true(pair.near >= 0);
    wait_for(pair.near, POLLOUT);
    assert_int_equal(sock_error(pair.near), 0);
    wait_for(pair.listener, POLLIN);
    pair.far = sock_accept(pair.listener, &peer);
    assert_true(pair.far >= 0);
    struct addr near = name_of(pair.near);
    assert_int_equal(peer.port, near.port);
    assert_memory_equal(peer.bytes, near.bytes, sizeof(near.bytes));
    return pair;
}

static void close_pair(const struct pair *pair)
{
    sock_close(pair->near);
    sock_close(pair->far);
    sock_close(pair->listener);
}

static void carries_bytes(void **state)
{
    static const struct addr tos[] = {{.family = 4, .bytes = {127, 0, 0, 1}},
                                      {.family = 6, .bytes = {[15] = 1}}};
    (void)state;
    for (size_t i = 0; i < sizeof(tos) / sizeof(tos[0]); i++) {
        struct err err;
        char got[16];
        int try = sock_listen(&tos[i], &err);
        if (try < 0 && tos[i].family == 6)
            continue; /* a host without IPv6 */
        sock_close(try);
        struct pair pair = connect_pair(&tos[i]);
        check_stream(pair.near);
        sock_expect_peer(pair.near);
        assert_int_equal(option(pair.near, IPPROTO_TCP, TCP_USER_TIMEOUT), 30000);
        check_stream(pair.far);
        struct addr nobody;
        assert_int_equal(sock_accept(pair.listener, &nobody), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(sock_recv(pair.far, got, sizeof(got)), -1);
        assert_int_equal(errno, EAGAIN);
        assert_int_equal(sock_send(pair.near, "abc", 3), 3);
        struct iovec parts[2] = {{(char[]){"de"}, 2}, {(char[]){"f"}, 1}};
        assert_int_equal(sock_sendv(pair.near, parts, 2), 3);
        sock_shut(pair.near);
        size_t have = 0;
        for (;;) {
            wait_for(pair.far, POLLIN);
            ssize_t n = sock_recv(pair.far, got + have, sizeof(got) - have);
            assert_true(n >= 0);
            if (n == 0)
                break;
            have += (size_t)n;
        }
        assert_int_equal(have, 6);
        assert_memory_equal(got, "abcdef", 6);
        close_pair(&pair);
    }
}

static void resets(void **state)
{
    struct pair pair = connect_pair(&any_port);
    char byte;
    (void)state;
    sock_reset(pair.far);
    pair.far = -1;
    wait_for(pair.near, POLLIN);
    assert_int_equal(sock_recv(pair.near, &byte, 1), -1);
    assert_int_equal(errno, ECONNRESET);
    assert_int_equal(sock_send(pair.near, "x", 1), -1); /* and no SIGPIPE */
    assert_int_equal(errno, EPIPE);
    close_pair(&pair);
}

static void says_why_it_cannot_listen(void **state)
{
    struct err err = {""};
    char name[ADDR_TEXT_MAX], expected[200];
    (void)state;
    int first = sock_listen(&any_port, &err);
    assert_true(first >= 0);
    struct addr taken = name_of(first);
    unsigned before = sock_count();
    assert_int_equal(sock_listen(&taken, &err), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(sock_count(), before);
    snprintf(expected, sizeof(expected), "cannot listen on %s: Address already in use",
             addr_text(name, &taken, true));
    assert_string_equal(err.text, expected);
    sock_close(first);
}

static void check_refused(const struct addr *to)
{
    int fd = sock_dial(to);
    if (fd < 0) {
        assert_int_equal(errno, ECONNREFUSED);
        return;
    }
    wait_for(fd, POLLOUT);
    assert_int_equal(sock_error(fd), ECONNREFUSED);
    sock_close(fd);
}

/* Connects to loopback on `port` and says which of the two listeners got it. */
static int goes_to(uint16_t port, const int listeners[2])
{
    struct addr to = any_port, peer;
    to.port = port;
    int near = sock_dial(&to), found = -1;
    assert_true(near >= 0);
    wait_for(near, POLLOUT);
    for (int i = 0; i < 2; i++) {
        int far = sock_accept(listeners[i], &peer);
        if (far >= 0)
            found = i;
        sock_close(far);
    }
    sock_close(near);
    return found;
}

static void listens_beside_itself(void **state)
{
    static const struct addr every = {.family = 4};
    const struct {
        struct addr old, new;
        int before; /* which one gets a client while neither is hidden: the more exact one */
    } rows[] = {{any_port, every, 0}, {every, any_port, 1}};
    struct err err;
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct addr wanted = rows[i].new;
        int fds[2] = {sock_listen(&rows[i].old, &err), -1};
        assert_true(fds[0] >= 0);
        wanted.port = name_of(fds[0]).port;
        assert_int_equal(sock_listen(&wanted, &err), -1);
        assert_int_equal(errno, EADDRINUSE);
        fds[1] = sock_listen_beside(&wanted, fds, 1, &err);
        assert_true(fds[1] >= 0);
        check_stream(fds[1]);
        for (unsigned k = 0; k < 2; k++)
            assert_int_equal(option(fds[k], SOL_SOCKET, SO_REUSEPORT), 0);
        assert_int_equal(goes_to(wanted.port, fds), rows[i].before);
        assert_true(sock_hide(fds[0]));
        assert_int_equal(goes_to(wanted.port, fds), 1);
        sock_close(fds[0]);
        sock_close(fds[1]);
    }
}

/* A port that is someone else's stays theirs. */
static void listens_beside_nobody_else(void **state)
{
    struct err err;
    (void)state;
    int ours = sock_listen(&any_port, &err), theirs = sock_listen(&any_port, &err);
    struct addr taken = name_of(theirs);
    unsigned before = sock_count();
    assert_int_equal(sock_listen_beside(&taken, &ours, 1, &err), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(sock_count(), before);
    assert_int_equal(option(ours, SOL_SOCKET, SO_REUSEPORT), 0);
    sock_close(ours);
    sock_close(theirs);
}

static void hidden_ones_keep_their_queue(void **state)
{
    struct err err;
    struct addr peer;
    char byte;
    (void)state;
    int listener = sock_listen(&any_port, &err);
    struct addr name = name_of(listener);
    int near = sock_dial(&name);
    wait_for(near, POLLOUT);
    assert_true(sock_hide(listener));
    check_refused(&name);
    int far = sock_accept(listener, &peer);
    assert_true(far >= 0);
    assert_int_equal(sock_send(far, "x", 1), 1);
    wait_for(near, POLLIN);
    assert_int_equal(sock_recv(near, &byte, 1), 1);
    sock_close(near);
    sock_close(far);
    sock_close(listener);
}

static void adopts_listeners(void **state)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in loopback = {.sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct err err;
    struct addr addr, peer;
    (void)state;

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&loopback, sizeof(loopback)), 0);
    assert_int_equal(listen(fd, 5), 0);
    unsigned before = sock_count();
    assert_int_equal(sock_adopt_listener(fd, &addr, &err), 0);
    assert_int_equal(sock_count(), before + 1);
    check_stream(fd);
    struct addr name = name_of(fd);
    assert_true(addr_equal(&addr, &name));
    int near = sock_dial(&addr);
    wait_for(fd, POLLIN);
    int far = sock_accept(fd, &peer);
    check_stream(far);
    sock_close(near);
    sock_close(far);
    sock_close(fd);

    fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
    assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(sock_adopt_listener(fd, &addr, &err), 0);
    assert_int_equal(addr.family, 6);
    sock_close(fd);
}

static void adopts_nothing_else(void **state)
{
    static const struct {
        int domain, type;
        const char *why;
    } rows[] = {
        {AF_INET, SOCK_STREAM, "it does not listen"},
        {AF_INET, SOCK_DGRAM, "it is no TCP socket"},
        {AF_UNIX, SOCK_STREAM, "it is no TCP socket"},
        {-1, 0, "it is no socket"},
        {-2, 0, "Bad file descriptor"},
    };
    struct err err;
    struct addr addr;
    char expected[200];
    unsigned before = sock_count();
    (void)state;

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = rows[i].domain >= 0 ? socket(rows[i].domain, rows[i].type, 0) : 1000;
        if (rows[i].domain == -1)
            fd = open("/dev/null", O_RDWR);
        assert_int_equal(sock_adopt_listener(fd, &addr, &err), -1);
        snprintf(expected, sizeof(expected), "cannot listen on descriptor %d: %s", fd, rows[i].why);
        assert_string_equal(err.text, expected);
        close(fd);
    }
    assert_int_equal(sock_count(), before);
}

static void refused_dials_say_so(void **state)
{
    struct err err;
    (void)state;
    int listener = sock_listen(&any_port, &err);
    struct addr gone = name_of(listener);
    sock_close(listener);
    check_refused(&gone);
}

static void counts_and_keeps_a_reserve(void **state)
{
    unsigned before = sock_count();
    struct rlimit limit = {64, 64};
    (void)state;

    struct pair pair = connect_pair(&any_port);
    assert_int_equal(sock_count(), before + 3);
    sock_close(-1);
    assert_int_equal(sock_count(), before + 3);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(sock_raise_limit(), 64);
    sock_keep_free(64 - 5);
    assert_false(sock_near_limit()); /* 3 open, a pair more: 5 */
    sock_keep_free(64 - 4);
    assert_true(sock_near_limit());
    close_pair(&pair);
    assert_int_equal(sock_count(), before);
    assert_false(sock_near_limit());
}

static void raises_the_limit(void **state)
{
    struct rlimit limit = {32, 64}, now;
    (void)state;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(sock_raise_limit(), 64);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
    assert_int_equal(now.rlim_cur, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carries_bytes),
        cmocka_unit_test(resets),
        cmocka_unit_test(says_why_it_cannot_listen),
        cmocka_unit_test(listens_beside_itself),
        cmocka_unit_test(listens_beside_nobody_else),
        cmocka_unit_test(hidden_ones_keep_their_queue),
        cmocka_unit_test(adopts_listeners),
        cmocka_unit_test(adopts_nothing_else),
        cmocka_unit_test(refused_dials_say_so),
        cmocka_unit_test(counts_and_keeps_a_reserve),
        cmocka_unit_test(raises_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
