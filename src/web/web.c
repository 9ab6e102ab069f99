/*
 * The web port: accepting, what its connections share, opening and closing.
 */
#include "web/web.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/sock.h"
#include "web/response.h"
#include "web/client.h"
#include "web/port.h"
#include "web/stream.h"

#define ACCEPTS_PER_TURN 16
#define ACCEPTS_AT_LAST PORT_CLIENTS_MAX /* more than that would be refused anyway */
#define PAUSE_SECONDS 1.0

/* Said without looking at the request: one small answer fits into any fresh socket. */
static void refuse_crowd(int fd)
{
    char memory[2048];
    struct str out;
    struct response response = {
        .status = 503, .type = RESPONSE_JSON, .retry_after = 1, .close = true};
    str_fixed(&out, memory, sizeof(memory));
    response_error(&out, &response, "Too many connections to the web port.");
    (void)sock_send(fd, out.ptr, out.len);
    sock_shut(fd);
    sock_close(fd);
}

static bool host_is_full(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void accept_some(struct web *web, unsigned most)
{
    for (unsigned i = 0; i < most; i++) {
        struct addr peer;
        int fd = sock_accept(web->listener, &peer);
        if (fd < 0) {
            if (host_is_full(errno)) {
                log_warn("web: out of descriptors or memory, accepting again in a second");
                ev_io_stop(web->loop, &web->accept);
                ev_timer_again(web->loop, &web->pause);
            }
            return;
        }
        if (web->client_count >= PORT_CLIENTS_MAX)
            refuse_crowd(fd);
        else
            client_open(web, fd, &peer);
    }
}

static void on_accept(struct ev_loop *loop, struct ev_io *io, int events)
{
    (void)loop;
    (void)events;
    accept_some(io->data, ACCEPTS_PER_TURN);
}

static void start_accepting(struct web *web)
{
    ev_timer_stop(web->loop, &web->pause);
    if (web->listener < 0)
        return;
    ev_io_set(&web->accept, web->listener, EV_READ);
    ev_io_start(web->loop, &web->accept);
}

static void on_pause_over(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    start_accepting(timer->data);
}

struct web *web_open(struct ev_loop *loop, const struct config *config, struct snap_hub *hub,
                     struct command_desk *desk)
{
    struct web *web = calloc(1, sizeof(*web));
    if (!web)
        return NULL;
    web->loop = loop;
    web->hub = hub;
    web->desk = desk;
    web->listener = -1;
    web->check_at = -PORT_CHECK_EVERY;
    ev_init(&web->pause, on_pause_over);
    web->pause.repeat = PAUSE_SECONDS;
    web->pause.data = web;
    stream_init(web);
    ev_init(&web->accept, on_accept);
    web->accept.data = web;
    web->config = config_ref(config);
    return web;
}

void web_listen(struct web *web, int fd)
{
    if (fd == web->listener)
        return;
    if (web->listener >= 0)
        accept_some(web, ACCEPTS_AT_LAST);
    ev_io_stop(web->loop, &web->accept);
    web->listener = fd;
    start_accepting(web);
}

static bool same_tokens(const struct config *a, const struct config *b)
{
    if (a->web.token_count != b->web.token_count)
        return false;
    for (unsigned i = 0; i < a->web.token_count; i++)
        if (strcmp(a->web.tokens[i], b->web.tokens[i]) != 0)
            return false;
    return true;
}

void web_apply(struct web *web, const struct config *config)
{
    const struct config *old = web->config;
    bool same_password = strcmp(old->web.password, config->web.password) == 0;
    web->config = config_ref(config);
    /* Whoever logged in with the password from before does so again. */
    if (!same_password)
        login_end_all(&web->guard.logins);
    if (!same_password || !same_tokens(old, config))
        stream_end_all(web);
    config_unref(old);
}

void web_published(struct web *web)
{
    stream_publish(web);
}

void web_free(struct web *web)
{
    if (!web)
        return;
    ev_io_stop(web->loop, &web->accept);
    ev_timer_stop(web->loop, &web->pause);
    ev_timer_stop(web->loop, &web->turn);
    while (web->clients)
        client_end(web->clients);
    if (web->check)
        web->check->web = NULL;
    config_unref(web->config);
    free(web);
}

struct port_held *port_hold(struct web *web)
{
    const struct snap *snap = snap_get(web->hub);
    struct port_held *place = NULL;
    if (!snap)
        return NULL;
    for (unsigned i = 0; i < PORT_SNAPS_MAX; i++) {
        struct port_held *held = &web->held[i];
        if (held->snap == snap) {
            held->users++;
            snap_put(snap);
            return held;
        }
        if (!held->snap)
            place = held;
    }
    if (!place) {
        snap_put(snap);
        return NULL;
    }
    place->snap = snap;
    place->users = 1;
    return place;
}

void port_release(struct port_held *held)
{
    if (!held || --held->users > 0)
        return;
    snap_put(held->snap);
    held->snap = NULL;
}
