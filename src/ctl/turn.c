/*
 * Once a second: ask every worker for its report, and when all have answered, or 200 ms passed,
 * close the second in the books and publish the picture of it.
 */
#include "inside.h"

#include "base/clock.h"
#include "base/log.h"

#define LATE_SECONDS 0.2

void turn_publish(struct ctl *ctl)
{
    struct snap_block blocks[SNAP_BLOCKS_MAX];
    int64_t now = clock_wall_ms();

    if (ctl->proxy)
        ledger_blocks(ctl->ledger, blocks, proxy_blocks(ctl->proxy, blocks, now));
    struct snap *snap = ledger_draw(ctl->ledger, now);
    if (snap && ctl->events_out)
        snap->events_out = events_out_counts(ctl->events_out);
    if (snap)
        snap_publish(ctl->hub, snap);
    if (snap && ctl->web)
        web_published(ctl->web);
    if (!snap)
        log_error("no memory for a snapshot, the last one stays");
}

static void end_collection(struct ctl *ctl)
{
    uint32_t waiting[FLEET_MAX];

    ctl->awaited = 0;
    ev_timer_stop(ctl->loop, &ctl->late);
    proxy_waiting(ctl->proxy, waiting);
    ledger_waiting(ctl->ledger, waiting);
    ledger_tick(ctl->ledger);
    turn_publish(ctl);
    reload_second(ctl);
}

static void on_late(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    end_collection(timer->data);
}

static void on_second(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct ctl *ctl = timer->data;
    (void)events;
    ctl->tick++;
    ctl->awaited = proxy_workers(ctl->proxy);
    ev_timer_stop(loop, &ctl->late);
    ev_timer_set(&ctl->late, LATE_SECONDS, 0.0);
    ev_timer_start(loop, &ctl->late);
    proxy_collect(ctl->proxy, ctl->tick);
}

void turn_report(struct ctl *ctl, const struct report *report)
{
    ledger_report(ctl->ledger, report, clock_wall_ms());
    /* A late answer to an earlier second is entered, but does not end this one. */
    if (report->tick == 0 || report->tick != ctl->tick || ctl->awaited == 0)
        return;
    if (--ctl->awaited == 0)
        end_collection(ctl);
}

void turn_init(struct ctl *ctl)
{
    ev_init(&ctl->late, on_late);
    ev_timer_init(&ctl->second, on_second, 1.0, 1.0);
    ctl->late.data = ctl->second.data = ctl;
}

void turn_start(struct ctl *ctl)
{
    turn_publish(ctl);
    ev_timer_start(ctl->loop, &ctl->second);
}

void turn_stop(struct ctl *ctl)
{
    ctl->awaited = 0;
    ev_timer_stop(ctl->loop, &ctl->second);
    ev_timer_stop(ctl->loop, &ctl->late);
}
