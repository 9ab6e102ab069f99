/* Owns the memory of connections and links that ended: a worker keeps some for the next ones. */
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "worker.h"

#define FREE_CONNS_MAX 256

struct conn *conn_new(struct worker *worker)
{
    struct conn *c = worker->free_conns;
    if (c != NULL) {
        worker->free_conns = c->next;
        worker->free_conn_count--;
    } else {
        c = malloc(sizeof *c);
    }
    if (c != NULL)
        memset(c, 0, sizeof *c);
    return c;
}

void worker_recycle(struct worker *worker, struct conn *c)
{
    if (worker->free_conn_count == FREE_CONNS_MAX) {
        free(c);
        return;
    }
    c->next = worker->free_conns;
    worker->free_conns = c;
    worker->free_conn_count++;
}

void worker_forget(struct worker *worker)
{
    struct conn *lists[] = {worker->free_conns, worker->dead_conns};
    for (unsigned i = 0; i < 2; i++) {
        for (struct conn *c = lists[i], *next; c != NULL; c = next) {
            next = c->next;
            free(c);
        }
    }
    worker->free_conns = worker->dead_conns = NULL;
    for (struct link *link = worker->free_links, *next; link != NULL; link = next) {
        next = link->next;
        free(link);
    }
    worker->free_links = NULL;
    watch_forget(worker);
}
