/*
 * Sockets: every descriptor is non-blocking and close-on-exec from the creating call. Functions
 * return a descriptor or 0, or -1 with errno set. The count of open sockets is kept for the accept
 * reserve. Any thread.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "base/err.h"
#include "net/addr.h"

/* A listening TCP socket; TCP_NODELAY and keepalive (15 s, 5 s, 3 tries) are set here since Linux
 * hands them on to accepted sockets, which saves a system call each. SO_REUSEADDR; IPV6_V6ONLY. -1
 * with err. */
int sock_listen(const struct addr *addr, struct err *err);

/* The same where listeners of ours (`beside`, `count` of them) may hold the port on an overlapping
 * address, such as 127.0.0.1:6923 when 0.0.0.0:6923 is wanted: for the moment of the bind all of
 * them have SO_REUSEPORT, which Linux also takes on a socket that listens. Until the older one is
 * hidden or closed, the more exact address gets the connections. */
int sock_listen_beside(const struct addr *addr, const int *beside, unsigned count, struct err *err);

/* Takes over a listening TCP socket that someone else opened, with the options of sock_listen, and
 * says its address. The fd is then ours to close. -1 with err: it is none, and stays the caller's.
 */
int sock_adopt_listener(int fd, struct addr *addr, struct err *err);

/* A stream socket for names in the file system (net/local.h), without one yet. */
int sock_local(void);

/* Accepts one (accept4); the peer of one that is no TCP socket has family 0. -1: errno EAGAIN when
 * there is none, EMFILE/ENFILE/ENOBUFS/ENOMEM when the host is full. */
int sock_accept(int listener, struct addr *peer);

/* Starts a connect with TCP_NODELAY and keepalive. Returns the fd (connected or in progress), or -1
 * with errno. */
int sock_dial(const struct addr *to);

/* A peer that acknowledges nothing of what was sent, or takes nothing, for 30 s is gone: the next
 * call fails with ETIMEDOUT. Keepalive does not see this, since it looks at silent sockets only. */
void sock_expect_peer(int fd);

/* Whether a failed connect says nothing about the other end: our own descriptors, ports or memory
 * have run out. */
bool sock_is_our_fault(int error);

/* The outcome of a connect once the fd is writable: 0 or an errno. */
int sock_error(int fd);

/* send(MSG_NOSIGNAL) / recv / writev equivalents: bytes moved, 0 at EOF (recv), -1 with errno
 * (EAGAIN included). EINTR is retried. */
ssize_t sock_send(int fd, const void *bytes, size_t len);
ssize_t sock_sendv(int fd, const struct iovec *parts, int count);
ssize_t sock_recv(int fd, void *bytes, size_t room);

/* Stops listening: who is in the queue or comes later is refused. The fd stays open. */
void sock_unlisten(int fd);

/* Hides a listening socket from new clients, for good: they find another listener on an overlapping
 * address, or are refused. Who has begun to connect still gets into the queue, which sock_unlisten
 * and sock_close would cut off; so hide, wait a little, accept the rest, close. (The socket is
 * bound to an interface that does not exist; only the search for a listener looks at that.) False
 * where the kernel does not let us. */
bool sock_hide(int fd);

void sock_shut(int fd);  /* SHUT_WR; errors do not matter */
void sock_close(int fd); /* -1 is harmless */
void sock_reset(int fd); /* closes with a TCP reset (SO_LINGER 0) */

/* Raises the soft descriptor limit to the hard one. Main thread, at start. Returns the limit. */
unsigned sock_raise_limit(void);
/* How many descriptors to keep for everything that sock_count does not count (loops, log, standard
 * streams) and for backends, health and web; 24 unless told. */
void sock_keep_free(unsigned descriptors);
/* Whether a further pair of sockets would eat into the reserve kept for backends, health checks and
 * the web. */
bool sock_near_limit(void);
/* Sockets open now that these functions made. */
unsigned sock_count(void);

#endif
