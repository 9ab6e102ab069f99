/*
 * What was copied, by itself on the whole screen: no frame and nothing beside it that a selection
 * with the mouse would take along.
 */
#include "tui/acts.h"
#include "tui/box.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define HEAD_ROWS 2 /* the remark and an empty row */

/* The length of the next line of `cols` columns. */
static size_t line_len(struct slice text, unsigned cols)
{
    unsigned used = 0;
    size_t at = 0;
    uint32_t ch;
    for (size_t next = 0; text_decode(text, &next, &ch); at = next) {
        int width = text_width(ch);
        used += width > 0 ? (unsigned)width : 0;
        if (used > cols)
            break;
    }
    return at;
}

/* Draws line after line, those in sight; returns how many there are. */
static unsigned draw_lines(struct grid *g, struct slice text, unsigned first)
{
    unsigned line = 0;
    for (; text.len > 0; line++) {
        char bytes[GRID_COLS_MAX * 4 + 1];
        size_t len = line_len(text, g->cols);
        if (len == 0 || len >= sizeof(bytes))
            return line;
        memcpy(bytes, text.ptr, len);
        bytes[len] = '\0';
        if (line >= first && HEAD_ROWS + line - first < g->rows)
            grid_text(g, HEAD_ROWS + line - first, 0, g->cols, ROLE_TEXT, bytes);
        text = (struct slice){text.ptr + len, text.len - len};
    }
    return line;
}

static bool draw(struct grid *g, struct view *view)
{
    struct slice text = str_slice(&view->copying.text);
    if (g->rows <= HEAD_ROWS || g->cols < 20)
        return false;
    for (unsigned row = 0; row < g->rows; row++)
        grid_fill(g, row, 0, g->cols, ROLE_TEXT, ' ', ' ');
    grid_text_cut(g, 0, 0, g->cols, ROLE_DIM,
                  view->mouse ? "select it with Shift and the mouse; Esc closes"
                              : "select it with the mouse; Esc closes");
    unsigned lines = draw_lines(g, text, view->dialog.scroll), room = g->rows - HEAD_ROWS;
    unsigned most = lines > room ? lines - room : 0;
    if (view->dialog.scroll > most) {
        view->dialog.scroll = most;
        return draw(g, view);
    }
    return true;
}

const struct box_ops box_copy = {.draw = draw, .command = box_scroll};
