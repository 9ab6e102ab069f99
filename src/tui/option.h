/*
 * What can be set on the screen: one table of names with a way to set and to say each. The command
 * line's `set`, its shorter words (`theme`, `sort`...) and the state file are all made of it. Pure.
 * UI thread.
 */
#ifndef TUI_OPTION_H
#define TUI_OPTION_H

#include "base/err.h"
#include "base/str.h"
#include "tui/app.h"

#define OPTION_TEXT_MAX 256
#define WORD_MAX 64 /* of a completed one */

typedef int option_set(struct app *app, struct slice value, double now, struct err *err);
typedef void option_get(const struct view *view, struct str *out);
/* The `i`th of the words that may stand behind `before`, the words so far; NULL behind the last. It
 * may stand in `buffer`. */
typedef const char *option_choice(const struct view *view, struct slice before, size_t i,
                                  char buffer[WORD_MAX]);

struct option {
    const char *name;   /* "sort" */
    const char *values; /* for the help: "COLUMN [asc|desc]" */
    const char *help;   /* one line */
    /* Takes a value; -1 with err (never NULL) when it cannot be, and nothing has changed. */
    option_set *set;
    /* The value of now, as `set` takes it; nothing where there is none to keep. */
    option_get *get;
    option_choice *choice; /* of the value; may be NULL */
    /* What the name alone does on the command line; CMD_NONE: it says the value of now. */
    enum key_command alone;
};

/* The `i`th, or NULL. */
const struct option *option_at(size_t i);
/* By name, or NULL. */
const struct option *option_find(struct slice name);

/* Sets it (where there is a value) and says what it is now, or why it cannot be so. */
void option_apply(struct app *app, const struct option *option, struct slice value, double now);

/* The first word of *rest, which is cut off it. */
struct slice option_cut_word(struct slice *rest);

/* The next step of the refresh interval, up or down, with a notice. */
void option_step_refresh(struct app *app, bool slower, double now);

/* --- option_view.c --- */

option_set option_set_filter, option_set_mask, option_set_mouse, option_set_units,
    option_set_columns, option_set_ascii;
option_get option_get_filter, option_get_mask, option_get_mouse, option_get_units,
    option_get_columns, option_get_ascii;
option_choice option_switch_choice, option_units_choice;

#endif
