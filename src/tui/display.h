/*
 * A terminal that grids are shown on. ncurses works out the bytes, but never touches the terminal:
 * it writes into memory, and the bytes leave through a non-blocking descriptor. So nothing here
 * ever waits for a terminal. All functions: UI thread only, after display_new in the same thread.
 */
#ifndef TUI_DISPLAY_H
#define TUI_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "conf/config.h"
#include "tui/grid.h"
#include "tui/theme.h"

#define DISPLAY_RESET_MAX 256

struct display_options {
    const char *type;       /* TERM; unknown ones fall back */
    const char *color_term; /* COLORTERM, or NULL */
    const struct theme *theme;
    enum config_color color;
};

enum display_state { DISPLAY_SENT, DISPLAY_PENDING, DISPLAY_GONE };

struct display;

/* Whether a terminal of this type can show a screen; for an unknown type a known one would stand
 * in. Before there is a display, any one thread. */
bool display_suits(const char *type);

/* Takes over nothing: `fd` stays the caller's and must be O_NONBLOCK. `note` (VIEW_LINE of room)
 * receives a remark when the type had to be replaced, else "". NULL with err. */
struct display *display_new(int fd, unsigned rows, unsigned cols,
                            const struct display_options *options, char *note, size_t note_size,
                            struct err *err);
void display_free(struct display *display);

/* Another theme, from the next frame on, which is drawn whole. */
void display_theme(struct display *display, const struct theme *theme);

/* Whether only ASCII may be drawn. */
bool display_ascii(const struct display *display);

/* Whether the last frame has left and the terminal takes more. */
bool display_ready(const struct display *display);

/* Works out the bytes from the frame before to this one. Only when everything before has left. */
void display_draw(struct display *display, const struct grid *grid, unsigned cursor_row);

/* Writes what the terminal takes at once. */
enum display_state display_flush(struct display *display);

/* The next frame is drawn whole, with one erase. -1 when out of memory. */
int display_resize(struct display *display, unsigned rows, unsigned cols);
void display_repaint(struct display *display);

/* Whether the terminal is to report the buttons of the mouse; off at first. Like those below it
 * makes bytes that display_flush sends. */
void display_mouse(struct display *display, bool on);

/* Bytes for the terminal that no frame is made of. Like display_mouse. */
void display_send(struct display *display, struct slice bytes);

/* Somebody else may have had the terminal: what has not left is dropped, its modes are set anew and
 * the next frame is whole. */
void display_again(struct display *display);

/* Makes the bytes that give the terminal back; display_flush sends them. */
void display_leave(struct display *display);

/* The same in short, for emergencies; ready from the start. */
size_t display_reset_text(const struct display *display, char out[DISPLAY_RESET_MAX]);

/* Bytes written to the terminal so far. */
uint64_t display_bytes(const struct display *display);

#endif
