/*
 * Cells and clipping. A wide character owns two cells; whatever overwrites one half blanks the
 * other, so that a row always has as many columns as the window.
 */
#include "tui/grid.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#define REPLACEMENT 0xfffdu

static const struct cell blank = {.ch = ' ', .role = ROLE_TEXT, .width = 1};

static struct cell *at(const struct grid *g, unsigned row, unsigned col)
{
    assert(row < g->rows && col < g->cols);
    return &g->cells[(size_t)row * g->cols + col];
}

int grid_resize(struct grid *g, unsigned rows, unsigned cols)
{
    rows = rows < 1 ? 1 : rows > GRID_ROWS_MAX ? GRID_ROWS_MAX : rows;
    cols = cols < 1 ? 1 : cols > GRID_COLS_MAX ? GRID_COLS_MAX : cols;
    struct cell *cells = calloc((size_t)rows * cols, sizeof(*cells));
    if (cells == NULL)
        return -1;
    free(g->cells);
    g->cells = cells;
    g->rows = rows;
    g->cols = cols;
    grid_erase(g);
    return 0;
}

void grid_free(struct grid *g)
{
    free(g->cells);
    g->cells = NULL;
    g->rows = g->cols = 0;
}

void grid_erase(struct grid *g)
{
    size_t count = (size_t)g->rows * g->cols;
    for (size_t i = 0; i < count; i++)
        g->cells[i] = blank;
    g->target_count = 0;
}

void grid_target(struct grid *g, struct area area, enum target_kind kind, uint64_t value)
{
    if (g->target_count < GRID_TARGETS_MAX)
        g->targets[g->target_count++] = (struct target){area, kind, value};
}

const struct target *grid_find_target(const struct grid *g, unsigned row, unsigned col)
{
    for (unsigned i = g->target_count; i > 0; i--) {
        const struct area *area = &g->targets[i - 1].area;
        if (row >= area->row && row - area->row < area->rows && col >= area->col &&
            col - area->col < area->cols)
            return &g->targets[i - 1];
    }
    return NULL;
}

/* Makes the cell free to be written: the other half of a wide character in it becomes a blank. */
static void split_wide(struct grid *g, unsigned row, unsigned col)
{
    struct cell *cell = at(g, row, col);
    if (cell->width == 0 && col > 0) {
        at(g, row, col - 1)->ch = ' ';
        at(g, row, col - 1)->width = 1;
        at(g, row, col - 1)->marks[0] = at(g, row, col - 1)->marks[1] = 0;
    } else if (cell->width == 2 && col + 1 < g->cols) {
        at(g, row, col + 1)->ch = ' ';
        at(g, row, col + 1)->width = 1;
    }
}

static void put(struct grid *g, unsigned row, unsigned col, unsigned role, uint32_t ch,
                unsigned width)
{
    split_wide(g, row, col);
    if (width == 2)
        split_wide(g, row, col + 1);
    *at(g, row, col) = (struct cell){.ch = ch, .role = (uint8_t)role, .width = (uint8_t)width};
    if (width == 2)
        *at(g, row, col + 1) = (struct cell){.ch = ' ', .role = (uint8_t)role, .width = 0};
}

static void put_mark(struct grid *g, unsigned row, unsigned col, uint32_t mark)
{
    struct cell *cell = at(g, row, col);
    if (cell->width == 0 && col > 0)
        cell = at(g, row, col - 1);
    if (cell->marks[0] == 0)
        cell->marks[0] = mark;
    else if (cell->marks[1] == 0)
        cell->marks[1] = mark;
}

static bool is_control(uint32_t ch)
{
    return ch < 0x20 || (ch >= 0x7f && ch < 0xa0);
}

unsigned grid_columns(const char *text)
{
    struct slice rest = slice_of(text);
    size_t offset = 0;
    unsigned columns = 0;
    uint32_t ch;
    while (text_decode(rest, &offset, &ch)) {
        int width = text_width(ch);
        columns += width < 0 ? 1 : (unsigned)width;
    }
    return columns;
}

