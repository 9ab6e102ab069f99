/*
 * The screen held still while the proxy runs on, and steps back through the last 60 seconds. What
 * is shown is view->snap; what is true by now is view->newest. Pure but for memory; time comes in.
 * UI thread.
 */
#ifndef TUI_PAUSE_H
#define TUI_PAUSE_H

#include <stdbool.h>

#include "stats/snapshot.h"
#include "tui/past.h"

struct view;

struct pause {
    bool on;
    double since;
    unsigned seconds;            /* whole ones since then, as shown */
    unsigned back;               /* seconds before the picture of then */
    const struct snap *standing; /* with a reference, like `drawn` and `leaving` */
    const struct snap *drawn;    /* of the past; NULL while `back` is 0 */
    const struct snap *leaving;  /* shown until now */
    struct past *past;
};

/* Without memory for a past there is none to go back to. */
void pause_init(struct pause *pause);
void pause_free(struct pause *pause);

/* Takes the newest snapshot in (NULL: none yet) and decides what is shown. True when that is
 * another picture than before, or the time on the screen moves. */
bool pause_update(struct view *view, const struct snap *newest, double now);

/* Once the lists no longer use what was shown before. */
void pause_settle(struct view *view);

void pause_begin(struct view *view, double now);
void pause_end(struct view *view);

/* Goes so many seconds back (< 0: forth), as far as there are any. False when not a step was
 * possible. */
bool pause_step(struct view *view, int back);

#define PAUSE_TEXT_MAX 24
/* "PAUSED 12s", or "PAUSED -23s" for a picture of the past; false when it is live. */
bool pause_text(const struct view *view, char out[PAUSE_TEXT_MAX]);

#endif
