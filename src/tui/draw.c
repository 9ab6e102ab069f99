/*
 * The pieces that several panels share: rules, bars, sparklines, rates.
 */
#include "tui/draw.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/text.h"

#define COARSE_SECONDS 10 /* of one column, over a slow link */

unsigned draw_rule(struct grid *g, struct area area, const struct view *view, enum panel panel,
                   const char *title)
{
    bool focused = panels_focused(view) == panel;
    grid_fill(g, area.row, area.col, area.cols, focused ? ROLE_BORDER_FOCUS : ROLE_BORDER, 0x2500,
              '-');
    grid_target(g, (struct area){area.row, area.col, 1, area.cols}, TARGET_PANEL, panel);
    unsigned used = grid_textf(g, area.row, area.col + 2, area.cols - 4, ROLE_TITLE,
                               focused ? "[%s]" : " %s ", title);
    return area.col + 3 + used;
}

unsigned draw_window(struct area area, struct view *view, enum panel panel, struct picker *rows,
                     unsigned *shown)
{
    unsigned height = area.rows - 1;
    picker_window(rows, height);
    *shown = rows->count - rows->top < height ? rows->count - rows->top : height;
    if (panels_focused(view) == panel) {
        view->page = height;
        view->cursor_row = area.row;
    }
    return rows->top;
}

void draw_picked(struct grid *g, struct area row, struct view *view, enum panel panel)
{
    grid_text(g, row.row, row.col, 1, ROLE_TEXT, ">");
    if (panels_focused(view) != panel) {
        grid_select_unfocused(g, row.row, row.col, row.cols);
        return;
    }
    grid_select(g, row.row, row.col, row.cols);
    view->cursor_row = row.row;
}

void draw_rule_head(struct grid *g, unsigned row, unsigned *from, unsigned end, const char *text)
{
    unsigned len = (unsigned)strlen(text);
    if (end < *from + len)
        return;
    grid_textf(g, row, end - len - 1, len + 2, ROLE_DIM, " %s ", text);
    *from = end + 1;
}

/* The next step at or above the peak out of 2^k and 1.5 * 2^k: a scale that rarely changes rarely
 * redraws the row. */
static uint64_t nice_peak(uint64_t peak)
{
    uint64_t step = 8;
    while (step < peak) {
        if (step + step / 2 >= peak)
            return step + step / 2;
        step *= 2;
    }
    return step;
}

void draw_level(struct grid *g, unsigned row, unsigned col, unsigned role, unsigned level)
{
    static const char ascii[] = " .:-=+*#@";
    assert(level < sizeof(ascii) - 1);
    if (level != 0)
        grid_fill(g, row, col, 1, role, 0x2580u + level, ascii[level]);
}

/* The meaning of one column of a history: of its height, where the theme has steps. */
static unsigned spark_role(const struct grid *g, unsigned role, unsigned level)
{
    if (g->style.step_count > 0 && level > 0)
        return g->style.steps[(level - 1) * g->style.step_count / 8];
    return role;
}

void draw_spark(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                const uint32_t values[SERIES_SECONDS], uint64_t phase)
{
    if (cols == 0)
        return;
    unsigned seconds = (SERIES_SECONDS + cols - 1) / cols; /* of one column */
    if (g->coarse && seconds < COARSE_SECONDS)
        seconds = COARSE_SECONDS;
    unsigned columns = SERIES_SECONDS / seconds;
    /* Only whole columns, so that between two shifts nothing moves. */
    unsigned end = SERIES_SECONDS - (unsigned)(phase % seconds);
    uint64_t sums[SERIES_SECONDS], peak = 0;
    unsigned count = 0;
    for (; count < columns && end >= seconds; end -= seconds, count++) {
        uint64_t sum = 0;
        for (unsigned i = end - seconds; i < end; i++)
            sum += values[i];
        sums[count] = (sum + seconds - 1) / seconds;
        if (sums[count] > peak)
            peak = sums[count];
    }
    uint64_t scale = nice_peak(peak);
    if (role == ROLE_RATE_LOW) /* the plain text colour is for figures */
        role = ROLE_SPARK;
    for (unsigned i = 0; i < count; i++) {
        unsigned level = (unsigned)((sums[i] * 8 + scale - 1) / scale);
        draw_level(g, row, col + cols - 1 - i, spark_role(g, role, level), level);
    }
}

void draw_spark_both(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
                     const struct snap_history *history, uint64_t phase)
{
    uint32_t sums[SERIES_SECONDS];
    for (unsigned i = 0; i < SERIES_SECONDS; i++) {
        uint64_t sum = (uint64_t)history->in[i] + history->out[i];
        sums[i] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    }
    draw_spark(g, row, col, cols, role, sums, phase);
}

