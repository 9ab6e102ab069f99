/*
 * What stands in for a terminal type that is not installed here. Pure.
 */
#ifndef TUI_TERMTYPE_H
#define TUI_TERMTYPE_H

#define TERMTYPE_MAX 64

#define TERMTYPE_TRIES 8

/* The types to try for TERM=`type`, best first: itself, then without its suffixes one by one
 * ("-256color", "+256color"), then xterm-256color where the name is known to understand it, then
 * vt100. Returns how many. */
unsigned termtype_tries(const char *type, char out[TERMTYPE_TRIES][TERMTYPE_MAX]);

#endif