unsigned grid_text(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                   const char *text)
{
    if (row >= g->rows || col >= g->cols)
        return 0;
    if (width > g->cols - col)
        width = g->cols - col;
    struct slice rest = slice_of(text);
    size_t offset = 0;
    unsigned used = 0;
    uint32_t ch;
    while (text_decode(rest, &offset, &ch)) {
        int columns = text_width(ch);
        if (is_control(ch) || columns < 0) {
            ch = REPLACEMENT;
            columns = 1;
        }
        if (columns == 0) {
            if (used > 0 && !g->ascii)
                put_mark(g, row, col + used - 1, ch);
            continue;
        }
        if (used + (unsigned)columns > width)
            break;
        if (g->ascii && ch > 0x7e) {
            for (int i = 0; i < columns; i++)
                put(g, row, col + used + (unsigned)i, role, '?', 1);
        } else {
            put(g, row, col + used, role, ch, (unsigned)columns);
        }
        used += (unsigned)columns;
    }
    return used;
}

void grid_right(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                const char *text)
{
    unsigned columns = grid_columns(text);
    unsigned pad = columns < width ? width - columns : 0;
    grid_text(g, row, col + pad, width - pad, role, text);
}

unsigned grid_text_cut(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                       const char *text)
{
    const char *ellipsis = g->ascii ? "..." : "\xe2\x80\xa6";
    unsigned room = g->ascii ? 3 : 1, columns = 0;
    struct slice rest = slice_of(text);
    size_t start = 0, offset = 0, end = 0, word = 0;
    uint32_t ch;
    if (grid_columns(text) <= width || width < 2 * room)
        return grid_text(g, row, col, width, role, text);
    for (; text_decode(rest, &offset, &ch); start = offset) {
        int wide = text_width(ch);
        if (ch == ' ')
            word = start;
        columns += wide < 0 ? 1 : (unsigned)wide;
        if (columns + room > width)
            break;
        end = offset;
    }
    /* Not at a word where that would waste half of the room. */
    if (word > end / 2)
        end = word;
    char head[400];
    snprintf(head, sizeof(head), "%.*s", (int)end, text);
    unsigned used = grid_text(g, row, col, width, role, head);
    return used + grid_text(g, row, col + used, width - used, role, ellipsis);
}

unsigned grid_textf(struct grid *g, unsigned row, unsigned col, unsigned width, unsigned role,
                    const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return len < 0 ? 0 : grid_text(g, row, col, width, role, text);
}

void grid_fill(struct grid *g, unsigned row, unsigned col, unsigned count, unsigned role,
               uint32_t ch, char ascii)
{
    if (g->ascii)
        ch = (unsigned char)ascii;
    if (is_control(ch) || text_width(ch) != 1)
        ch = g->ascii ? '?' : REPLACEMENT;
    for (unsigned i = 0; i < count && row < g->rows && col + i < g->cols; i++)
        put(g, row, col + i, role, ch, 1);
}

void grid_paint(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role)
{
    for (unsigned i = 0; i < cols && row < g->rows && col + i < g->cols; i++) {
        struct cell *cell = at(g, row, col + i);
        cell->role = (uint8_t)(role | (cell->role & ~ROLE_MASK));
    }
}

static void mark_cells(struct grid *g, struct area cells, unsigned mark)
{
    for (unsigned i = 0; i < cells.cols && cells.row < g->rows && cells.col + i < g->cols; i++)
        at(g, cells.row, cells.col + i)->role |= (uint8_t)mark;
}

void grid_select(struct grid *g, unsigned row, unsigned col, unsigned cols)
{
    mark_cells(g, (struct area){row, col, 1, cols}, ROLE_SELECTED);
}

void grid_select_unfocused(struct grid *g, unsigned row, unsigned col, unsigned cols)
{
    mark_cells(g, (struct area){row, col, 1, cols}, ROLE_SELECTED | ROLE_UNFOCUSED);
}

bool grid_cell_equal(const struct cell *a, const struct cell *b)
{
    return a->ch == b->ch && a->role == b->role && a->width == b->width &&
           a->marks[0] == b->marks[0] && a->marks[1] == b->marks[1];
}

void grid_dump(const struct grid *g, struct str *out)
{
    for (unsigned row = 0; row < g->rows; row++) {
        unsigned end = g->cols;
        while (end > 0 && at(g, row, end - 1)->ch == ' ' && at(g, row, end - 1)->width == 1)
            end--;
        for (unsigned col = 0; col < end; col++) {
            const struct cell *cell = at(g, row, col);
            char utf8[4];
            if (cell->width == 0)
                continue;
            str_add(out, utf8, text_encode(utf8, cell->ch));
            for (unsigned i = 0; i < 2 && cell->marks[i] != 0; i++)
                str_add(out, utf8, text_encode(utf8, cell->marks[i]));
        }
        str_add_char(out, '\n');
    }
}
