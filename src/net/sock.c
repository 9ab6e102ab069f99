/*
 * Sockets: creating, moving bytes, closing, and the count of those open, which the accept reserve
 * is reckoned from. The count is the one piece of shared state: an atomic, so that any worker may
 * open and close.
 */
#include "net/sock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096
#define RESERVE_DEFAULT 24

static atomic_uint sockets_open;
static atomic_uint descriptor_limit = 1024;
static atomic_uint descriptor_reserve = RESERVE_DEFAULT;

/* None of these can fail on a fresh TCP socket in a way that should refuse a connection, so their
 * results are not looked at. */
static void set_stream_options(int fd)
{
    const struct {
        int level, name, value;
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, 1},   {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 15}, {IPPROTO_TCP, TCP_KEEPINTVL, 5},
        {IPPROTO_TCP, TCP_KEEPCNT, 3},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

void sock_expect_peer(int fd)
{
    static const unsigned patience_ms = 30000;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof(patience_ms));
}

static int new_socket(int domain)
{
    int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        atomic_fetch_add(&sockets_open, 1);
    return fd;
}

static int stream_socket(const struct addr *addr)
{
    return new_socket(addr->family == 6 ? AF_INET6 : AF_INET);
}

int sock_local(void)
{
    return new_socket(AF_UNIX);
}

/* -1 with errno. `share`: with SO_REUSEPORT. */
static int open_listener(const struct addr *addr, int share)
{
    const int on = 1;
    struct sockaddr_storage sa;
    socklen_t len = addr_to_sockaddr(addr, &sa);

    int fd = stream_socket(addr);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof(share)) < 0)
        goto fail;
    if (addr->family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
        goto fail;
    set_stream_options(fd);
    if (bind(fd, (struct sockaddr *)&sa, len) < 0 || listen(fd, BACKLOG) < 0)
        goto fail;
    return fd;

fail:;
    int saved = errno;
    sock_close(fd);
    errno = saved;
    return -1;
}

static void share_ports(const int *fds, unsigned count, int share)
{
    for (unsigned i = 0; i < count; i++)
        (void)setsockopt(fds[i], SOL_SOCKET, SO_REUSEPORT, &share, sizeof(share));
}

int sock_listen_beside(const struct addr *addr, const int *beside, unsigned count, struct err *err)
{
    char name[ADDR_TEXT_MAX];
    int fd = open_listener(addr, 0);

    if (fd < 0 && errno == EADDRINUSE && count > 0) {
        /* The kernel asks whether both sides share while it binds, and not again. */
        share_ports(beside, count, 1);
        fd = open_listener(addr, 1);
        int saved = errno;
        share_ports(beside, count, 0);
        if (fd >= 0)
            share_ports(&fd, 1, 0);
        errno = saved;
    }
    if (fd >= 0)
        return fd;
    int saved = errno;
    const char *hint = saved == EACCES && addr->port < 1024
                           ? " (ports below 1024 need root or CAP_NET_BIND_SERVICE)"
                           : "";
    err_set(err, "cannot listen on %s: %s%s", addr_text(name, addr, true), strerror(saved), hint);
    errno = saved;
    return -1;
}

int sock_listen(const struct addr *addr, struct err *err)
{
    return sock_listen_beside(addr, NULL, 0, err);
}

/* What keeps a descriptor from being one of our listeners, or NULL. */
static const char *unfit_listener(int fd, struct addr *addr)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof(sa), size = sizeof(int);
    int type = 0, protocol = 0, listens = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
        return errno == ENOTSOCK ? "it is no socket" : strerror(errno);
    if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
        return strerror(errno);
    if ((sa.ss_family != AF_INET && sa.ss_family != AF_INET6) || type != SOCK_STREAM)
        return "it is no TCP socket";
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) < 0 || protocol != IPPROTO_TCP)
        return "it is no TCP socket";
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || !listens)
        return "it does not listen";
    addr_from_sockaddr(addr, (struct sockaddr *)&sa);
    return NULL;
}

int sock_adopt_listener(int fd, struct addr *addr, struct err *err)
{
    const char *unfit = unfit_listener(fd, addr);
    int flags = unfit ? 0 : fcntl(fd, F_GETFL);

    if (!unfit && (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
                   fcntl(fd, F_SETFD, FD_CLOEXEC) < 0))
        unfit = strerror(errno);
    if (unfit) {
        err_set(err, "cannot listen on descriptor %d: %s", fd, unfit);
        return -1;
    }
    set_stream_options(fd);
    atomic_fetch_add(&sockets_open, 1);
    return 0;
}

int sock_accept(int listener, struct addr *peer)
{
    for (;;) {
        struct sockaddr_storage sa;
        socklen_t len = sizeof(sa);
        int fd = accept4(listener, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            atomic_fetch_add(&sockets_open, 1);
            addr_from_sockaddr(peer, (struct sockaddr *)&sa);
            return fd;
        }
        /* These speak of the one connection that is gone already (accept(2)), not of the listener:
         * the next one may be well. */
        switch (errno) {
        case EINTR:
        case ECONNABORTED:
        case EPROTO:
        case ENETDOWN:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EPERM:
            continue;
        default:
            return -1;
        }
    }
}

int sock_dial(const struct addr *to)
{
    struct sockaddr_storage sa;
    socklen_t len = addr_to_sockaddr(to, &sa);
    int fd = stream_socket(to);
    if (fd < 0)
        return -1;
    set_stream_options(fd);
    /* An interrupted non-blocking connect goes on by itself, like one in progress. */
    if (connect(fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS && errno != EINTR) {
        int saved = errno;
        sock_close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

bool sock_is_our_fault(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL;
}

int sock_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        return errno;
    return error;
}

ssize_t sock_send(int fd, const void *bytes, size_t len)
{
    ssize_t n;
    do {
        n = send(fd, bytes, len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n;
}

ssize_t sock_sendv(int fd, const struct iovec *parts, int count)
{
    /* sendmsg rather than writev: only it takes MSG_NOSIGNAL. The kernel does not write to the
     * vector, which the struct's missing const hides. */
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t n;
    do {
        n = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n;
}

ssize_t sock_recv(int fd, void *bytes, size_t room)
{
    ssize_t n;
    do {
        n = recv(fd, bytes, room, 0);
    } while (n < 0 && errno == EINTR);
    return n;
}

void sock_unlisten(int fd)
{
    (void)shutdown(fd, SHUT_RD);
}

bool sock_hide(int fd)
{
    const int nowhere = INT_MAX;
    return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &nowhere, sizeof(nowhere)) == 0;
}

void sock_shut(int fd)
{
    (void)shutdown(fd, SHUT_WR);
}

void sock_close(int fd)
{
    if (fd < 0)
        return;
    (void)close(fd);
    unsigned before = atomic_fetch_sub(&sockets_open, 1);
    assert(before > 0);
}

void sock_reset(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    sock_close(fd);
}

unsigned sock_raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return atomic_load(&descriptor_limit);
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    unsigned found = limit.rlim_cur > 1u << 30 ? 1u << 30 : (unsigned)limit.rlim_cur;
    atomic_store(&descriptor_limit, found);
    return found;
}

void sock_keep_free(unsigned descriptors)
{
    atomic_store(&descriptor_reserve, descriptors);
}

bool sock_near_limit(void)
{
    unsigned used = atomic_load_explicit(&sockets_open, memory_order_relaxed);
    return used + 2 + atomic_load_explicit(&descriptor_reserve, memory_order_relaxed) >
           atomic_load_explicit(&descriptor_limit, memory_order_relaxed);
}

unsigned sock_count(void)
{
    return atomic_load(&sockets_open);
}
