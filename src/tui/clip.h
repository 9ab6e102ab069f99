/*
 * Text on its way into the clipboard of whoever sits at the terminal: the OSC 52 sequence, which
 * travels with the output, over SSH too. Inside tmux it is plain as well (tmux passes it on where
 * its `set-clipboard` is on or external); GNU screen gets it wrapped, in pieces. Pure.
 */
#ifndef TUI_CLIP_H
#define TUI_CLIP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "base/str.h"

/* What xterm takes at most, in base64; longer text is not sent at all. */
#define CLIP_BASE64_MAX 74994
#define CLIP_TEXT_MAX (CLIP_BASE64_MAX / 4 * 3)

enum clip_way {
    CLIP_SHOW, /* this terminal has no clipboard: the text is shown, to be selected by hand */
    CLIP_PLAIN,
    CLIP_WRAPPED /* GNU screen */
};

/* By the terminal's type; `in_screen`: inside GNU screen. A type that is not known to lack a
 * clipboard is tried: nobody tells whether it arrives. */
enum clip_way clip_way_of(const char *type, bool in_screen);

/* Appends the sequence. False, and nothing appended, when the text is too long or to be shown. */
bool clip_sequence(struct str *out, enum clip_way way, struct slice text);

#endif
