/* When the sets of listen.h are opened, handed over and closed. */
#include "ports.h"

#include <ev.h>
#include <stdlib.h>

#include "proxy/proxy.h"
#include "web/web.h"

/* Long enough for the last step of a handshake that had begun, on any path bots come by. */
#define GRACE_SECONDS 1.0

_Static_assert(LISTENERS_MAX <= PROXY_LISTENERS_MAX, "a set must fit the proxy");

struct ports {
    struct ev_loop *loop;
    struct proxy *proxy;
    struct web *web;
    struct listeners *now;
    struct listeners leaving;
    struct ev_timer grace; /* until workers let go of `leaving` */
    bool closing;          /* they have been told to */
    unsigned workers;
    unsigned awaited; /* answers of theirs, to everything they were told */
};

static void tell_workers(struct ports *ports, const struct listeners *leaving)
{
    int fds[LISTENERS_MAX];
    unsigned count = listeners_fds(ports->now, leaving, fds);
    ports->awaited += ports->workers;
    proxy_listen(ports->proxy, fds, count);
}

static void on_grace_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct ports *ports = timer->data;
    (void)events;
    ev_timer_stop(loop, timer);
    ports->closing = true;
    tell_workers(ports, NULL);
}

struct ports *ports_open(struct ev_loop *loop, const struct config *config,
                         const struct service_sockets *passed, struct err *err)
{
    static const struct listeners none = LISTENERS_NONE;
    struct ports *ports = calloc(1, sizeof(*ports));
    if (!ports) {
        err_set(err, "out of memory");
        return NULL;
    }
    ports->loop = loop;
    ports->workers = config->proxy.workers;
    ports->leaving = none;
    ev_timer_init(&ports->grace, on_grace_over, 0.0, GRACE_SECONDS);
    ports->grace.data = ports;
    ports->now = listeners_open(config, passed, err);
    if (!ports->now) {
        ports_free(ports);
        return NULL;
    }
    listeners_log(ports->now, NULL, config);
    return ports;
}

void ports_free(struct ports *ports)
{
    if (!ports)
        return;
    ev_timer_stop(ports->loop, &ports->grace);
    listeners_close(&ports->leaving);
    if (ports->now)
        listeners_close(ports->now);
    free(ports->now);
    free(ports);
}

const struct listeners *ports_now(const struct ports *ports)
{
    return ports->now;
}

void ports_serve(struct ports *ports, struct proxy *proxy, struct web *web)
{
    ports->proxy = proxy;
    ports->web = web;
    tell_workers(ports, NULL);
    web_listen(web, ports->now->web.fd);
}

int ports_change(struct ports *ports, const struct config *config, struct err *err)
{
    struct listeners *old = ports->now;
    struct listeners *next = listeners_next(old, &ports->leaving, config, err);
    if (!next)
        return -1;
    listeners_log(next, old, config);
    ports->now = next;
    /* First, so that the old one can be closed. */
    web_listen(ports->web, next->web.fd);
    if (listeners_leave(&ports->leaving, old, next)) {
        ports->closing = false;
        ev_timer_again(ports->loop, &ports->grace);
    }
    tell_workers(ports, ports->closing ? NULL : &ports->leaving);
    return 0;
}

void ports_listening(struct ports *ports)
{
    if (--ports->awaited > 0 || !ports->closing)
        return;
    ports->closing = false;
    listeners_close(&ports->leaving);
}

void ports_refuse(struct ports *ports)
{
    listeners_refuse(ports->now);
}
