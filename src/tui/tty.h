/*
 * The controlling terminal as a file: a description of our own, modes, size, and putting everything
 * back, from any thread and from a signal handler.
 */
#ifndef TUI_TTY_H
#define TUI_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Opens the controlling terminal (else the one on standard output) anew, O_NONBLOCK and
 * O_CLOEXEC: the shell's own descriptors keep their flags. -1 with err. */
int tty_open(struct err *err);

/* TERM, or "unknown". */
const char *tty_type(void);

/* Columns and rows; 24x80 where the terminal does not say. */
void tty_size(int fd, unsigned *rows, unsigned *cols);

/* Whether the terminal is ours at present: false for a job in the background, which can neither
 * read nor may it write across what the shell shows. */
bool tty_is_ours(int fd);

/* Takes keys one by one, without echo and signals, if the terminal is ours; else tty_again does
 * that later. Remembers how it was for tty_restore, together with the `reset` bytes (at most 256,
 * copied), and restores on fatal signals from now on. One terminal per process. -1 with err. */
int tty_take(int fd, const char *reset, size_t len, struct err *err);

/* The same modes once more, after somebody else had the terminal. */
void tty_again(void);

/* Puts the modes back, and says the reset bytes if `speak`; does nothing when not taken, or when
 * the terminal is not ours. Never blocks. Any thread. */
void tty_restore(int speak);

/* While the screen stands, standard error goes into a pipe instead of across the screen: returns
 * its reading end, non-blocking, or -1 when standard error is not a terminal. tty_errors_end puts
 * it back. Control thread. */
int tty_errors_begin(void);
void tty_errors_end(void);

#endif
