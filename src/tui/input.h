/*
 * Bytes of a terminal to keys: all the forms in which xterm, tmux, screen, linux, putty and rxvt
 * send the keys we know, whatever TERM says. What the mouse does comes in between, and so does
 * pasted text, which never means a key. Unknown sequences are swallowed whole. Pure.
 */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_ESCAPE_SECONDS 0.05 /* a lone Escape is one when nothing follows for so long */
#define INPUT_PASTE_SECONDS 2.0   /* a paste whose end was lost is over after so long a silence */

/* Buttons of the mouse that mean something here. */
enum mouse_button { MOUSE_LEFT, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN, MOUSE_OTHER };

/* A button went down. Rows and columns count from 0, and may lie outside of the screen. */
struct mouse {
    enum mouse_button button;
    unsigned row, col;
};

struct input {
    char pending[32]; /* an escape sequence under way, Escape included */
    unsigned len;
    char utf8[4]; /* a character beyond ASCII under way */
    unsigned utf8_len, utf8_whole;
    bool pasting;
    struct mouse mouse; /* behind KEYS_MOUSE */
};

/* Takes in one byte; returns the key it completes, or KEYS_NONE. Characters beyond ASCII and all
 * characters of pasted text come as KEYS_CHAR(codepoint): they are text in a prompt, and no key
 * elsewhere. Behind KEYS_MOUSE stands in->mouse. */
int input_byte(struct input *in, unsigned char byte);

/* Nothing came for input_patience(): a lone Escape becomes the key, the beginning of anything else
 * is dropped. */
int input_timeout(struct input *in);

/* The seconds of silence after which input_timeout is to be called; 0: not at all. */
double input_patience(const struct input *in);

#endif
