/*
 * The parts of lavalink/skim: skim.c knows the grammar, skim_text.c what is in strings, and
 * skim_number.c what digits are worth.
 */
#ifndef LAVALINK_SKIM_PARTS_H
#define LAVALINK_SKIM_PARTS_H

#include "lavalink/skim.h"

enum skim_state {
    STATE_VALUE,       /* a value has to come */
    STATE_FIRST_VALUE, /* or the end of the list that has just begun */
    STATE_KEY,
    STATE_FIRST_KEY,
    STATE_COLON,
    STATE_AFTER,     /* a comma, or the container's end */
    STATE_STRING,    /* within a string */
    STATE_ESCAPE,    /* behind a backslash */
    STATE_HEX,       /* within the digits of \u */
    STATE_CHARACTER, /* within a character of more than one byte */
    STATE_NUMBER,
    STATE_LITERAL, /* within true, false or null */
    STATE_DONE,
    STATE_BROKEN
};

/* Where the string or number under way goes. */
enum skim_sink { SINK_NONE, SINK_KEY, SINK_TEXT, SINK_BLOB, SINK_DIGITS };

/* The opening quote has passed; `sink` and `field` are set. */
void skim_string_begin(struct skim *s);
/* Goes on within a string; returns where it stopped. The state is STATE_BROKEN where it is none;
 * *ended says that the closing quote has passed. For a key that lies whole and plain in the bytes,
 * *key is that; else it is s->key. It is longer than SKIM_KEY_MAX where it may not be looked at. */
const char *skim_string(struct skim *s, void *texts, const char *at, const char *end, bool *ended,
                        struct slice *key);

/* Keeps bytes of a number. */
void skim_digits_add(struct skim *s, const char *bytes, size_t len);
/* Sets the value of s->field from the digits kept. */
void skim_digits_end(struct skim *s);

#endif
