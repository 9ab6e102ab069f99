/*
 * The life of the program: start order, the loop, stop order. Everything is started in one
 * direction and stopped in the other; what was not started is NULL, which every _free takes.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/log.h"
#include "daemon.h"
#include "net/sock.h"

#define DEADLINE_GRACE 1.0 /* seconds for workers to end what the drain left over */
#define NO_DEADLINE 1e8
/* Descriptors that are no sockets: standard streams, log, events file, and a few per loop; then
 * some spare for checks of backends and the web. */
#define DESCRIPTORS_BASE 19
#define DESCRIPTORS_PER_LOOP 3

static void on_news(struct ctl *ctl, const struct mail *mail)
{
    switch ((enum ctl_mail)mail->type) {
    case CTL_KILLED:
        orders_killed(ctl, (const struct proxy_killed *)mail);
        break;
    case CTL_SUSPECT:
        health_suspect(ctl->health, ((const struct proxy_suspect *)mail)->slot);
        break;
    case CTL_LISTENING:
        ports_listening(ctl->ports);
        break;
    case CTL_APPLIED:
        orders_applied(ctl, (const struct proxy_applied *)mail);
        break;
    case CTL_RESOLVED:
        health_resolved(ctl->health, (const struct resolver_answer *)mail);
        break;
    case CTL_DRAINED:
        ctl_drained(ctl);
        break;
    case CTL_REPORT:
        break;
    }
}

static void on_mail(void *ctx, struct mail *mail)
{
    struct ctl *ctl = ctx;

    if (mail->type == CTL_REPORT) {
        turn_report(ctl, (struct report *)mail);
        report_free((struct report *)mail);
        return;
    }
    /* What arrives after the workers ended only counts; there is nobody left to act on. */
    if (!ctl->ending)
        on_news(ctl, mail);
    free(mail);
}
static void on_health(void *ctx, const struct health_news *news)
{
    struct ctl *ctl = ctx;
    const struct ledger_check check = {
        .state = news->state,
        .response_ms = news->response_ms,
        .reason = news->reason,
        .stats = news->stats,
    };
    const struct proxy_backend_news backend = {
        .up = backend_state_is_up(news->state),
        .slow = news->state == BACKEND_SLOW,
        .addrs = news->addrs,
        .addr_count = news->addr_count,
        .stats = news->stats.known ? &news->stats : NULL,
    };
    ledger_backend(ctl->ledger, news->slot, &check, clock_wall_ms());
    proxy_backend_set(ctl->proxy, news->slot, &backend);
}

static void stop_screen(struct ctl *ctl)
{
    if (ctl->tui && !tui_stop(ctl->tui))
        ctl->old_tui = ctl->tui;
    ctl->tui = NULL;
}

/* Line mode's lines go to standard output; the log stays off it, and off a terminal, where it would
 * say the same once more. */
static bool is_log_apart(const struct config *config)
{
    struct stat out, errors;
    bool known = fstat(STDOUT_FILENO, &out) == 0 && fstat(STDERR_FILENO, &errors) == 0;
    return config->tui.plain && !isatty(STDERR_FILENO) && known &&
           (out.st_dev != errors.st_dev || out.st_ino != errors.st_ino);
}

/* While there is a screen the log keeps quiet for its sake. */
static void log_aloud(const struct config *config)
{
    if (!config->log.file[0] && !is_log_apart(config))
        (void)log_start("", config->log.level, config->log.format, false, NULL);
}

void ctl_screen_gone(struct ctl *ctl, bool left)
{
    if (!ctl->tui)
        return;
    stop_screen(ctl);
    if (left)
        log_aloud(ctl->config);
    ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(),
                 left ? "the screen was left, carrying on without it"
                      : "the terminal is gone, carrying on without a screen");
}

static void on_deadline(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)timer;
    (void)events;
    log_warn("the workers were not done %g s after the drain's end", DEADLINE_GRACE);
    ev_break(loop, EVBREAK_ALL);
}

