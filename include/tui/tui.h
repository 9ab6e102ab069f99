/*
 * The screen: a thread of its own, the only one that calls ncurses. Reads snapshots, sends
 * commands. In its place line mode, where that was asked for or the terminal cannot show a screen.
 */
#ifndef TUI_TUI_H
#define TUI_TUI_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/config.h"
#include "stats/command.h"
#include "stats/snapshot.h"

struct tui;

/* Looks at the configuration's keys: `say` hears of every problem, one line with its place. Returns
 * how many there are; with any of them the screen starts with the keys of the preset alone. Pure;
 * any thread. */
unsigned tui_check_keys(const struct config *config, void (*say)(void *ctx, const char *text),
                        void *ctx);

/* The same for the theme, warnings included; returns how many errors there are. With any of them
 * the screen starts with its default theme. Reads files; any thread. */
unsigned tui_check_theme(const struct config *config, void (*say)(void *ctx, const char *text),
                         void *ctx);

/* Takes the terminal and starts the thread. Control thread, after the signals are the loop's. NULL
 * with err when the terminal cannot be used. Sends COMMAND_QUIT when the person leaves,
 * COMMAND_SCREEN_GONE when the terminal is gone. */
struct tui *tui_start(const struct config *config, struct snap_hub *hub, struct command_desk *desk,
                      struct err *err);

/* The window changed size (SIGWINCH). Any thread. */
void tui_resized(struct tui *tui);

/* The program was stopped and goes on (SIGCONT): takes the terminal again. Any thread. */
void tui_continued(struct tui *tui);

/* Ends the thread and restores the terminal; waits at most 200 ms for a thread that is held up,
 * then restores the terminal from outside. False: the thread has not ended yet and may still look
 * at the hub; to be called again before that is freed. NULL is harmless (true). Control thread. */
bool tui_stop(struct tui *tui);

#endif
