/*
 * The demo: two nodes and the bots on one loop in one thread.
 */
#include "demo/demo.h"

#include <assert.h>
#include <ev.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bots.h"
#include "demo/node.h"

struct demo {
    struct ev_loop *loop;
    struct node *nodes[2]; /* version 3, version 4 */
    struct bot *bots[BOTS_COUNT];
    ev_async stop;
    pthread_t thread;
    bool running;
    char password[256]; /* the proxy's */
};

static void on_stop(struct ev_loop *loop, ev_async *async, int events)
{
    (void)async;
    (void)events;
    ev_break(loop, EVBREAK_ALL);
}

/* About what people see of nodes whose sources are far away. */
static const struct node_pace lifelike = {.search = {0.08, 0.70},
                                          .patch = {0.004, 0.03},
                                          .voice = {0.10, 0.40},
                                          .start = {0.15, 0.90},
                                          .late_in = 25,
                                          .mishap_in = 20};

struct demo *demo_open(struct err *err)
{
    struct demo *demo = calloc(1, sizeof *demo);
    struct node_options options;

    if (demo == NULL) {
        err_set(err, "out of memory");
        return NULL;
    }
    demo->loop = ev_loop_new(EVFLAG_AUTO);
    if (demo->loop == NULL) {
        err_set(err, "no event loop for the demo");
        goto fail;
    }
    ev_async_init(&demo->stop, on_stop);
    ev_async_start(demo->loop, &demo->stop);
    for (unsigned i = 0; i < 2; i++) {
        node_defaults(&options);
        options.version = 3 + i;
        options.password = demo_node_password();
        options.pace = lifelike;
        demo->nodes[i] = node_new(demo->loop, &options, err);
        if (demo->nodes[i] == NULL)
            goto fail;
    }
    return demo;

fail:
    demo_free(demo);
    return NULL;
}

unsigned short demo_node_port(const struct demo *demo, unsigned version)
{
    assert(version == 3 || version == 4);
    return node_port(demo->nodes[version - 3]);
}

const char *demo_node_password(void)
{
    return "youshallnotpass";
}

static void *run(void *arg)
{
    struct demo *demo = arg;

    ev_run(demo->loop, 0);
    return NULL;
}

/* Bots of this host reach a wildcard address over loopback. */
static struct addr reachable(const struct addr *proxy)
{
    static const uint8_t any[16];
    struct addr to = *proxy;

    if (memcmp(to.bytes, any, sizeof any) == 0)
        to.bytes[to.family == 4 ? 0 : 15] = to.family == 4 ? 127 : 1;
    if (to.family == 4 && to.bytes[0] == 127 && memcmp(proxy->bytes, any, sizeof any) == 0)
        to.bytes[3] = 1;
    return to;
}

int demo_start(struct demo *demo, const struct addr *proxy, const char *password, struct err *err)
{
    struct addr to = reachable(proxy);
    sigset_t all, before;
    uint64_t seed;
    int failed;

    assert(!demo->running);
    if (strlen(password) >= sizeof demo->password) {
        err_set(err, "the password is too long for the demo");
        return -1;
    }
    memcpy(demo->password, password, strlen(password) + 1);
    hash_random(&seed, sizeof seed);
    if (bots_start(demo->bots, demo->loop, &to, demo->password, seed) < 0) {
        err_set(err, "out of memory");
        return -1;
    }
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&demo->thread, NULL, run, demo);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        err_set(err, "no thread for the demo: %s", strerror(failed));
        bots_free(demo->bots);
        return -1;
    }
    demo->running = true;
    return 0;
}

void demo_free(struct demo *demo)
{
    if (demo == NULL)
        return;
    if (demo->running) {
        ev_async_send(demo->loop, &demo->stop);
        pthread_join(demo->thread, NULL);
        bots_free(demo->bots);
    }
    for (unsigned i = 0; i < 2; i++)
        node_free(demo->nodes[i]);
    if (demo->loop != NULL) {
        ev_async_stop(demo->loop, &demo->stop);
        ev_loop_destroy(demo->loop);
    }
    free(demo);
}
