/*
 * O_NONBLOCK belongs to the open file description, which a shell shares with its children: it is
 * never set on one that was inherited.
 */
#include "tui/plain_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ONCE 4096 /* a pipe that is ready takes so much without waiting (PIPE_BUF) */

bool plain_end_open(struct plain_end *end, int fd, bool writing)
{
    struct stat stat;
    char path[32];
    int how = (writing ? O_WRONLY : O_RDONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    *end = (struct plain_end){.fd = -1, .kind = PLAIN_OWN};
    bool known = fstat(fd, &stat) == 0;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    /* Not files: a description of our own would begin at their start. */
    if (known && (S_ISFIFO(stat.st_mode) || isatty(fd)))
        end->fd = open(path, how);
    if (end->fd >= 0)
        return true;
    end->kind = known && S_ISSOCK(stat.st_mode) ? PLAIN_SOCKET : PLAIN_SHARED;
    end->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return end->fd >= 0;
}

void plain_end_close(struct plain_end *end)
{
    if (end->fd >= 0)
        close(end->fd);
    end->fd = -1;
}

/* False with EAGAIN when a call might have to wait. */
static bool may_go(const struct plain_end *end, short event)
{
    struct pollfd poll_fd = {.fd = end->fd, .events = event};
    if (end->kind != PLAIN_SHARED || poll(&poll_fd, 1, 0) == 1)
        return true;
    errno = EAGAIN;
    return false;
}

ssize_t plain_end_read(const struct plain_end *end, char *bytes, size_t size)
{
    if (!may_go(end, POLLIN))
        return -1;
    if (end->kind == PLAIN_SOCKET)
        return recv(end->fd, bytes, size, MSG_DONTWAIT);
    return read(end->fd, bytes, size);
}

ssize_t plain_end_write(const struct plain_end *end, const char *bytes, size_t len)
{
    if (!may_go(end, POLLOUT))
        return -1;
    if (end->kind == PLAIN_SOCKET)
        return send(end->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    return write(end->fd, bytes, end->kind == PLAIN_SHARED && len > ONCE ? ONCE : len);
}
