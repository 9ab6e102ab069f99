/*
 * The steps of a check. All its addresses share the time of the check, so that one that swallows
 * packets leaves some for the next. Whatever answers decides; an address that does not answer gives
 * way to the next one. The node's figures come last and do not change the verdict.
 */
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "lavalink/op.h"
#include "net/sock.h"

/* Address, password and name are at most 512 bytes each. */
#define REQUEST_MAX 2048
#define READ_MAX 16384
/* The verdict waits for the figures no longer than this. */
#define STATS_SECONDS 1.0

static void dial(struct probe *probe);

static void set_timer(struct probe *probe, double seconds)
{
    ev_timer_stop(probe->loop, &probe->timer);
    /* The loop's own idea of the time is as old as its turn. */
    ev_now_update(probe->loop);
    ev_timer_set(&probe->timer, seconds > 0 ? seconds : 0, 0.0);
    ev_timer_start(probe->loop, &probe->timer);
}

static double time_left(const struct probe *probe)
{
    return probe->deadline - clock_mono();
}

static void end_try(struct probe *probe)
{
    ev_io_stop(probe->loop, &probe->io);
    ev_timer_stop(probe->loop, &probe->timer);
    sock_close(probe->fd);
    probe->fd = -1;
}

void probe_stop(struct probe *probe)
{
    end_try(probe);
    free(probe->answer);
    probe->answer = NULL;
    probe->running = false;
}

static void conclude(struct probe *probe)
{
    struct probe_result result = {
        .state = probe->verdict.state,
        .reason = probe->verdict.reason,
        .response_ms = probe->response_ms,
        .addr = probe->at,
        .stats = probe->stats,
    };

    probe_stop(probe);
    probe->done(probe->ctx, &result);
}

/* Nothing was heard from this address: on to the next one, or the verdict. */
static void try_failed(struct probe *probe, const struct probe_verdict *v, bool go_on)
{
    end_try(probe);
    if (v->state != BACKEND_UNKNOWN || probe->verdict.state == BACKEND_UNKNOWN)
        probe->verdict = *v;
    if (go_on && probe->at + 1 < probe->plan.addr_count) {
        probe->at++;
        dial(probe);
    } else {
        conclude(probe);
    }
}

static void try_broke(struct probe *probe, int error)
{
    struct probe_verdict v;
    /* The host may lack any address of this one's family, but what else it lacks it would lack for
     * every address. */
    bool ours = sock_is_our_fault(error) && error != EADDRNOTAVAIL;

    probe_verdict_broken(&v, probe->step, error, probe->answer->begun);
    if (ours)
        probe->verdict = v;
    try_failed(probe, &v, !ours);
}

static void answered_up(struct probe *probe)
{
    probe->response_ms = (clock_mono() - probe->began) * 1000;
    probe_verdict_up(&probe->verdict, probe->response_ms, probe->plan.slow * 1000);
}

/* -1 with errno. A connection that waits for nothing else always has room for so few bytes, unless
 * the host is out of memory. */
static int ask(struct probe *probe, enum probe_step step)
{
    const struct config_backend *backend = probe->plan.backend;
    bool is_v6 = strchr(backend->host, ':') != NULL;
    char memory[REQUEST_MAX];
    struct str out;

    probe->step = step;
    probe_answer_init(probe->answer);
    str_fixed(&out, memory, sizeof(memory));
    if (step == PROBE_VERSION)
        str_add_text(&out, "GET /version HTTP/1.1\r\n");
    else
        str_addf(&out, "GET /v%u/stats HTTP/1.1\r\nConnection: close\r\n", backend->version);
    str_addf(&out, "Host: %s%s%s:%u\r\n", is_v6 ? "[" : "", backend->host, is_v6 ? "]" : "",
             backend->port);
    str_addf(&out, "Authorization: %s\r\nUser-Agent: lavaproxy/%s\r\n", backend->password,
             LAVAPROXY_VERSION);
    str_add_text(&out, "Accept-Encoding: identity\r\n\r\n");
    ssize_t sent = sock_send(probe->fd, out.ptr, out.len);
    int error = sent >= 0 || errno == EAGAIN ? ENOBUFS : errno;
    bool whole = sent == (ssize_t)out.len && !out.cut;
    explicit_bzero(memory, sizeof(memory));
    errno = error;
    return whole ? 0 : -1;
}

static void ask_stats(struct probe *probe)
{
    double left = time_left(probe);

    if (!probe->answer->stays_open || ask(probe, PROBE_STATS) < 0)
        conclude(probe);
    else
        set_timer(probe, left < STATS_SECONDS ? left : STATS_SECONDS);
}

