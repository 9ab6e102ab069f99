/* Which socket stays, which comes, which goes. */
#include "listen.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "net/sock.h"

static struct listeners *make_set(struct err *err)
{
    static const struct listeners none = LISTENERS_NONE;
    struct listeners *set = malloc(sizeof(*set));
    if (set)
        *set = none;
    else
        err_set(err, "out of memory");
    return set;
}

/* A place for one more proxy port, or NULL with err. */
static struct listener *place(struct listeners *set, struct err *err)
{
    if (set->count < LISTENERS_MAX)
        return &set->proxy[set->count];
    err_set(err, "more than %d proxy ports", LISTENERS_MAX);
    return NULL;
}

static bool has_fd(const struct listeners *set, int fd)
{
    for (unsigned i = 0; set && i < set->count; i++)
        if (set->proxy[i].fd == fd)
            return true;
    return set && set->web.fd == fd;
}

/* The socket of ours that listens on `addr`, whatever it did so far. */
static const struct listener *find(const struct listeners *set, const struct addr *addr)
{
    for (unsigned i = 0; set && i < set->count; i++)
        if (!set->proxy[i].inherited && addr_equal(&set->proxy[i].addr, addr))
            return &set->proxy[i];
    if (set && set->web.fd >= 0 && !set->web.inherited && addr_equal(&set->web.addr, addr))
        return &set->web;
    return NULL;
}

static bool proxy_is_inherited(const struct listeners *set)
{
    return set && set->count > 0 && set->proxy[0].inherited;
}

/* Our own sockets, which a new one may have to share a port with for a moment. */
static unsigned own_fds(const struct listeners *set, int *fds)
{
    unsigned count = 0;

    for (unsigned i = 0; set && i < set->count; i++)
        if (!set->proxy[i].inherited)
            fds[count++] = set->proxy[i].fd;
    if (set && set->web.fd >= 0 && !set->web.inherited)
        fds[count++] = set->web.fd;
    return count;
}

/* What was there before; both NULL at the start. */
struct before {
    const struct listeners *old, *leaving;
};

/* Kept or opened; -1 with err. */
static int open_one(struct listener *listener, const struct addr *addr, const struct before *before,
                    struct err *err)
{
    const struct listener *kept = find(before->old, addr);
    if (kept) {
        *listener = *kept;
        return 0;
    }
    int beside[2 * (LISTENERS_MAX + 1)];
    unsigned count = own_fds(before->old, beside);
    count += own_fds(before->leaving, beside + count);
    *listener = (struct listener){.addr = *addr};
    listener->fd = sock_listen_beside(addr, beside, count, err);
    return listener->fd < 0 ? -1 : 0;
}

/* Opens what `set` does not have yet; -1 with err. */
static int complete(struct listeners *set, const struct config *config, const struct before *before,
                    struct err *err)
{
    if (!proxy_is_inherited(set)) {
        for (unsigned i = 0; i < config->proxy.listen_count; i++) {
            struct listener *listener = place(set, err);
            if (!listener || open_one(listener, &config->proxy.listen[i], before, err) < 0)
                return -1;
            set->count++;
        }
    }
    if (set->web.inherited || config->web.listen.family == 0)
        return 0;
    return open_one(&set->web, &config->web.listen, before, err);
}

static bool is_for_web(const struct service_socket *socket, const struct addr *addr,
                       const struct config *config)
{
    if (strcmp(socket->name, "web") == 0)
        return true;
    return strcmp(socket->name, "proxy") != 0 && addr_equal(addr, &config->web.listen);
}

static int adopt(struct listeners *set, const struct service_socket *socket,
                 const struct config *config, struct err *err)
{
    struct listener listener = {.fd = socket->fd, .inherited = true}, *at;
    struct err why;

    if (sock_adopt_listener(socket->fd, &listener.addr, &why) < 0) {
        err_set(err, "the socket '%s' passed by the service manager is of no use: %s", socket->name,
                why.text);
        return -1;
    }
    if (!is_for_web(socket, &listener.addr, config)) {
        at = place(set, err);
        set->count += at ? 1 : 0;
    } else {
        at = set->web.fd < 0 ? &set->web : NULL;
        if (!at)
            err_set(err, "the service manager passed two sockets for the web port, which has one");
    }
    if (!at) {
        sock_close(listener.fd);
        return -1;
    }
    *at = listener;
    return 0;
}

