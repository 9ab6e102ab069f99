/*
 * Lines with labels.
 */
#include "tui/sheet.h"

#include <stdarg.h>
#include <stdio.h>

#include "tui/draw.h"

bool sheet_is_seen(const struct sheet *s)
{
    return s->g != NULL && s->line >= s->first && s->line - s->first < s->room.rows;
}

unsigned sheet_row(const struct sheet *s)
{
    return s->room.row + s->line - s->first;
}

void sheet_text(struct sheet *s, const char *label, unsigned role, const char *text)
{
    unsigned cols = s->room.cols - SHEET_LABEL;
    do {
        size_t len = draw_wrap(text, cols);
        if (sheet_is_seen(s)) {
            grid_text(s->g, sheet_row(s), s->room.col, SHEET_LABEL - 1, ROLE_DIM, label);
            grid_textf(s->g, sheet_row(s), s->room.col + SHEET_LABEL, cols, role, "%.*s", (int)len,
                       text);
        }
        label = "";
        text += len;
        s->line++;
    } while (*text != '\0');
}

void sheet_put(struct sheet *s, const char *label, unsigned role, const char *format, ...)
{
    char text[SHEET_LINE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sheet_text(s, label, role, text);
}

void sheet_blank(struct sheet *s)
{
    s->line++;
}
