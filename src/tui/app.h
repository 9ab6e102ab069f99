/*
 * What keys do: changes of the view, and commands to the rest of the program. Pure but for the
 * `send` hook. Owned by the UI thread.
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "stats/command.h"
#include "tui/keys.h"
#include "tui/view.h"

/* Passes a command on; -1 when it could not be sent. */
typedef int app_send(void *ctx, const struct command *command);

struct config;

struct app {
    struct view view;
    app_send *send;
    void *ctx;
    double interrupted_at; /* the last Ctrl-C; < 0: none */
    double checked_at;
    bool headless;               /* the person leaves the screen and lets the proxy run */
    const struct config *config; /* borrowed; NULL in tests */
    bool redraw;                 /* Ctrl-L: the caller repaints everything and resets it */
    bool state_broken;           /* what lies there could not be read: it is kept aside then */
};

void app_init(struct app *app, app_send *send, void *ctx);
void app_free(struct app *app);

/* Takes over a configuration, which must live as long as the app: keys and mouse, then what was
 * saved of an earlier screen. What is wrong with any of it becomes a notice. Blocks on a small
 * file. */
void app_configure(struct app *app, const struct config *config, double now);

/* A key at `now` (monotonic seconds). */
void app_key(struct app *app, int key, double now);

/* Every snapshot there is, once a second, for the past; also those that are not shown. */
void app_record(struct app *app, const struct snap *snap);

/* A newer snapshot (borrowed until the next one) or merely the passing of time. True when there is
 * something new to draw. */
bool app_update(struct app *app, const struct snap *snap, double now);

/* The frame drawn last has reached the terminal in full. */
void app_frame_shown(struct app *app);

/* Shows one line of our own for some seconds. The grid refuses control bytes in it. */
void app_notice(struct app *app, enum event_level level, const char *text, double now);

/* --- for acts, boxes, prompts and the mouse --- */

/* Brings the lists up to date with the view; keys do so by themselves. */
void app_lists(struct app *app, double now);

/* Says that `what` is refused where only reading is allowed. */
bool app_refuses(struct app *app, const char *what, double now);

/* What a command's key does where no box and no prompt is open. */
void app_do(struct app *app, enum key_command command, double now);

void app_send_command(struct app *app, const struct command *command, double now);

/* The rows that a movement goes down by, 0 for other commands. */
int app_movement(const struct view *view, enum key_command command);

#endif