void ctl_drained(struct ctl *ctl)
{
    ctl->drained++;
    if (ctl->draining && ctl->drained >= proxy_workers(ctl->proxy))
        ev_break(ctl->loop, EVBREAK_ALL);
}

void ctl_leave(struct ctl *ctl, const char *why)
{
    double seconds = ctl->config->timeouts.drain;

    if (ctl->draining) {
        log_warn("%s again: ending at once", why);
        ev_break(ctl->loop, EVBREAK_ALL);
        return;
    }
    ctl->draining = true;
    if (seconds < 0)
        seconds = NO_DEADLINE;
    ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(),
                 "%s: no new connections, ending when the open ones are done", why);
    /* Bots of our own making need no time to leave. */
    demo_free(ctl->demo);
    ctl->demo = NULL;
    service_stopping();
    ports_refuse(ctl->ports);
    proxy_drain(ctl->proxy, seconds);
    ev_timer_set(&ctl->deadline, seconds + DEADLINE_GRACE, 0.0);
    ev_timer_start(ctl->loop, &ctl->deadline);
}

/* The configuration names the built-in nodes, but only now that we are the process that stays are
 * they opened, on ports of the kernel's choosing. Nobody else has the configuration yet. */
void ctl_place_demo(struct ctl *ctl, const struct config *config)
{
    for (unsigned i = 0; i < config->backend_count; i++)
        config->backends[i].port = demo_node_port(ctl->demo, config->backends[i].version);
}

static int open_demo_nodes(struct ctl *ctl, struct err *err)
{
    ctl->demo = demo_open(err);
    if (!ctl->demo)
        return -1;
    ctl_place_demo(ctl, ctl->config);
    return 0;
}

static int make_parts(struct ctl *ctl, struct err *err)
{
    err_set(err, "out of memory");
    ctl->mailbox = mailbox_new(ctl->loop, on_mail, ctl);
    ctl->desk = command_desk_new(ctl->loop, orders_take, ctl);
    ctl->hub = snap_hub_new();
    ctl->fleet = fleet_new(ctl->config);
    if (!ctl->mailbox || !ctl->desk || !ctl->hub || !ctl->fleet)
        return -1;
    ctl->ledger = ledger_new(ctl->config, ctl->fleet, clock_wall_ms());
    if (!ctl->ledger)
        return -1;
    ctl->health =
        health_new(ctl->loop, ctl->config, ctl->fleet, ctl->mailbox, CTL_RESOLVED, on_health, ctl);
    return ctl->health ? 0 : -1;
}

void ctl_warn_of_passwords(struct ctl *ctl)
{
    const struct config *config = ctl->config;
    const struct listener *web = &ports_now(ctl->ports)->web;
    if (config->protected_proxy)
        ledger_warn(ctl->ledger, "set proxy.password (PROXY_PASSWORD): the default lets only "
                                 "loopback in");
    if (config->protected_web && web->fd >= 0 && !addr_is_loopback(&web->addr))
        ledger_warn(ctl->ledger, "set web.password (WEB_PASSWORD): without it only loopback may "
                                 "ask");
}

static int open_ports(struct ctl *ctl, struct err *err)
{
    const struct ctl_options *options = ctl->options;

    if (ctl->config->demo && open_demo_nodes(ctl, err) < 0)
        return -1;
    if (make_parts(ctl, err) < 0)
        return -1;
    ctl->proxy = proxy_open(ctl->config, ctl->fleet);
    ctl->web = web_open(ctl->loop, ctl->config, ctl->hub, ctl->desk);
    if (!ctl->proxy || !ctl->web)
        return -1;
    ctl->ports = ports_open(ctl->loop, ctl->config, &ctl->passed, err);
    if (!ctl->ports)
        return -1;
    ports_serve(ctl->ports, ctl->proxy, ctl->web);
    ctl->events_out = events_out_open(ctl->loop, ctl->ledger, ctl->config, err);
    if (!ctl->events_out)
        return -1;
    if (options->pid_file) {
        if (daemon_write_pid(options->pid_file, err) < 0)
            return -1;
        ctl->pid_written = true;
    }
    return 0;
}

