/*
 * Once a second: ask every worker for its report, and when all have answered, or 200 ms passed,
 * close the second in the books and publish the picture of it. In between, workers are asked a few
 * times whether a track began; then all there is is collected too, and a picture drawn.
 */
#include "inside.h"

#include "base/clock.h"
#include "base/log.h"

#define LATE_SECONDS 0.2
#define BETWEEN_SECONDS 0.25
#define DRAW_CHEAP 0.005 /* of a second: longer ones are drawn once a second and no oftener */

static void draw(struct ctl *ctl)
{
    struct snap_block blocks[SNAP_BLOCKS_MAX];
    int64_t now = clock_wall_ms();
    double begun = clock_mono();

    if (ctl->proxy)
        ledger_blocks(ctl->ledger, blocks, proxy_blocks(ctl->proxy, blocks, now));
    struct snap *snap = ledger_draw(ctl->ledger, now);
    if (snap && ctl->events_out)
        snap->events_out = events_out_counts(ctl->events_out);
    if (snap)
        snap_publish(ctl->hub, snap);
    else
        log_error("no memory for a snapshot, the last one stays");
    ctl->drew = clock_mono() - begun;
}

void turn_publish(struct ctl *ctl)
{
    draw(ctl);
    if (ctl->web)
        web_published(ctl->web);
}

static void end_collection(struct ctl *ctl)
{
    uint32_t waiting[FLEET_MAX];

    ctl->awaited = 0;
    ev_timer_stop(ctl->loop, &ctl->late);
    /* Histories and rates go by whole seconds, and streams of pages by one picture in each. */
    if (!ctl->second_ends) {
        draw(ctl);
        return;
    }
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

static void collect(struct ctl *ctl, bool second_ends)
{
    ctl->second_ends = second_ends;
    ctl->tick++;
    ctl->awaited = proxy_workers(ctl->proxy);
    ev_timer_stop(ctl->loop, &ctl->late);
    ev_timer_set(&ctl->late, LATE_SECONDS, 0.0);
    ev_timer_start(ctl->loop, &ctl->late);
    proxy_collect(ctl->proxy, ctl->tick);
}

static void on_second(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    collect(timer->data, true);
}

static void on_between(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct ctl *ctl = timer->data;
    (void)loop;
    (void)events;
    ctl->may_show = ctl->awaited == 0;
    if (ctl->may_show)
        proxy_collect(ctl->proxy, 0);
}

/* What begins to play is not left to the end of the second. */
static void show_news(struct ctl *ctl)
{
    if (!ctl->may_show || ctl->awaited > 0 || ctl->drew >= DRAW_CHEAP)
        return;
    ctl->may_show = false;
    collect(ctl, false);
}

void turn_report(struct ctl *ctl, const struct report *report)
{
    if (report->only_news) {
        show_news(ctl);
        return;
    }
    ledger_report(ctl->ledger, report, clock_wall_ms());
    /* A late answer to an earlier question is entered, but does not end this one. */
    if (report->tick == 0 || report->tick != ctl->tick || ctl->awaited == 0)
        return;
    if (--ctl->awaited == 0)
        end_collection(ctl);
}

void turn_init(struct ctl *ctl)
{
    ev_init(&ctl->late, on_late);
    ev_timer_init(&ctl->second, on_second, 1.0, 1.0);
    ev_timer_init(&ctl->between, on_between, BETWEEN_SECONDS, BETWEEN_SECONDS);
    ctl->late.data = ctl->second.data = ctl->between.data = ctl;
}

void turn_start(struct ctl *ctl)
{
    turn_publish(ctl);
    ev_timer_start(ctl->loop, &ctl->second);
    ev_timer_start(ctl->loop, &ctl->between);
}

void turn_stop(struct ctl *ctl)
{
    ctl->awaited = 0;
    ctl->may_show = false;
    ev_timer_stop(ctl->loop, &ctl->second);
    ev_timer_stop(ctl->loop, &ctl->between);
    ev_timer_stop(ctl->loop, &ctl->late);
}