struct listeners *listeners_open(const struct config *config, const struct service_sockets *passed,
                                 struct err *err)
{
    struct listeners *set = make_set(err);
    if (!set)
        return NULL;
    for (unsigned i = 0; i < passed->count; i++)
        if (adopt(set, &passed->list[i], config, err) < 0)
            goto fail;
    if (complete(set, config, &(struct before){.old = NULL}, err) < 0)
        goto fail;
    return set;
fail:
    listeners_close(set);
    free(set);
    return NULL;
}

struct listeners *listeners_next(const struct listeners *old, const struct listeners *leaving,
                                 const struct config *config, struct err *err)
{
    const struct before before = {.old = old, .leaving = leaving};
    struct listeners *set = NULL;

    if (old->count + leaving->count > LISTENERS_MAX)
        err_set(err, "the last change of the ports is not through yet");
    else
        set = make_set(err);
    if (!set)
        return NULL;
    if (proxy_is_inherited(old)) {
        memcpy(set->proxy, old->proxy, sizeof(set->proxy));
        set->count = old->count;
    }
    if (old->web.inherited)
        set->web = old->web;
    if (complete(set, config, &before, err) == 0)
        return set;
    for (unsigned i = 0; i < set->count; i++)
        if (!has_fd(old, set->proxy[i].fd))
            sock_close(set->proxy[i].fd);
    /* The web port is opened last: it is an old one, or none. */
    free(set);
    return NULL;
}

bool listeners_leave(struct listeners *leaving, struct listeners *old, const struct listeners *now)
{
    unsigned before = leaving->count;

    for (unsigned i = 0; i < old->count; i++) {
        if (has_fd(now, old->proxy[i].fd))
            continue;
        /* Where the kernel does not hide it, clients that connect at the end are cut off. */
        (void)sock_hide(old->proxy[i].fd);
        leaving->proxy[leaving->count++] = old->proxy[i];
    }
    if (!has_fd(now, old->web.fd))
        sock_close(old->web.fd);
    free(old);
    return leaving->count > before;
}

void listeners_close(struct listeners *set)
{
    static const struct listeners none = LISTENERS_NONE;
    for (unsigned i = 0; i < set->count; i++)
        sock_close(set->proxy[i].fd);
    sock_close(set->web.fd);
    *set = none;
}

unsigned listeners_fds(const struct listeners *now, const struct listeners *leaving,
                       int fds[LISTENERS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < now->count; i++)
        fds[count++] = now->proxy[i].fd;
    for (unsigned i = 0; leaving && i < leaving->count && count < LISTENERS_MAX; i++)
        if (!has_fd(now, leaving->proxy[i].fd))
            fds[count++] = leaving->proxy[i].fd;
    return count;
}

void listeners_refuse(const struct listeners *set)
{
    for (unsigned i = 0; i < set->count; i++)
        if (!set->proxy[i].inherited)
            sock_unlisten(set->proxy[i].fd);
}

static bool same_proxy(const struct listeners *set, const struct config *config)
{
    if (set->count != config->proxy.listen_count)
        return false;
    for (unsigned i = 0; i < set->count; i++) {
        unsigned k = 0;
        while (k < config->proxy.listen_count &&
               !addr_equal(&set->proxy[i].addr, &config->proxy.listen[k]))
            k++;
        if (k == config->proxy.listen_count)
            return false;
    }
    return true;
}

static void log_one(const struct listener *listener, const char *what)
{
    char name[ADDR_TEXT_MAX];
    log_info("%s %s%s", what, addr_text(name, &listener->addr, true),
             listener->inherited ? ", a socket of the service manager's" : "");
}

void listeners_log(const struct listeners *set, const struct listeners *old,
                   const struct config *config)
{
    for (unsigned i = 0; i < set->count; i++)
        if (!has_fd(old, set->proxy[i].fd))
            log_one(&set->proxy[i], "listening on");
    if (set->web.fd >= 0 && !has_fd(old, set->web.fd))
        log_one(&set->web, "web port on");
    if (proxy_is_inherited(set) && !same_proxy(set, config))
        log_info("proxy.listen is left aside: the service manager decides where we listen");
    if (set->web.inherited && !addr_equal(&set->web.addr, &config->web.listen))
        log_info("web.listen is left aside: the service manager decides where the web port is");
}

void listeners_text(const struct listeners *set, char *out, size_t size)
{
    char name[ADDR_TEXT_MAX];
    struct str text;
    str_fixed(&text, out, size);
    for (unsigned i = 0; i < set->count; i++) {
        if (i > 0)
            str_add_char(&text, ' ');
        str_add_text(&text, addr_text(name, &set->proxy[i].addr, true));
    }
}
