/*
 * Shares of the rows. The lower panels have a fifth each, the connections the rest; of what the
 * connections leave over, the lower panels take what they can fill.
 */
#include "tui/plan.h"

#define LOWER_MIN 3
#define STEP 6 /* rows by which room grows and shrinks */

static unsigned min(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned clamp(unsigned value, unsigned low, unsigned high)
{
    return value < low ? low : min(value, high);
}

unsigned plan_room(unsigned room, unsigned count)
{
    if (count < room && count + 2 * STEP >= room)
        return room;
    return (count / STEP + 1) * STEP;
}

/* Moves rows from the connections to another panel, as far as they have them to spare and it can
 * use them. */
static void hand_over(unsigned *conns, unsigned spare_above, unsigned *to, unsigned use)
{
    unsigned spare = *conns > spare_above ? *conns - spare_above : 0;
    unsigned want = use > *to ? use - *to : 0;
    unsigned given = min(spare, want);
    *conns -= given;
    *to += given;
}

/* Lays areas below each other. */
static struct area take(unsigned *row, unsigned col, unsigned rows, unsigned cols)
{
    struct area area = {*row, col, rows, cols};
    *row += rows;
    return area;
}

static void plan_single(struct plan *plan, const struct plan_need *need)
{
    enum panel panel = need->alone == PANEL_ALL ? need->focus : need->alone;
    unsigned row = need->head;
    plan->panels[panel] = take(&row, 0, need->rows - need->head - 2, need->cols);
    plan->tabs = take(&row, 0, 1, need->cols);
}

static void plan_stacked(struct plan *plan, const struct plan_need *need)
{
    /* Data: without bar, heads and rules. */
    unsigned rest = need->rows - need->head - 1 - 4, fifth = rest / 5;
    unsigned ips = clamp(fifth, LOWER_MIN, 10), events = clamp(fifth, LOWER_MIN, 12);
    unsigned backends = clamp(fifth, LOWER_MIN, 10), row = need->head;
    backends = min(backends, clamp(need->counts[PANEL_BACKENDS], 1, backends));
    unsigned conns = rest - ips - backends - events;
    unsigned least = need->counts[PANEL_CONNECTIONS];
    hand_over(&conns, least, &backends, min(need->counts[PANEL_BACKENDS], rest / 3));
    hand_over(&conns, least, &ips, min(need->counts[PANEL_IPS], rest / 3));
    hand_over(&conns, least, &events, rest / 3);
    plan->panels[PANEL_CONNECTIONS] = take(&row, 0, conns + 1, need->cols);
    plan->panels[PANEL_IPS] = take(&row, 0, ips + 1, need->cols);
    plan->panels[PANEL_BACKENDS] = take(&row, 0, backends + 1, need->cols);
    plan->panels[PANEL_EVENTS] = take(&row, 0, events + 1, need->cols);
}

static void plan_wide(struct plan *plan, const struct plan_need *need)
{
    unsigned rest = need->rows - need->head - 1 - 3, left = need->cols / 2, row = need->head;
    unsigned lower = clamp(rest / 5, LOWER_MIN, 12), events = clamp(rest / 4, LOWER_MIN, 16);
    unsigned conns = rest - lower - events;
    unsigned least = need->counts[PANEL_CONNECTIONS];
    unsigned ips = need->counts[PANEL_IPS];
    unsigned most = ips > need->counts[PANEL_BACKENDS] ? ips : need->counts[PANEL_BACKENDS];
    hand_over(&conns, least, &lower, min(most, rest / 3));
    hand_over(&conns, least, &events, rest / 3);
    plan->panels[PANEL_CONNECTIONS] = take(&row, 0, conns + 1, need->cols);
    plan->panels[PANEL_IPS] = (struct area){row, 0, lower + 1, left};
    /* One free column between the two. */
    plan->panels[PANEL_BACKENDS] = take(&row, left + 1, lower + 1, need->cols - left - 1);
    plan->panels[PANEL_EVENTS] = take(&row, 0, events + 1, need->cols);
}

bool plan_is_small(unsigned rows, unsigned cols)
{
    return cols < 80 || rows < 24;
}

void plan_make(struct plan *plan, const struct plan_need *need)
{
    *plan = (struct plan){.kind = PLAN_TINY};
    if (need->cols < 60 || need->rows < 12) {
        plan->header = (struct area){0, 0, need->rows, need->cols};
        return;
    }
    plan->header = (struct area){0, 0, need->head, need->cols};
    plan->bar = (struct area){need->rows - 1, 0, 1, need->cols};
    if (plan_is_small(need->rows, need->cols) || need->alone != PANEL_ALL) {
        plan->kind = PLAN_SINGLE;
        plan_single(plan, need);
    } else if (need->cols < PLAN_WIDE) {
        plan->kind = PLAN_STACKED;
        plan_stacked(plan, need);
    } else {
        plan->kind = PLAN_WIDE_TWO;
        plan_wide(plan, need);
    }
}
