/*
 * Questions: one answer a line, since they are read before they are given.
 */
#include "tui/question.h"

#include <stdarg.h>
#include <stdio.h>

#include "tui/box.h"

#define COLS_MIN 52
#define COLS_MAX 76
#define ANSWER_COL 4
#define ANSWER_FRAME 7 /* "[ y  " and " ]" */

void question_line(struct question *question, const char *format, ...)
{
    va_list args;
    if (question->line_count == QUESTION_LINES)
        return;
    va_start(args, format);
    vsnprintf(question->lines[question->line_count++], QUESTION_TEXT, format, args);
    va_end(args);
}

void question_spare(struct question *question)
{
    if (question->line_count > 0)
        question->spare[question->line_count - 1] = true;
}

void question_answer(struct question *question, char key, const char *format, ...)
{
    va_list args;
    unsigned i = question->answer_count;
    if (i == QUESTION_ANSWERS)
        return;
    va_start(args, format);
    vsnprintf(question->answers[i].text, QUESTION_TEXT, format, args);
    va_end(args);
    question->answers[i].key = key;
    question->answer_count++;
}

static void draw_answer(struct grid *g, struct area room, unsigned row,
                        const struct question *question, unsigned i, bool marked)
{
    char text[QUESTION_TEXT + 8];
    unsigned role = marked ? ROLE_DIALOG_DEFAULT : i > 0 ? ROLE_DIALOG_DANGER : ROLE_DIALOG;
    char key = question->answers[i].key;
    if (key == 0)
        snprintf(text, sizeof(text), "[ %s ]", question->answers[i].text);
    else
        snprintf(text, sizeof(text), "[ %c  %s ]", key, question->answers[i].text);
    unsigned col = room.col + ANSWER_COL;
    col += grid_text(g, row, col, room.cols - ANSWER_COL, role, text);
    if (key >= 'A' && key <= 'Z')
        grid_textf(g, row, col + 2, room.col + room.cols - col - 2, ROLE_DIM, "(capital %c)", key);
}

/* A question in the last row: all that fits into a window of a few lines. */
static bool draw_line(struct grid *g, const struct question *question)
{
    char text[2 * QUESTION_TEXT];
    int len = snprintf(text, sizeof(text), "%s [N]",
                       question->brief[0] != '\0' ? question->brief : question->title);
    for (unsigned i = 1; i < question->answer_count && len > 0 && (size_t)len < sizeof(text); i++)
        if (question->answers[i].key != 0)
            len +=
                snprintf(text + len, sizeof(text) - (size_t)len, "/%c", question->answers[i].key);
    if (len < 0 || (unsigned)len > g->cols)
        return false;
    grid_fill(g, g->rows - 1, 0, g->cols, ROLE_DIALOG, ' ', ' ');
    grid_text(g, g->rows - 1, 0, g->cols, ROLE_DIALOG_DANGER, text);
    return true;
}

/* As wide as its longest line, as far as the window and good reading allow. */
static unsigned columns_of(const struct grid *g, const struct question *question)
{
    unsigned cols = COLS_MIN;
    for (unsigned i = 0; i < question->line_count; i++)
        if (grid_columns(question->lines[i]) > cols)
            cols = grid_columns(question->lines[i]);
    for (unsigned i = 0; i < question->answer_count; i++)
        if (grid_columns(question->answers[i].text) + ANSWER_COL + ANSWER_FRAME > cols)
            cols = grid_columns(question->answers[i].text) + ANSWER_COL + ANSWER_FRAME;
    cols = cols > COLS_MAX ? COLS_MAX : cols;
    return g->cols < cols + 4 && g->cols > COLS_MIN + 4 ? g->cols - 4 : cols;
}

/* Which lines are left out so that the rest has room; how many are not. */
static unsigned leave_out(const struct grid *g, const struct question *question,
                          bool out[QUESTION_LINES])
{
    unsigned lines = question->line_count;
    for (unsigned i = question->line_count; i-- > 0;) {
        bool low = lines + question->answer_count + 2 > g->rows;
        out[i] = low && question->spare[i];
        lines -= out[i];
    }
    return lines;
}

bool question_draw(struct grid *g, const struct question *question, unsigned choice)
{
    struct area room;
    bool out[QUESTION_LINES];
    unsigned least = leave_out(g, question, out) + question->answer_count;
    if (!box_frame(g, least + 3, columns_of(g, question), least, question->title, &room))
        return draw_line(g, question);
    unsigned spare = room.rows - least;
    unsigned row = room.row + (spare > 1);
    for (unsigned i = 0; i < question->line_count; i++)
        if (!out[i])
            grid_text_cut(g, row++, room.col, room.cols, ROLE_DIALOG, question->lines[i]);
    row += spare > 0;
    for (unsigned i = 0; i < question->answer_count; i++) {
        box_target(g, room, row, TARGET_ANSWER, i);
        draw_answer(g, room, row++, question, i, i == choice);
    }
    return true;
}

int question_key(const struct question *question, enum key_command command, int key,
                 unsigned *choice)
{
    unsigned count = question->answer_count;
    /* Something else ended it meanwhile: what was marked is not offered any more. */
    if (*choice >= count)
        *choice = 0;
    switch (command) {
    case CMD_ANSWER:
        return (int)*choice;
    case CMD_OTHER:
    case CMD_NEXT:
        *choice = (*choice + 1) % count;
        return -1;
    case CMD_OTHER_BACK:
    case CMD_PREV:
        *choice = (*choice + count - 1) % count;
        return -1;
    default:
        break;
    }
    for (unsigned i = 0; i < count; i++)
        if (question->answers[i].key != 0 && question->answers[i].key == key)
            return (int)i;
    return -1;
}
