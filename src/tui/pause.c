/*
 * Which snapshot the screen shows.
 */
#include "tui/pause.h"

#include <stdio.h>

#include "base/human.h"
#include "tui/view.h"

void pause_init(struct pause *pause)
{
    *pause = (struct pause){.past = past_new()};
}

void pause_free(struct pause *pause)
{
    snap_put(pause->leaving);
    snap_put(pause->drawn);
    snap_put(pause->standing);
    past_free(pause->past);
    *pause = (struct pause){0};
}

bool pause_update(struct view *view, const struct snap *newest, double now)
{
    struct pause *pause = &view->pause;
    view->newest = newest;
    if (!pause->on) {
        bool news = newest != view->snap;
        view->snap = newest;
        return news;
    }
    unsigned seconds = now > pause->since ? (unsigned)(now - pause->since) : 0;
    bool ticks = seconds != pause->seconds && pause->back == 0;
    pause->seconds = seconds;
    return ticks;
}

void pause_settle(struct view *view)
{
    struct pause *pause = &view->pause;
    snap_put(pause->leaving);
    pause->leaving = NULL;
    if (pause->on || pause->standing == NULL)
        return;
    snap_put(pause->standing);
    pause->standing = NULL;
    past_release(pause->past);
}

void pause_begin(struct view *view, double now)
{
    struct pause *pause = &view->pause;
    if (pause->on || view->snap == NULL)
        return;
    pause_settle(view);
    pause->on = true;
    pause->since = now;
    pause->seconds = pause->back = 0;
    pause->standing = snap_ref(view->snap);
    past_hold(pause->past, pause->standing);
}

void pause_end(struct view *view)
{
    struct pause *pause = &view->pause;
    if (!pause->on)
        return;
    snap_put(pause->leaving);
    pause->leaving = pause->drawn;
    pause->drawn = NULL;
    pause->on = false;
    pause->back = 0;
    view->snap = view->newest;
}

bool pause_step(struct view *view, int back)
{
    struct pause *pause = &view->pause;
    const struct snap *drawn = NULL;
    int reach = (int)past_reach(pause->past), to = (int)pause->back + back;
    to = to < 0 ? 0 : to > reach ? reach : to;
    if (!pause->on || to == (int)pause->back)
        return false;
    if (to > 0) {
        drawn = past_draw(pause->past, (unsigned)to);
        if (drawn == NULL)
            return false;
    }
    snap_put(pause->leaving);
    pause->leaving = pause->drawn;
    pause->drawn = drawn;
    pause->back = (unsigned)to;
    view->snap = drawn != NULL ? drawn : pause->standing;
    return true;
}

bool pause_text(const struct view *view, char out[PAUSE_TEXT_MAX])
{
    const struct pause *pause = &view->pause;
    char age[HUMAN_MAX];
    if (!pause->on)
        return false;
    if (pause->back > 0)
        snprintf(out, PAUSE_TEXT_MAX, "PAUSED -%us", pause->back);
    else
        snprintf(out, PAUSE_TEXT_MAX, "PAUSED %s", human_age(age, pause->seconds));
    return true;
}
