/*
 * One list of words with their meaning, measured and drawn by the same walk. The mode stands in a
 * field of its own, so that nothing moves when its figure does.
 */
#include "tui/badges.h"

#include <stdio.h>

#include "base/clock.h"

#define BADGES_MAX 8
#define PAUSED_COLS 11 /* "PAUSED -59s" */
#define MODE_COLS 8    /* "LIVE 1s", "LIVE 0.5s" takes one more */

struct badge {
    char text[40];
    unsigned columns; /* at least */
    unsigned role;
};

struct badges {
    struct badge list[BADGES_MAX];
    unsigned count;
};

static void add(struct badges *badges, unsigned role, const char *text)
{
    struct badge *badge = &badges->list[badges->count++];
    snprintf(badge->text, sizeof(badge->text), "%s", text);
    badge->role = role;
    badge->columns = 0;
}

static unsigned columns_of(const struct badge *badge)
{
    unsigned columns = grid_columns(badge->text);
    return columns > badge->columns ? columns : badge->columns;
}

static void collect(struct badges *badges, const struct view *view, bool with_clock)
{
    const struct snap *snap = view->snap;
    char text[40], clock[CLOCK_ISO_MAX];
    badges->count = 0;
    if (snap->demo)
        add(badges, ROLE_DEMO, "DEMO");
    if (view_read_only(view))
        add(badges, ROLE_READONLY, "read-only");
    if (view->model.tags.count > 0) {
        snprintf(text, sizeof(text), "tagged %u", view->model.tags.count);
        add(badges, ROLE_TAG, text);
    }
    if (view->mask.on)
        add(badges, ROLE_MASKED, "masked");
    if (view->slow_link)
        add(badges, ROLE_WARNING, "slow link");
    if (pause_text(view, text)) {
        add(badges, ROLE_PAUSED, text);
        badges->list[badges->count - 1].columns = PAUSED_COLS;
    } else {
        snprintf(text, sizeof(text), "LIVE %gs", view->refresh);
        add(badges, ROLE_STATE_UP, text);
        badges->list[badges->count - 1].columns = MODE_COLS;
    }
    if (with_clock)
        add(badges, ROLE_TEXT, clock_hms(clock, snap->wall_ms));
}

unsigned badges_columns(const struct view *view, bool with_clock)
{
    struct badges badges;
    unsigned columns = 0;
    collect(&badges, view, with_clock);
    for (unsigned i = 0; i < badges.count; i++)
        columns += columns_of(&badges.list[i]) + 2;
    return columns;
}

void badges_draw(struct grid *g, struct area area, const struct view *view, bool with_clock)
{
    struct badges badges;
    unsigned columns = badges_columns(view, with_clock);
    unsigned col = area.cols > columns ? area.col + area.cols - columns : area.col;
    collect(&badges, view, with_clock);
    for (unsigned i = 0; i < badges.count; i++) {
        const struct badge *badge = &badges.list[i];
        unsigned end = area.col + area.cols;
        if (col + 1 < end)
            grid_text(g, area.row, col + 1, end - col - 1, badge->role, badge->text);
        col += columns_of(badge) + 2;
    }
}