static int start_demo(struct ctl *ctl, struct err *err)
{
    static const uint8_t any[16];
    struct addr front = ports_now(ctl->ports)->proxy[0].addr;

    if (memcmp(front.bytes, any, sizeof(any)) == 0) {
        front.bytes[0] = front.family == 4 ? 127 : 0;
        front.bytes[front.family == 4 ? 3 : 15] = 1;
    }
    return demo_start(ctl->demo, &front, ctl->config->proxy.passwords[0], err);
}

/* A line of the event list for what is wrong with the theme; the screen has fallen back. */
static void tell_of_theme(void *ctx, const char *text)
{
    struct ctl *ctl = ctx;
    ledger_event(ctl->ledger, EVENT_WARN, clock_wall_ms(), "theme: %s", text);
}

static void start_screen(struct ctl *ctl)
{
    const struct config *config = ctl->config;
    struct err err;

    ctl->tui = tui_start(config, ctl->hub, ctl->desk, &err);
    if (ctl->tui) {
        tui_check_theme(config, tell_of_theme, ctl);
        return;
    }
    log_aloud(config);
    log_warn("no screen, carrying on headless: %s", err.text);
}

static int start_all(struct ctl *ctl, struct err *err)
{
    static const struct proxy_mail_types types = {
        .report = CTL_REPORT,
        .killed = CTL_KILLED,
        .suspect = CTL_SUSPECT,
        .listening = CTL_LISTENING,
        .applied = CTL_APPLIED,
        .drained = CTL_DRAINED,
    };

    log_info("lavaproxy %s starts with %u workers", LAVAPROXY_VERSION, ctl->config->proxy.workers);
    signals_start(ctl);
    if (open_ports(ctl, err) < 0)
        return -1;
    ctl_warn_of_passwords(ctl);
    if (ctl->options->daemon && !ctl->config->log.file[0])
        log_warn("log.file is empty: from here on the daemon's log is lost");
    if (proxy_start(ctl->proxy, ctl->mailbox, &types, err) < 0)
        return -1;
    if (ctl->demo && start_demo(ctl, err) < 0)
        return -1;
    health_start(ctl->health);
    ctl_enter_ports(ctl);
    turn_start(ctl);
    return 0;
}

static void log_end(struct ctl *ctl)
{
    char in[HUMAN_MAX], out[HUMAN_MAX];
    const struct snap *snap = snap_get(ctl->hub);
    if (!snap)
        return;
    log_info("lavaproxy ends after %llu connections, %s in, %s out",
             (unsigned long long)snap->opened, human_size(in, snap->bytes_in),
             human_size(out, snap->bytes_out));
    snap_put(snap);
}

static void stop_all(struct ctl *ctl)
{
    /* The screen first: whoever left wants the terminal back. */
    stop_screen(ctl);
    turn_stop(ctl);
    ev_timer_stop(ctl->loop, &ctl->deadline);
    orders_refuse(ctl);
    web_free(ctl->web);
    ctl->web = NULL;
    demo_free(ctl->demo);
    health_free(ctl->health);
    ctl->ending = true;
    proxy_free(ctl->proxy);
    ctl->proxy = NULL;
    ports_free(ctl->ports);
    if (ctl->mailbox && ctl->ledger)
        mailbox_deliver(ctl->mailbox);
    if (ctl->hub && ctl->ledger) {
        turn_publish(ctl);
        log_end(ctl);
    }
    events_out_free(ctl->events_out);
    command_desk_free(ctl->desk);
    mailbox_free(ctl->mailbox);
    ledger_free(ctl->ledger);
    fleet_unref(ctl->fleet);
    /* A thread that is held up even now goes with the process, and so does what it looks at. */
    if (tui_stop(ctl->old_tui))
        snap_hub_free(ctl->hub);
    signals_stop(ctl);
    if (ctl->pid_written)
        daemon_remove_pid(ctl->options->pid_file);
}

