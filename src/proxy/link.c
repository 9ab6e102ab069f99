/* Owns the sockets to backends and the pool of idle ones. */
#include "link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "net/sock.h"
#include "worker.h"

/* Undertow ends idle connections after 60 s; ours go first, so that a request never meets that
 * close half way. */
#define IDLE_SECONDS_MAX 45.0
#define IDLE_LINKS_MAX 256 /* per worker and backend */
#define FREE_LINKS_MAX 256

static void link_on_io(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct link *link = io->data;
    (void)loop;
    if (link->conn != NULL)
        conn_on_link(link->conn, events);
    else
        link_close(link); /* an idle one that says anything, even goodbye, is of no more use */
}

static struct link *link_new(struct worker *worker, unsigned backend, int fd)
{
    struct link *link = worker->free_links;
    if (link != NULL) {
        worker->free_links = link->next;
        worker->free_link_count--;
    } else {
        link = malloc(sizeof *link);
        if (link == NULL)
            return NULL;
    }
    memset(link, 0, sizeof *link);
    link->worker = worker;
    link->backend = backend;
    link->generation = worker->backends[backend].generation;
    link->side.fd = fd;
    ev_io_init(&link->side.io, link_on_io, fd, 0);
    link->side.io.data = link;
    return link;
}

struct link *link_dial(struct worker *worker, unsigned backend, const struct addr *to,
                       struct conn *conn)
{
    int fd = sock_dial(to);
    if (fd < 0)
        return NULL;
    struct link *link = link_new(worker, backend, fd);
    if (link == NULL) {
        sock_close(fd);
        return NULL;
    }
    link->conn = conn;
    link->connecting = true;
    return link;
}

static void idle_remove(struct link *link)
{
    struct worker_backend *backend = &link->worker->backends[link->backend];
    if (link->prev != NULL)
        link->prev->next = link->next;
    else
        backend->idle = link->next;
    if (link->next != NULL)
        link->next->prev = link->prev;
    link->next = link->prev = NULL;
    backend->idle_count--;
}

struct link *link_take(struct worker *worker, unsigned backend, double max_idle, struct conn *conn)
{
    struct link *link = worker->backends[backend].idle;
    if (link == NULL || link->idle_since + max_idle < worker->now)
        return NULL;
    idle_remove(link);
    link->conn = conn;
    link->reused = true;
    return link;
}

void link_keep(struct link *link)
{
    struct worker *worker = link->worker;
    struct worker_backend *backend = &worker->backends[link->backend];
    assert(link->side.out.len == 0 && link->in == NULL);
    bool gone = !fleet_has(worker->fleet, link->backend) || link->generation != backend->generation;
    if (backend->idle_count >= IDLE_LINKS_MAX || worker->draining || gone) {
        link_close(link);
        return;
    }
    link->conn = NULL;
    link->side.paused = false;
    link->idle_since = worker->now;
    link->prev = NULL;
    link->next = backend->idle;
    if (backend->idle != NULL)
        backend->idle->prev = link;
    backend->idle = link;
    backend->idle_count++;
    side_watch(worker, &link->side, EV_READ);
}

void link_close(struct link *link)
{
    if (link == NULL)
        return;
    struct worker *worker = link->worker;
    if (link->conn == NULL)
        idle_remove(link);
    ev_io_stop(worker->loop, &link->side.io);
    sock_close(link->side.fd);
    link->side.fd = -1;
    backlog_clear(&link->side.out, &worker->blocks);
    block_free(&worker->blocks, link->in);
    link->in = NULL;
    link->conn = NULL;
    if (worker->free_link_count == FREE_LINKS_MAX) {
        free(link);
        return;
    }
    link->next = worker->free_links;
    worker->free_links = link;
    worker->free_link_count++;
}

void link_expire_slot(struct worker *worker, unsigned slot, double seconds)
{
    double oldest = worker->now - seconds;
    for (struct link *link = worker->backends[slot].idle, *next; link != NULL; link = next) {
        next = link->next;
        if (seconds <= 0 || link->idle_since < oldest)
            link_close(link);
    }
}

void link_expire(struct worker *worker, bool all)
{
    for (unsigned slot = 0; slot < FLEET_MAX; slot++)
        link_expire_slot(worker, slot, all ? 0 : IDLE_SECONDS_MAX);
}

void side_watch(struct worker *worker, struct side *side, int events)
{
    if (ev_is_active(&side->io) && (side->io.events & (EV_READ | EV_WRITE)) == events)
        return;
    ev_io_stop(worker->loop, &side->io);
    if (events == 0)
        return;
    ev_io_modify(&side->io, events);
    ev_io_start(worker->loop, &side->io);
}
