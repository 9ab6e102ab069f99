/*
 * The readers of the events socket: what a socket does not take at once waits in a backlog of that
 * reader, and only then is its socket watched for room.
 */
#include "readers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "net/local.h"
#include "net/sock.h"

/* Linux takes so much or nothing of it, so that even a reader that is dropped has whole lines. */
#define PIECE 16384
#define PAUSE_SECONDS 1.0 /* while the host has no descriptors or memory */

struct reader {
    struct reader *next;
    struct readers *all;
    struct ev_io io;
    struct str waiting; /* without memory while nothing waits */
    size_t sent;        /* of it */
    pid_t pid;          /* 0: unknown */
};

struct readers {
    struct ev_loop *loop;
    struct ledger *ledger;
    struct local local;
    struct ev_io accept;
    struct ev_timer pause;
    struct reader *list;
    unsigned count;
    uint64_t dropped;
    bool full_told; /* since there was a place last */
    void (*attached)(void *ctx);
    void *ctx;
};

static void reader_free(struct reader *reader)
{
    ev_io_stop(reader->all->loop, &reader->io);
    sock_close(reader->io.fd);
    str_free(&reader->waiting);
    free(reader);
}

static void leave(struct reader *reader)
{
    struct readers *all = reader->all;
    struct reader **at = &all->list;
    while (*at != reader)
        at = &(*at)->next;
    *at = reader->next;
    reader_free(reader);
    all->count--;
    all->full_told = false;
}

static void watch(struct reader *reader, int events)
{
    struct ev_loop *loop = reader->all->loop;
    if ((reader->io.events & (EV_READ | EV_WRITE)) == events && ev_is_active(&reader->io))
        return;
    ev_io_stop(loop, &reader->io);
    ev_io_set(&reader->io, reader->io.fd, events);
    ev_io_start(loop, &reader->io);
}

/* The lines at the front of `text` that fit into a piece; one that does not fit is a piece too. */
static struct slice first_piece(struct slice text)
{
    size_t len = text.len;
    if (len > PIECE) {
        for (len = PIECE; len > 0 && text.ptr[len - 1] != '\n'; len--)
            ;
        if (len == 0)
            len = slice_find(text, '\n') + 1;
    }
    return (struct slice){text.ptr, len < text.len ? len : text.len};
}

/* Sends what the socket takes; false when the reader is gone. */
static bool push(int fd, struct slice text, size_t *sent)
{
    *sent = 0;
    while (*sent < text.len) {
        struct slice piece = first_piece((struct slice){text.ptr + *sent, text.len - *sent});
        ssize_t n = sock_send(fd, piece.ptr, piece.len);
        if (n < 0)
            return errno == EAGAIN;
        *sent += (size_t)n;
    }
    return true;
}

/* False when the reader is gone. */
static bool push_waiting(struct reader *reader)
{
    size_t sent, left = reader->waiting.len - reader->sent;
    struct slice rest = {reader->waiting.ptr + reader->sent, left};
    if (!push(reader->io.fd, rest, &sent))
        return false;
    reader->sent += sent;
    if (sent == left) {
        str_free(&reader->waiting);
        reader->sent = 0;
        watch(reader, EV_READ);
    }
    return true;
}

/* False when there is no room or no memory. */
static bool keep(struct reader *reader, struct slice lines)
{
    struct str *waiting = &reader->waiting;
    size_t left = waiting->len - reader->sent;
    if (lines.len > READERS_BACKLOG - left)
        return false;
    if (reader->sent > 0) {
        memmove(waiting->ptr, waiting->ptr + reader->sent, left);
        str_shorten(waiting, left);
        reader->sent = 0;
    }
    str_add_slice(waiting, lines);
    watch(reader, EV_READ | EV_WRITE);
    return !waiting->cut;
}

static void drop(struct reader *reader)
{
    struct readers *all = reader->all;
    int64_t now = clock_wall_ms();
    all->dropped++;
    if (reader->pid > 0)
        ledger_event(all->ledger, EVENT_WARN, now,
                     "events.unix: the reader with pid %d was dropped, it reads too slowly",
                     (int)reader->pid);
    else
        ledger_event(all->ledger, EVENT_WARN, now,
                     "events.unix: a reader was dropped, it reads too slowly");
    leave(reader);
}

