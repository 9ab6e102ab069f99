/*
 * Which panel goes where: areas for every size of window, nothing drawn. Below 60x12 a few lines of
 * status; below 80x24, or on demand, one panel with a line of tabs; then all panels in one column;
 * from 130 columns IPs and backends side by side. Pure.
 */
#ifndef TUI_PLAN_H
#define TUI_PLAN_H

#include "tui/grid.h"
#include "tui/panels.h"

#define PLAN_WIDE 130 /* columns */

enum plan_kind { PLAN_TINY, PLAN_SINGLE, PLAN_STACKED, PLAN_WIDE_TWO };

struct plan_need {
    unsigned rows, cols;          /* of the window */
    unsigned head;                /* rows of the header */
    enum panel alone;             /* or PANEL_ALL */
    enum panel focus;             /* the one in sight where there is room for one only */
    unsigned counts[PANEL_COUNT]; /* rows that each can use */
};

struct plan {
    enum plan_kind kind;
    struct area header, bar;
    struct area tabs;                /* SINGLE; else no rows */
    struct area panels[PANEL_COUNT]; /* head included; no rows: not in sight */
};

/* Whether a window of this size has room for one panel only. */
bool plan_is_small(unsigned rows, unsigned cols);

/* The rows to plan with for a list of `count` that had `room` before: more than it has, and the
 * same while the list changes by a few, so that a screen does not move with every connection. */
unsigned plan_room(unsigned room, unsigned count);

void plan_make(struct plan *plan, const struct plan_need *need);

#endif
