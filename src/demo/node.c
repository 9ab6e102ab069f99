/*
 * A node: its listener, what its connections share, and its end.
 */
#include "demo/node.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "frames.h"
#include "inside.h"
#include "net/sock.h"
#include "peer.h"
#include "reqlog.h"
#include "session.h"
#include "track.h"

#define ACCEPTS_PER_TURN 64
#define ACCEPT_REST 0.1

static const char *const fail_names[NODE_FAIL_COUNT] = {
    [NODE_FAIL_NONE] = "none",
    [NODE_FAIL_SILENT] = "silent",
    [NODE_FAIL_CLOSE] = "close",
    [NODE_FAIL_RESET] = "reset",
    [NODE_FAIL_GARBAGE] = "garbage",
    [NODE_FAIL_LENGTHS] = "lengths",
    [NODE_FAIL_SMUGGLE] = "smuggle",
    [NODE_FAIL_CHUNK] = "chunk",
    [NODE_FAIL_CUT] = "cut",
    [NODE_FAIL_EXTRA] = "extra",
    [NODE_FAIL_UNASKED101] = "unasked101",
    [NODE_FAIL_INTERIM] = "interim",
    [NODE_FAIL_BIGHEAD] = "bighead",
    [NODE_FAIL_REFUSEWS] = "refusews",
};

bool node_fail_parse(struct slice name, enum node_fail *fail)
{
    for (unsigned i = 0; i < NODE_FAIL_COUNT; i++) {
        if (slice_equal(name, slice_of(fail_names[i]))) {
            *fail = (enum node_fail)i;
            return true;
        }
    }
    return false;
}

const char *node_semver(const struct node *node)
{
    return node->options.version == 3 ? "3.7.13" : "4.0.8";
}

void node_defaults(struct node_options *options)
{
    *options = (struct node_options){.version = 4,
                                     .listen = {.family = 4, .bytes = {127, 0, 0, 1}},
                                     .password = "youshallnotpass",
                                     .stats_interval = 60,
                                     .player_update = 5,
                                     .idle = 60};
    hash_random(&options->seed, sizeof options->seed);
}

static void on_rested(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct node *node = timer->data;

    (void)events;
    ev_io_start(loop, &node->accepting);
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
    struct node *node = io->data;

    (void)events;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct addr from;
        int fd = sock_accept(node->listener, &from);

        if (fd >= 0) {
            peer_open(node, fd);
            continue;
        }
        if (errno != EAGAIN && errno != ECONNABORTED) {
            ev_io_stop(loop, io);
            ev_timer_set(&node->rest, ACCEPT_REST, 0.);
            ev_timer_start(loop, &node->rest);
        }
        return;
    }
}

static void reap(struct node *node)
{
    while (node->dead != NULL) {
        struct peer *peer = node->dead;
        node->dead = peer->next;
        peer_free(peer);
    }
}

static void on_reap(struct ev_loop *loop, ev_prepare *prepare, int events)
{
    (void)loop;
    (void)events;
    reap(prepare->data);
}

/* The bulk frame: its bytes are pseudo-random, so that compression and luck do not help. */
static int make_bulk(struct node *node)
{
    struct ws_header header = {.opcode = WS_BINARY, .fin = true, .length = NODE_BULK_PAYLOAD};
    uint64_t state = node->options.seed;

    node->bulk = malloc(WS_HEADER_MAX + NODE_BULK_PAYLOAD);
    if (node->bulk == NULL)
        return -1;
    node->bulk_size = ws_encode(node->bulk, &header) + NODE_BULK_PAYLOAD;
    for (size_t i = header.size; i < node->bulk_size; i++)
        node->bulk[i] = (uint8_t)(track_random(&state) >> 32);
    return 0;
}

static void start_watchers(struct node *node)
{
    ev_io_init(&node->accepting, on_accept, node->listener, EV_READ);
    ev_init(&node->rest, on_rested);
    ev_prepare_init(&node->reaper, on_reap);
    node->accepting.data = node->rest.data = node->reaper.data = node;
    ev_io_start(node->loop, &node->accepting);
    ev_prepare_start(node->loop, &node->reaper);
    /* The reaper alone does not keep a loop running. */
    ev_unref(node->loop);
}

struct node *node_new(struct ev_loop *loop, const struct node_options *options, struct err *err)
{
    struct node *node = calloc(1, sizeof *node);

    if (node == NULL)
        goto memory;
    if (strlen(options->password) >= sizeof node->password) {
        err_set(err, "the password has more than %zu characters", sizeof node->password - 1);
        goto fail;
    }
    node->loop = loop;
    node->options = *options;
    node->options.password = node->password;
    memcpy(node->password, options->password, strlen(options->password) + 1);
    node->started = clock_mono();
    node->random = options->seed;
    str_growing(&node->json);
    str_growing(&node->wire);
    str_growing(&node->identifier);
    str_growing(&node->bench_target);
    str_growing(&node->bench_answer);
    node->log = reqlog_new();
    if (node->log == NULL || make_bulk(node) < 0)
        goto memory;
    node->listener = sock_listen(&options->listen, err);
    if (node->listener < 0)
        goto fail;
    start_watchers(node);
    return node;

memory:
    err_set(err, "out of memory");
fail:
    if (node != NULL) {
        reqlog_free(node->log);
        free(node->bulk);
    }
    free(node);
    return NULL;
}

unsigned short node_port(const struct node *node)
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    struct addr addr = {.family = 0};

    if (getsockname(node->listener, (struct sockaddr *)&bound, &len) == 0)
        addr_from_sockaddr(&addr, (struct sockaddr *)&bound);
    return addr.port;
}

void node_free(struct node *node)
{
    struct peer *next;

    if (node == NULL)
        return;
    for (struct peer *peer = node->peers; peer != NULL; peer = next) {
        next = peer->next;
        if (node->options.version == 4)
            frames_close(peer, 1001, "Server shutdown");
        peer_end(peer, false);
    }
    reap(node);
    while (node->sessions != NULL)
        session_free(node->sessions);
    ev_ref(node->loop);
    ev_prepare_stop(node->loop, &node->reaper);
    ev_timer_stop(node->loop, &node->rest);
    ev_io_stop(node->loop, &node->accepting);
    sock_close(node->listener);
    reqlog_free(node->log);
    str_free(&node->json);
    str_free(&node->wire);
    str_free(&node->identifier);
    str_free(&node->bench_target);
    str_free(&node->bench_answer);
    free(node->bulk);
    free(node);
}