static void connected(struct probe *probe)
{
    if (probe->plan.check == CONFIG_CHECK_TCP) {
        answered_up(probe);
        conclude(probe);
    } else if (ask(probe, PROBE_VERSION) < 0) {
        try_broke(probe, errno);
    } else {
        ev_io_stop(probe->loop, &probe->io);
        ev_io_set(&probe->io, probe->fd, EV_READ);
        ev_io_start(probe->loop, &probe->io);
    }
}

static void version_came(struct probe *probe, enum probe_answer_result result)
{
    switch (result) {
    case PROBE_ANSWER_MORE:
        return;
    case PROBE_ANSWER_CUT:
        try_broke(probe, 0);
        return;
    case PROBE_ANSWER_BAD:
        probe_verdict_strange(&probe->verdict);
        conclude(probe);
        return;
    case PROBE_ANSWER_WHOLE:
        break;
    }
    if (!probe_verdict_answer(&probe->verdict, probe->answer, probe->plan.backend->version)) {
        conclude(probe);
        return;
    }
    answered_up(probe);
    ask_stats(probe);
}

static void stats_came(struct probe *probe, enum probe_answer_result result)
{
    struct op_stats stats;

    if (result == PROBE_ANSWER_MORE)
        return;
    if (result == PROBE_ANSWER_WHOLE && probe->answer->status == 200 &&
        op_read_stats(&stats, probe_answer_body(probe->answer)))
        probe->stats = node_stats_of(&stats);
    conclude(probe);
}

static void answer_came(struct probe *probe, enum probe_answer_result result)
{
    if (probe->step == PROBE_STATS)
        stats_came(probe, result);
    else
        version_came(probe, result);
}

static void on_readable(struct probe *probe)
{
    char bytes[READ_MAX];
    ssize_t n = sock_recv(probe->fd, bytes, sizeof(bytes));

    if (n > 0)
        answer_came(probe, probe_answer_feed(probe->answer, bytes, (size_t)n));
    else if (n == 0)
        answer_came(probe, probe_answer_end(probe->answer));
    else if (errno == EAGAIN)
        return;
    else if (probe->step == PROBE_STATS)
        conclude(probe);
    else
        try_broke(probe, errno);
}

static void on_io(struct ev_loop *loop, struct ev_io *io, int events)
{
    struct probe *probe = io->data;
    int error;

    (void)loop;
    (void)events;
    if (probe->step != PROBE_CONNECT) {
        on_readable(probe);
        return;
    }
    error = sock_error(probe->fd);
    if (error != 0)
        try_broke(probe, error);
    else
        connected(probe);
}

static void on_timer(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct probe *probe = timer->data;
    struct probe_verdict v;

    (void)loop;
    (void)events;
    if (probe->step == PROBE_STATS) {
        conclude(probe);
        return;
    }
    probe_verdict_silent(&v, probe->step, probe->plan.timeout, probe->answer->begun);
    try_failed(probe, &v, true);
}

static void dial(struct probe *probe)
{
    probe->step = PROBE_CONNECT;
    probe_answer_init(probe->answer);
    probe->began = clock_mono();
    probe->fd = sock_dial(&probe->addrs[probe->at]);
    if (probe->fd < 0) {
        try_broke(probe, errno);
        return;
    }
    ev_io_set(&probe->io, probe->fd, EV_WRITE);
    ev_io_start(probe->loop, &probe->io);
    set_timer(probe, time_left(probe) / (probe->plan.addr_count - probe->at));
}

void probe_init(struct probe *probe, struct ev_loop *loop, probe_done *done, void *ctx)
{
    memset(probe, 0, sizeof(*probe));
    probe->loop = loop;
    probe->done = done;
    probe->ctx = ctx;
    probe->fd = -1;
    ev_init(&probe->io, on_io);
    ev_init(&probe->timer, on_timer);
    probe->io.data = probe->timer.data = probe;
}

void probe_start(struct probe *probe, const struct probe_plan *plan)
{
    probe->running = true;
    probe->plan = *plan;
    memcpy(probe->addrs, plan->addrs, plan->addr_count * sizeof(plan->addrs[0]));
    probe->plan.addrs = probe->addrs;
    probe->deadline = clock_mono() + plan->timeout;
    probe->verdict = (struct probe_verdict){.state = BACKEND_UNKNOWN};
    probe->response_ms = -1;
    probe->stats = (struct node_stats){.known = false};
    probe->at = 0;
    probe->answer = malloc(sizeof(*probe->answer));
    if (!probe->answer) {
        probe_verdict_broken(&probe->verdict, PROBE_CONNECT, ENOMEM, false);
        conclude(probe);
        return;
    }
    dial(probe);
}
