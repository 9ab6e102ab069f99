/*
 * Standard input and output without waiting for them, and without a change of flags that whoever
 * shares them would notice: terminals and pipes are opened anew through /proc, sockets are told
 * with every call, files never wait. Where a terminal or pipe cannot be opened anew, poll() goes
 * first and little is moved at a time; only then a call may hold up the thread. UI thread.
 */
#ifndef TUI_PLAIN_IO_H
#define TUI_PLAIN_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum plain_kind {
    PLAIN_OWN,    /* a non-blocking description of our own */
    PLAIN_SOCKET, /* shared; MSG_DONTWAIT */
    PLAIN_SHARED  /* shared; asked by poll() before every call */
};

struct plain_end {
    int fd; /* ours to close; -1: closed */
    enum plain_kind kind;
};

/* Takes standard input or output (`writing`). False with errno when not even a duplicate can be
 * made. */
bool plain_end_open(struct plain_end *end, int fd, bool writing);
void plain_end_close(struct plain_end *end);

/* As read(2) and write(2), but -1 with EAGAIN instead of waiting. Never SIGPIPE for sockets. */
ssize_t plain_end_read(const struct plain_end *end, char *bytes, size_t size);
ssize_t plain_end_write(const struct plain_end *end, const char *bytes, size_t len);

#endif
