/*
 * Bytes of a terminal to keys: all the forms in which xterm, tmux, screen, linux, putty and rxvt
 * send the keys we know, whatever TERM says. Unknown sequences are swallowed whole. Pure.
 */
#ifndef TUI_INPUT_H
#define TUI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#define INPUT_ESCAPE_SECONDS 0.05 /* a lone Escape is one when nothing follows for so long */

struct input {
    char pending[24]; /* an escape sequence under way, Escape included */
    unsigned len;
};

/* Takes in one byte; returns the key it completes, or KEYS_NONE. */
int input_byte(struct input *in, unsigned char byte);

/* Nothing came for INPUT_ESCAPE_SECONDS: a lone Escape becomes the key, the beginning of anything
 * else is dropped. */
int input_timeout(struct input *in);

bool input_is_waiting(const struct input *in);

#endif
