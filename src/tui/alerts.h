/*
 * What is wrong now, in sentences: backends, standing warnings, rates, limits, the terminal. Made
 * anew from the snapshot whenever somebody asks. Pure.
 */
#ifndef TUI_ALERTS_H
#define TUI_ALERTS_H

#include <stdbool.h>

#include "stats/snapshot.h"

#define ALERTS_MAX 100
#define ALERT_TEXT 220

struct view;

struct alert {
    enum event_level level; /* INFO: worth knowing, but nothing is wrong */
    char text[ALERT_TEXT];
};

struct alerts {
    struct alert list[ALERTS_MAX]; /* the worst first */
    unsigned count;                /* in `list` */
    unsigned wrong;                /* of them, above INFO */
    bool errors;                   /* one of them is an ERROR */
};

/* view->snap must be there. */
void alerts_make(struct alerts *alerts, const struct view *view);

#endif
