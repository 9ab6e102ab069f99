/*
 * What was copied last, and whether it still has to leave for the terminal's clipboard. Embedded in
 * the view. UI thread.
 */
#ifndef TUI_COPYING_H
#define TUI_COPYING_H

#include <stdbool.h>

#include "base/str.h"
#include "tui/clip.h"

struct copying {
    enum clip_way way; /* SHOW as long as nobody says that the terminal has a clipboard */
    struct str text;
    bool send; /* with the next frame */
};

void copying_init(struct copying *copying);
void copying_free(struct copying *copying);

/* `wanted`: the configuration lets the clipboard be used; `type`: the terminal's. */
void copying_begin(struct copying *copying, bool wanted, const char *type);

/* Sends what waits; only when everything before has left the display. */
struct display;
void copying_send(struct copying *copying, struct display *display);

#endif
