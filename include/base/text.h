/*
 * Text from strangers made fit to show, once, at the entrance: strict UTF-8; C0, DEL, C1,
 * U+2028/2029, bidi controls, zero-width, tag, private-use and unassigned characters become U+FFFD
 * (variation selectors, invisible as well, just go); at most two combining marks per base, none in
 * front of the first; tab and newline become a space. Widths come from a table of
 * our own, not from the locale, so tests see what users see. Pure; any thread.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

#define TEXT_COLUMNS_MAX 64

/* Cleans `raw` into out (NUL-terminated, `size` bytes, cut at a character) and to at most `columns`
 * columns (and never more than TEXT_COLUMNS_MAX). Returns the columns used. */
unsigned text_display(char *out, size_t size, struct slice raw, unsigned columns);

/* Decodes one character at *at (advanced); U+FFFD for every malformed sequence. False at the end of
 * text. */
bool text_decode(struct slice text, size_t *at, uint32_t *codepoint);

/* Columns of a character on a terminal: 0 (combining), 1 or 2 (East Asian wide); -1 for one that
 * must not be shown. */
int text_width(uint32_t codepoint);

/* Appends the UTF-8 form to out (4 bytes of room) and returns its length. */
size_t text_encode(char out[4], uint32_t codepoint);

#endif
