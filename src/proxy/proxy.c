/* Control's handle on the data plane: opens the ports, makes the workers, passes requests on to
 * them. */
#include "proxy/proxy.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "net/sock.h"
#include "worker.h"

/* As many as proxy.workers may ask for. */
#define WORKERS_MAX 64

struct proxy {
    struct shared shared;
    struct worker *workers[WORKERS_MAX];
    unsigned count;
};

static void free_listeners(struct shared *shared)
{
    if (shared->listeners == NULL)
        return;
    for (unsigned i = 0; i < shared->listener_count; i++)
        sock_close(shared->listeners[i]);
    free(shared->listeners);
}

struct proxy *proxy_open(const struct config *config, struct err *err)
{
    struct proxy *proxy = calloc(1, sizeof *proxy);
    if (proxy == NULL)
        goto memory;
    struct shared *shared = &proxy->shared;
    shared->config = config_ref(config);
    atomic_init(&shared->next_id, 1);
    shared->gate = gate_new(config);
    shared->listeners = calloc(config->proxy.listen_count, sizeof *shared->listeners);
    if (shared->gate == NULL || shared->listeners == NULL)
        goto memory;
    for (unsigned i = 0; i < config->backend_count; i++) {
        struct addr addr;
        /* A literal address may be tried before the first check; a name has to be resolved first.
         */
        atomic_init(&shared->up[i], addr_parse(slice_of(config->backends[i].host), &addr));
    }
    for (unsigned i = 0; i < config->proxy.listen_count; i++) {
        int fd = sock_listen(&config->proxy.listen[i], err);
        if (fd < 0)
            goto fail;
        shared->listeners[shared->listener_count++] = fd;
    }
    return proxy;
memory:
    err_set(err, "out of memory");
fail:
    proxy_free(proxy);
    return NULL;
}

int proxy_start(struct proxy *proxy, struct mailbox *control, const struct proxy_mail_types *types,
                struct err *err)
{
    struct shared *shared = &proxy->shared;
    shared->control = control;
    shared->types = *types;
    assert(shared->config->proxy.workers <= WORKERS_MAX);
    for (unsigned i = 0; i < shared->config->proxy.workers; i++) {
        struct worker *worker = worker_new(shared, i);
        if (worker == NULL || worker_start(worker) != 0) {
            worker_free(worker);
            err_set(err, "cannot start worker %u", i);
            return -1;
        }
        proxy->workers[proxy->count++] = worker;
    }
    return 0;
}

unsigned proxy_workers(const struct proxy *proxy)
{
    return proxy->count;
}

void proxy_collect(struct proxy *proxy, uint64_t tick)
{
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_collect *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_COLLECT;
        mail->tick = tick;
        mail->posted = clock_mono();
        worker_post(proxy->workers[i], &mail->mail);
    }
}

void proxy_kill(struct proxy *proxy, uint64_t id, uint64_t token)
{
    struct kill_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return;
    unsigned missing = proxy->count;
    atomic_init(&job->left, proxy->count + 1); /* ours keeps the job alive until all are sent */
    job->id = id;
    job->token = token;
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_kill *mail = malloc(sizeof *mail);
        if (mail == NULL)
            break;
        mail->mail.type = WORKER_KILL;
        mail->job = job;
        worker_post(proxy->workers[i], &mail->mail);
        missing--;
    }
    /* For workers that could not be asked nobody else answers. */
    kill_looked(&proxy->shared, job, missing + 1);
}

bool proxy_block(struct proxy *proxy, const struct addr *addr, double seconds)
{
    if (!gate_block(proxy->shared.gate, addr, clock_mono(), seconds))
        return false;
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_kill_ip *mail = malloc(sizeof *mail);
        if (mail == NULL)
            break;
        mail->mail.type = WORKER_KILL_IP;
        mail->addr = *addr;
        worker_post(proxy->workers[i], &mail->mail);
    }
    return true;
}

bool proxy_unblock(struct proxy *proxy, const struct addr *addr)
{
    return gate_unblock(proxy->shared.gate, addr);
}

void proxy_backend_set(struct proxy *proxy, unsigned backend, bool up, const struct addr *addrs,
                       unsigned count)
{
    if (count > WORKER_ADDRS_MAX)
        count = WORKER_ADDRS_MAX;
    atomic_store(&proxy->shared.up[backend], up);
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_backend_news *mail = calloc(1, sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_BACKEND;
        mail->backend = backend;
        mail->up = up;
        mail->addr_count = count;
        for (unsigned a = 0; a < count; a++)
            mail->addrs[a] = addrs[a];
        worker_post(proxy->workers[i], &mail->mail);
    }
}

void proxy_drain(struct proxy *proxy, double seconds)
{
    /* Clients are refused from here on rather than left waiting in the kernel's queue. */
    for (unsigned i = 0; i < proxy->shared.listener_count; i++)
        sock_unlisten(proxy->shared.listeners[i]);
    for (unsigned i = 0; i < proxy->count; i++) {
        struct worker_drain *mail = malloc(sizeof *mail);
        if (mail == NULL)
            return;
        mail->mail.type = WORKER_DRAIN;
        mail->seconds = seconds;
        worker_post(proxy->workers[i], &mail->mail);
    }
}

void proxy_free(struct proxy *proxy)
{
    if (proxy == NULL)
        return;
    for (unsigned i = 0; i < proxy->count; i++)
        worker_free(proxy->workers[i]);
    free_listeners(&proxy->shared);
    gate_free(proxy->shared.gate);
    config_unref(proxy->shared.config);
    free(proxy);
}