void draw_bar(struct grid *g, unsigned row, unsigned col, unsigned cols, unsigned role,
              uint64_t part, uint64_t whole)
{
    if (cols < 3)
        return;
    unsigned room = cols - 2, halves = 0;
    if (whole > 0)
        halves = (unsigned)((double)part / (double)whole * room * 2 + 0.5);
    if (halves > room * 2)
        halves = room * 2;
    role = role == ROLE_RATE_LOW ? ROLE_BAR_FILL : role;
    grid_fill(g, row, col, 1, ROLE_BORDER, '[', '[');
    grid_fill(g, row, col + 1, halves / 2, role, 0x2588, '|');
    if (halves % 2 == 1)
        grid_fill(g, row, col + 1 + halves / 2, 1, role, 0x258c, '|');
    grid_fill(g, row, col + cols - 1, 1, ROLE_BORDER, ']', ']');
}

void draw_flow_line(struct grid *g, struct area line, const struct view *view, const char *label,
                    uint64_t rate, uint64_t total, const uint32_t seconds[SERIES_SECONDS])
{
    char text[HUMAN_MAX];
    const struct snap *snap = view->snap;
    unsigned row = line.row, col = line.col, rest = line.cols > 46 ? line.cols - 46 : 0;
    unsigned role = draw_band_role(snap, rate);
    uint32_t peak = 0;
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        peak = seconds[i] > peak ? seconds[i] : peak;
    grid_text(g, row, col, 3, ROLE_DIM, label);
    grid_textf(g, row, col + 4, 10, role, "%7s%s", draw_rate_text(text, view, rate),
               draw_mark(g, snap, rate));
    grid_textf(g, row, col + 16, 12, ROLE_DIALOG, "max %7s", draw_rate_text(text, view, peak));
    grid_textf(g, row, col + 31, 11, ROLE_DIALOG, "total %5s", human_size(text, total));
    unsigned cols = rest >= 30 ? 30 : rest >= 20 ? 20 : rest >= 12 ? 12 : 0;
    draw_spark(g, row, col + 46, cols, role, seconds, snap->second);
}

const char *draw_mark(const struct grid *g, const struct snap *snap, uint64_t rate)
{
    enum band band = band_of(rate, snap->band_medium, snap->band_high);
    const char *own = band == BAND_HIGH     ? g->style.marks[1]
                      : band == BAND_MEDIUM ? g->style.marks[0]
                                            : "";
    return own[0] != '\0' ? own : band_mark(band);
}

unsigned draw_band_role(const struct snap *snap, uint64_t rate)
{
    switch (band_of(rate, snap->band_medium, snap->band_high)) {
    case BAND_HIGH:
        return ROLE_RATE_HIGH;
    case BAND_MEDIUM:
        return ROLE_RATE_MID;
    default:
        return ROLE_RATE_LOW;
    }
}

void draw_conns(struct grid *g, unsigned row, unsigned col, unsigned cols, uint32_t count)
{
    char text[32];
    snprintf(text, sizeof(text), "%u%s", count, cols < 8 ? "c" : count == 1 ? " conn " : " conns");
    grid_right(g, row, col, cols, ROLE_TEXT, text);
}

char *draw_size(const struct grid *g, char out[HUMAN_MAX], uint64_t bytes)
{
    return g->coarse ? human_size_coarse(out, bytes) : human_size(out, bytes);
}

uint64_t draw_unit(const struct view *view, uint64_t rate)
{
    return view->units == UNITS_BITS ? rate * 8 : rate;
}

char *draw_rate_text(char out[HUMAN_MAX], const struct view *view, uint64_t rate)
{
    human_size(out, draw_unit(view, rate));
    size_t len = strlen(out);
    snprintf(out + len, HUMAN_MAX - len, view->units == UNITS_BITS ? "b/s" : "/s");
    return out;
}

char *draw_messages(char out[HUMAN_MAX], double rate)
{
    if (rate < 0)
        snprintf(out, HUMAN_MAX, "-");
    else if (rate == 0 || rate >= 99.95)
        human_size(out, (uint64_t)(rate + 0.5));
    else
        snprintf(out, HUMAN_MAX, "%.1f", rate);
    return out;
}

void draw_rate(struct grid *g, unsigned row, unsigned col, const struct view *view, uint64_t rate,
               double messages)
{
    char text[HUMAN_MAX];
    unsigned role = draw_band_role(view->snap, rate);
    grid_right(g, row, col, 5, role,
               view->units == UNITS_MESSAGES ? draw_messages(text, messages)
                                             : draw_size(g, text, draw_unit(view, rate)));
    grid_text(g, row, col + 5, 2, role, draw_mark(g, view->snap, rate));
}

unsigned draw_level_role(enum event_level level)
{
    switch (level) {
    case EVENT_WARN:
        return ROLE_EV_WARN;
    case EVENT_ERROR:
        return ROLE_EV_ERR;
    case EVENT_AUTH:
        return ROLE_EV_AUTH;
    default:
        return ROLE_EV_INFO;
    }
}

size_t draw_wrap(const char *text, unsigned cols)
{
    struct slice rest = slice_of(text);
    size_t offset = 0, start = 0, word = 0;
    unsigned used = 0;
    uint32_t ch;
    for (; text_decode(rest, &offset, &ch); start = offset) {
        int width = text_width(ch);
        used += width < 0 ? 1 : (unsigned)width;
        if (used > cols && ch != ' ')
            break;
        if (ch == ' ')
            word = offset;
    }
    if (start == rest.len)
        return start;
    return word > 0 ? word : start > 0 ? start : offset;
}