static void tell_one(struct reader *reader, struct slice lines)
{
    size_t sent = 0;
    if (reader->waiting.len == 0 && !push(reader->io.fd, lines, &sent)) {
        leave(reader);
        return;
    }
    if (sent < lines.len && !keep(reader, (struct slice){lines.ptr + sent, lines.len - sent}))
        drop(reader);
}

void readers_tell(struct readers *readers, struct slice lines)
{
    for (struct reader *at = readers->list, *next; at; at = next) {
        next = at->next;
        tell_one(at, lines);
    }
}

static void on_reader(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct reader *reader = io->data;
    char unread[4096];
    (void)loop;
    if (events & EV_READ) {
        ssize_t n = sock_recv(io->fd, unread, sizeof(unread));
        if (n == 0 || (n < 0 && errno != EAGAIN)) {
            leave(reader);
            return;
        }
    }
    if ((events & EV_WRITE) && !push_waiting(reader))
        leave(reader);
}

static pid_t pid_of(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 ? peer.pid : 0;
}

/* False: there is no place. */
static bool enter(struct readers *all, int fd)
{
    if (all->count >= READERS_MAX || sock_near_limit())
        return false;
    struct reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return false;
    reader->all = all;
    reader->pid = pid_of(fd);
    reader->next = all->list;
    str_growing(&reader->waiting);
    ev_io_init(&reader->io, on_reader, fd, EV_READ);
    reader->io.data = reader;
    ev_io_start(all->loop, &reader->io);
    all->list = reader;
    all->count++;
    all->attached(all->ctx);
    return true;
}

static void on_accept(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct readers *all = io->data;
    struct addr nobody;
    (void)events;
    int fd = sock_accept(io->fd, &nobody);
    if (fd >= 0) {
        if (enter(all, fd))
            return;
        sock_close(fd);
        if (!all->full_told)
            ledger_event(all->ledger, EVENT_WARN, clock_wall_ms(),
                         "events.unix: no place for one more reader beside %u", all->count);
        all->full_told = true;
    } else if (sock_is_our_fault(errno)) {
        ev_io_stop(loop, io);
        ev_timer_again(loop, &all->pause);
    }
}

static void on_pause_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct readers *all = timer->data;
    (void)events;
    ev_timer_stop(loop, timer);
    ev_io_start(loop, &all->accept);
}

struct readers *readers_open(struct ev_loop *loop, struct ledger *ledger, const char *path,
                             void (*attached)(void *ctx), void *ctx, struct err *err)
{
    struct readers *readers = calloc(1, sizeof(*readers));
    if (!readers) {
        err_set(err, "out of memory");
        return NULL;
    }
    if (local_listen(&readers->local, path, err) < 0) {
        free(readers);
        return NULL;
    }
    readers->loop = loop;
    readers->ledger = ledger;
    readers->attached = attached;
    readers->ctx = ctx;
    ev_timer_init(&readers->pause, on_pause_over, 0.0, PAUSE_SECONDS);
    ev_io_init(&readers->accept, on_accept, readers->local.fd, EV_READ);
    /* Before what comes in the same turn of the loop: who is in the queue hears of it. */
    ev_set_priority(&readers->accept, EV_MAXPRI);
    readers->pause.data = readers->accept.data = readers;
    ev_io_start(loop, &readers->accept);
    return readers;
}

void readers_free(struct readers *readers)
{
    if (!readers)
        return;
    while (readers->list) {
        struct reader *reader = readers->list;
        readers->list = reader->next;
        reader_free(reader);
    }
    ev_timer_stop(readers->loop, &readers->pause);
    ev_io_stop(readers->loop, &readers->accept);
    local_close(&readers->local);
    free(readers);
}

unsigned readers_count(const struct readers *readers)
{
    return readers->count;
}

uint64_t readers_dropped(const struct readers *readers)
{
    return readers->dropped;
}

const char *readers_path(const struct readers *readers)
{
    return readers->local.path;
}