void ctl_enter_ports(struct ctl *ctl)
{
    char where[300], web[ADDR_TEXT_MAX] = "";
    const struct listeners *now = ports_now(ctl->ports);

    listeners_text(now, where, sizeof(where));
    if (now->web.fd >= 0)
        addr_text(web, &now->web.addr, true);
    ledger_listen(ctl->ledger, where, web);
}

void ctl_tell_ready(struct ctl *ctl)
{
    char where[200], status[300];
    listeners_text(ports_now(ctl->ports), where, sizeof(where));
    unsigned count = ctl->config->backend_count;
    snprintf(status, sizeof(status), "Serving %u backend%s on %s", count, count == 1 ? "" : "s",
             where);
    service_ready(status);
}

static int start_log(const struct ctl_options *options, struct err *err)
{
    const struct config *config = options->config;
    bool quiet = options->screen && !config->log.file[0] && !is_log_apart(config);
    return log_start(config->log.file, config->log.level, config->log.format, quiet, err);
}

static int run(struct ctl *ctl, int ready)
{
    struct err err = {""};
    int status = 1;

    sock_keep_free(DESCRIPTORS_BASE + DESCRIPTORS_PER_LOOP * (ctl->config->proxy.workers + 1));
    (void)sock_raise_limit();
    if (start_log(ctl->options, &err) < 0) {
        fprintf(stderr, "lavaproxy: %s\n", err.text);
        return 1;
    }
    turn_init(ctl);
    ev_init(&ctl->deadline, on_deadline);
    if (start_all(ctl, &err) < 0) {
        if (ctl->config->log.file[0])
            log_error("%s", err.text);
    } else {
        if (ready >= 0)
            daemon_ready(ready);
        ctl_tell_ready(ctl);
        if (ctl->options->screen)
            start_screen(ctl);
        ev_run(ctl->loop, 0);
        status = 0;
    }
    stop_all(ctl);
    log_stop();
    if (status != 0)
        fprintf(stderr, "lavaproxy: %s\n", err.text);
    return status;
}

static int run_here(const struct ctl_options *options, const struct service_sockets *passed,
                    int ready)
{
    int status = 1;
    struct ctl *ctl = calloc(1, sizeof(*ctl));
    struct ev_loop *loop = ev_default_loop(EVFLAG_AUTO | EVFLAG_NOENV);
    if (ctl && loop) {
        ctl->options = options;
        ctl->config = config_ref(options->config);
        ctl->passed = *passed;
        ctl->loop = loop;
        status = run(ctl, ready);
        config_unref(ctl->config);
    } else {
        fprintf(stderr, "lavaproxy: cannot start: out of memory or descriptors\n");
    }
    if (loop)
        ev_loop_destroy(loop);
    free(ctl);
    return status;
}

int ctl_run(const struct ctl_options *options)
{
    struct service_sockets passed;
    struct err err;
    int ready = -1, status = 1;
    enum daemon_side side = DAEMON_CHILD;

    /* Before the fork: the sockets were passed to the process that was started. */
    if (service_sockets(&passed, &err) < 0) {
        fprintf(stderr, "lavaproxy: %s\n", err.text);
        return 1;
    }
    if (options->daemon)
        side = daemon_detach(&ready, &status, &err);
    if (side == DAEMON_FAILED)
        fprintf(stderr, "lavaproxy: %s\n", err.text);
    else if (side == DAEMON_CHILD)
        status = run_here(options, &passed, ready);
    service_sockets_free(&passed);
    return status;
}
