/*
 * What the screen shows besides the snapshot: list, dialog, prompt, notice. Changed by keys
 * (app.c), drawn by layout.c. Owned by the UI thread; pure.
 */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/command.h"
#include "stats/snapshot.h"
#include "tui/acting.h"
#include "tui/copying.h"
#include "tui/details.h"
#include "tui/dialog.h"
#include "tui/finding.h"
#include "tui/grid.h"
#include "tui/keymap.h"
#include "tui/look.h"
#include "stats/mask.h"
#include "tui/model.h"
#include "tui/panels.h"
#include "tui/pause.h"
#include "tui/prompt.h"
#include "tui/recall.h"
#include "tui/theme_load.h"

#define VIEW_LINE 160

/* The last click, to know a double one by. */
struct clicked {
    enum target_kind kind;
    uint64_t value;
    double at;
};

enum view_units { UNITS_BYTES, UNITS_BITS, UNITS_MESSAGES, UNITS_COUNT };

struct view {
    const struct snap *snap;   /* the one that is shown; borrowed; NULL before the first */
    const struct snap *newest; /* what is true by now: what acts goes by it; borrowed, or NULL */
    struct pause pause;
    struct keymap keymap;
    struct model model;
    struct mask mask;         /* of addresses and ids, for screen sharing */
    enum view_units units;    /* of rates */
    unsigned skipped_columns; /* of the connections, scrolled out to the left */
    struct details details;   /* of the connection in the box of that name */
    uint64_t shown_bot;       /* DIALOG_BOT: its id */
    struct panels panels;
    struct dialog dialog;
    struct prompt prompt;
    struct recall command_lines, filter_lines;
    struct theme_list themes; /* as of when it or a box with them was opened */
    struct finding finding;
    struct look look;
    struct look look_before; /* while another theme is looked at */
    struct acting acting;
    struct copying copying;
    char notice[VIEW_LINE]; /* our own word, in place of the function bar for a while */
    enum event_level notice_level;
    double notice_until;
    double refresh; /* seconds */
    struct clicked clicked;
    unsigned page;       /* rows of the focused list on screen */
    unsigned cursor_row; /* where the hidden cursor parks */
    bool more_columns;   /* of the connections, to the right of the screen */
    bool ascii;          /* draw nothing beyond ASCII, though the terminal could */
    bool slow_link;      /* frames come less often, since the terminal cannot keep up */
    bool mouse;          /* the terminal reports its buttons */
    bool tiny;           /* the window has room for nothing but the state in four lines */
    bool read_only;
    bool leaving; /* COMMAND_QUIT was sent */
};

/* The newest where there is one: of a connection that is shown but not in it, only the past is
 * left.
 */
static inline const struct snap *view_newest(const struct view *view)
{
    return view->newest != NULL ? view->newest : view->snap;
}

static inline bool view_read_only(const struct view *view)
{
    return view->read_only || (view->snap != NULL && view->snap->read_only);
}

#endif
