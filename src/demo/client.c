/*
 * Client connections of the bots.
 */
#include "client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "net/sock.h"

#define READ_SIZE 16384
#define IN_MAX 1048576

static void on_io(struct ev_loop *loop, ev_io *io, int events);

void client_init(struct client *client, struct ev_loop *loop, void *ctx,
                 void (*on_input)(void *ctx), void (*on_closed)(void *ctx))
{
    *client = (struct client){
        .loop = loop, .fd = -1, .ctx = ctx, .on_input = on_input, .on_closed = on_closed};
    str_growing(&client->in);
    str_growing(&client->out);
    ev_init(&client->io, on_io);
    client->io.data = client;
}

bool client_is_open(const struct client *client)
{
    return client->fd >= 0;
}

static void arm(struct client *client)
{
    int wanted = EV_READ | (client->connecting || client->out.len > 0 ? EV_WRITE : 0);

    if (ev_is_active(&client->io) && (client->io.events & (EV_READ | EV_WRITE)) == wanted)
        return;
    ev_io_stop(client->loop, &client->io);
    ev_io_set(&client->io, client->fd, wanted);
    ev_io_start(client->loop, &client->io);
}

/* Binds the address and leaves the choice of the port to connect(2). */
static int bind_source(int fd, const struct addr *source)
{
    struct sockaddr_storage own;
    socklen_t len = addr_to_sockaddr(source, &own);
    int on = 1;

    if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0)
        return -1;
    return bind(fd, (struct sockaddr *)&own, len);
}

int client_dial(struct client *client, const struct addr *to, const struct addr *source)
{
    struct sockaddr_storage peer;
    socklen_t len = addr_to_sockaddr(to, &peer);
    int on = 1;
    int fd = socket(peer.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0 ||
        (source->family != 0 && bind_source(fd, source) < 0) ||
        (connect(fd, (struct sockaddr *)&peer, len) < 0 && errno != EINPROGRESS)) {
        int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    client->fd = fd;
    client->connecting = true;
    str_reset(&client->in);
    str_reset(&client->out);
    arm(client);
    return 0;
}

void client_close(struct client *client)
{
    if (client->fd < 0)
        return;
    ev_io_stop(client->loop, &client->io);
    close(client->fd);
    client->fd = -1;
}

void client_free(struct client *client)
{
    client_close(client);
    str_free(&client->in);
    str_free(&client->out);
}

void client_send(struct client *client, struct slice bytes)
{
    if (client->fd < 0)
        return;
    str_add_slice(&client->out, bytes);
    arm(client);
}

void client_used(struct client *client, size_t bytes)
{
    memmove(client->in.ptr, client->in.ptr + bytes, client->in.len - bytes);
    client->in.len -= bytes;
}

static void lost(struct client *client)
{
    client_close(client);
    client->on_closed(client->ctx);
}

/* False when the connection is over. */
static bool flush(struct client *client)
{
    ssize_t sent;

    if (client->connecting && sock_error(client->fd) != 0)
        return false;
    client->connecting = false;
    if (client->out.len == 0)
        return true;
    sent = sock_send(client->fd, client->out.ptr, client->out.len);
    if (sent < 0)
        return errno == EAGAIN;
    memmove(client->out.ptr, client->out.ptr + sent, client->out.len - (size_t)sent);
    client->out.len -= (size_t)sent;
    return true;
}

static void on_io(struct ev_loop *loop, ev_io *io, int events)
{
    struct client *client = io->data;
    char bytes[READ_SIZE];
    ssize_t got;

    (void)loop;
    if ((events & EV_WRITE) != 0 && !flush(client)) {
        lost(client);
        return;
    }
    if ((events & EV_READ) != 0) {
        got = sock_recv(client->fd, bytes, sizeof bytes);
        if (got == 0 || (got < 0 && errno != EAGAIN) || client->in.len > IN_MAX) {
            lost(client);
            return;
        }
        if (got > 0) {
            str_add(&client->in, bytes, (size_t)got);
            client->on_input(client->ctx);
        }
    }
    if (client->fd >= 0)
        arm(client);
}
