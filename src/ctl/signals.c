/*
 * Signals, as events of the loop. They are taken before the screen starts, since ncurses installs
 * handlers of its own only where it finds the default ones. What would stop or kill the proxy by
 * way of a terminal is ignored.
 */
#include "inside.h"

#include <signal.h>

#include "base/log.h"

static void on_hangup(struct ctl *ctl)
{
    if (ctl->tui)
        ctl_screen_gone(ctl, false);
    else
        (void)reload_run(ctl);
}

static void on_signal(struct ev_loop *loop, struct ev_signal *watcher, int events)
{
    struct ctl *ctl = watcher->data;
    (void)loop;
    (void)events;
    switch (watcher->signum) {
    case SIGTERM:
        ctl_leave(ctl, "TERM");
        break;
    case SIGINT:
        ctl_leave(ctl, "INT");
        break;
    case SIGQUIT:
        ctl_leave(ctl, "QUIT");
        break;
    case SIGHUP:
        on_hangup(ctl);
        break;
    case SIGUSR1:
        log_reopen();
        if (ctl->events_out)
            events_out_reopen(ctl->events_out);
        break;
    case SIGCONT:
        if (ctl->tui)
            tui_continued(ctl->tui);
        break;
    default:
        if (ctl->tui)
            tui_resized(ctl->tui);
        break;
    }
}

void signals_start(struct ctl *ctl)
{
    static const int numbers[CTL_SIGNALS] = {SIGTERM, SIGINT,   SIGQUIT, SIGHUP,
                                             SIGUSR1, SIGWINCH, SIGCONT};
    static const int ignored[] = {SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR2, SIGALRM};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    for (unsigned i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        sigaction(ignored[i], &ignore, NULL);
    for (unsigned i = 0; i < CTL_SIGNALS; i++) {
        ev_signal_init(&ctl->signals[i], on_signal, numbers[i]);
        ctl->signals[i].data = ctl;
        ev_signal_start(ctl->loop, &ctl->signals[i]);
    }
}

/* Nothing is left then that could hang, only the last lines of the log and the pid file: whoever
 * asks once more for the end must not cut them off, nor when libev puts the defaults back. */
void signals_stop(struct ctl *ctl)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (unsigned i = 0; i < CTL_SIGNALS; i++) {
        ev_signal_stop(ctl->loop, &ctl->signals[i]);
        sigaction(ctl->signals[i].signum, &ignore, NULL);
    }
}
