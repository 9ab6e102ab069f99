/*
 * Control's state, shared by its files only: ctl.c starts and stops everything, turn.c collects and
 * publishes once a second, orders.c carries out what people ask for, signals.c what the system asks
 * for. Control thread only.
 */
#ifndef CTL_INSIDE_H
#define CTL_INSIDE_H

#include <ev.h>

#include "ctl/ctl.h"
#include "demo/demo.h"
#include "events_out.h"
#include "health.h"
#include "ports.h"
#include "proxy/proxy.h"
#include "service.h"
#include "stats/command.h"
#include "stats/ledger.h"
#include "tui/tui.h"
#include "web/web.h"

enum ctl_mail {
    CTL_REPORT,
    CTL_KILLED,
    CTL_SUSPECT,
    CTL_LISTENING,
    CTL_APPLIED,
    CTL_DRAINED,
    CTL_RESOLVED
};

#define CTL_SIGNALS 7

/* Who waits for the outcome of a command; `answer` may be NULL. */
struct asker {
    command_answer *answer;
    void *ctx;
};

/* A reload on its way. */
struct order {
    struct order *next;
    uint64_t token;
    unsigned owed; /* workers that have not done it yet */
    struct asker asker;
};

/* A check by hand on its way. */
struct order_check {
    bool waits; /* someone asked */
    bool quiet;
    unsigned backend; /* slot, or REPORT_NO_BACKEND for all */
    struct asker asker;
};

struct ctl {
    const struct ctl_options *options;
    const struct config *config; /* in force; references of its own */
    const struct fleet *fleet;
    uint64_t drains;              /* bit per slot: drains by hand */
    uint64_t stale;               /* bit per slot: freed, better not used again soon */
    uint8_t empty_for[FLEET_MAX]; /* seconds since anything lived on a removed one */
    struct ev_loop *loop;
    struct mailbox *mailbox;
    struct command_desk *desk;
    struct snap_hub *hub;
    struct ledger *ledger;
    struct proxy *proxy;
    struct web *web;
    struct ports *ports;
    struct events_out *events_out;
    struct service_sockets passed;
    struct demo *demo;
    struct health *health;
    struct tui *tui;
    struct tui *old_tui; /* one that was stopped, but whose thread was held up */
    bool pid_written;

    struct ev_signal signals[CTL_SIGNALS];

    struct ev_timer second;  /* begins a collection */
    struct ev_timer late;    /* ends it when a worker does not answer */
    struct ev_timer between; /* asks for news */
    bool may_show;           /* a collection may come of it: one for each asking */
    bool second_ends;        /* with the collection under way */
    double drew;             /* seconds that the last picture took */
    uint64_t tick;
    unsigned awaited; /* workers that owe the report of `tick` */

    struct killing *kills; /* orders_kill.c */
    struct order *reloads; /* token: number of the proxy_apply */
    uint64_t applied;      /* number of the last proxy_apply */
    bool apply_again;      /* not every worker could be told */
    uint64_t last_token;
    struct order_check check;

    bool ending; /* the loop is over, the parts are being taken down */
    bool draining;
    unsigned drained; /* workers without connections */
    struct ev_timer deadline;
};

/* turn.c */
void turn_init(struct ctl *ctl);
void turn_start(struct ctl *ctl);
void turn_stop(struct ctl *ctl);
void turn_report(struct ctl *ctl, const struct report *report);
/* Draws and publishes now. */
void turn_publish(struct ctl *ctl);

/* reload.c: loads the configuration anew and goes over to it; false: it is broken, all stays as it
 * was. Publishes how it went. */
bool reload_run(struct ctl *ctl);
/* Once a second: removed backends where nothing lives any more are let go. */
void reload_second(struct ctl *ctl);

/* orders.c */
command_handler orders_take;
void orders_applied(struct ctl *ctl, const struct proxy_applied *applied);
/* Answers all who still wait: the program ends. */
void orders_refuse(struct ctl *ctl);
/* One line for the event list and for whoever asked; `result` has the code and the figures. */
void orders_tell(struct ctl *ctl, const struct asker *asker, struct command_result result,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same for whoever asked only. */
void orders_answer(const struct asker *asker, struct command_result result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* orders_kill.c: kill, block and unblock. */
void orders_kill(struct ctl *ctl, const struct command *command, const struct asker *asker);
void orders_unblock(struct ctl *ctl, const struct command *command, const struct asker *asker);
void orders_killed(struct ctl *ctl, const struct proxy_killed *killed);
void orders_refuse_kills(struct ctl *ctl);

/* signals.c: takes the signals before any thread exists. */
void signals_start(struct ctl *ctl);
void signals_stop(struct ctl *ctl);

/* ctl.c: the first call drains, the second ends at once. */
void ctl_leave(struct ctl *ctl, const char *why);
/* `left`: a person left it, so standard error is still there for the log. */
void ctl_screen_gone(struct ctl *ctl, bool left);
void ctl_drained(struct ctl *ctl);
/* The built-in nodes' true ports, for a configuration that nobody else has yet. */
void ctl_place_demo(struct ctl *ctl, const struct config *config);
void ctl_warn_of_passwords(struct ctl *ctl);
/* Tells the service manager, at the start and after a reload. */
void ctl_tell_ready(struct ctl *ctl);
/* Enters into the books where we listen. */
void ctl_enter_ports(struct ctl *ctl);

#endif
