/*
 * A question with its answers. The first answer is the safe one and marked until the person moves
 * the mark; where the window is too small for the box it becomes one line. Pure.
 */
#ifndef TUI_QUESTION_H
#define TUI_QUESTION_H

#include <stdbool.h>

#include "tui/grid.h"
#include "tui/keys.h"

#define QUESTION_LINES 10
#define QUESTION_ANSWERS 8
#define QUESTION_TEXT 100

struct question {
    const char *title;
    char brief[QUESTION_TEXT]; /* "Kill #12?" for small windows; "" : the title */
    char lines[QUESTION_LINES][QUESTION_TEXT];
    bool spare[QUESTION_LINES]; /* left out, the last one first, where the window is low */
    unsigned line_count;
    struct {
        char key; /* 0: none of its own */
        char text[QUESTION_TEXT];
    } answers[QUESTION_ANSWERS];
    unsigned answer_count;
};

/* Adds a line; one too many is left out. */
void question_line(struct question *question, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Marks the line added last as one to be left out in a low window. */
void question_spare(struct question *question);
/* Adds an answer; one too many is left out. */
void question_answer(struct question *question, char key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* False when there is no room even for one line. `choice` is the marked answer. */
bool question_draw(struct grid *g, const struct question *question, unsigned choice);

/* The answer that the key gives, or -1; moves the mark. */
int question_key(const struct question *question, enum key_command command, int key,
                 unsigned *choice);

#endif
