/*
 * One backend: its state and since when, an hour of checks, what lives there, what it says of
 * itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/flow_times.h"
#include "tui/offers.h"

#define COLS_MAX 76
#define COLS_MIN 56
#define ROWS 12
#define LABEL_COLS 9

static const struct offer offers[] = {
    {CMD_CHECK, "check"}, {CMD_DRAIN, "drain or undrain"}, {CMD_FILTER_TOGGLE, "filter on it"}};
#define OFFERS (sizeof(offers) / sizeof(offers[0]))

static const struct snap_backend *find(const struct view *view)
{
    const struct snap *snap = view->snap;
    for (unsigned i = 0; snap != NULL && i < snap->backend_count; i++)
        if (snap->backends[i].slot == view->panels.shown_slot)
            return &snap->backends[i];
    return NULL;
}

/* A line with its label; the area of what stands behind it. */
static struct area line(struct grid *g, struct area room, unsigned row, const char *label)
{
    grid_text(g, room.row + row, room.col, LABEL_COLS, ROLE_DIM, label);
    return (struct area){room.row + row, room.col + LABEL_COLS, 1, room.cols - LABEL_COLS};
}

static void draw_state(struct grid *g, struct area room, const struct view *view,
                       const struct snap_backend *backend)
{
    struct area at = line(g, room, 0, "state");
    char clock[CLOCK_ISO_MAX], age[HUMAN_MAX];
    int64_t since = (view->snap->wall_ms - backend->since_ms) / 1000;
    unsigned role;
    const char *word = backends_state_word(backend, &role);
    char text[MASK_TEXT_MAX];
    unsigned used = grid_text(g, at.row, at.col, at.cols, role, word);
    grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIALOG, " since %s (%s)   at %s",
               clock_hms(clock, backend->since_ms), human_age(age, since < 0 ? 0 : (uint64_t)since),
               mask_text(&view->mask, text, sizeof(text), backend->url));
    at = line(g, room, 1, backend->reason[0] != '\0' ? "because" : "");
    grid_text_cut(g, at.row, at.col, at.cols, role,
                  mask_text(&view->mask, text, sizeof(text), backend->reason));
}

static int compare(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;
    return a < b ? -1 : a > b;
}

/* "min 3.1, median 3.4, max 12.0 ms, 2 failed" */
static void draw_answers(struct grid *g, struct area at, const struct snap_backend *backend)
{
    float sorted[SNAP_CHECKS];
    unsigned count = 0, all = backend->check_count;
    for (unsigned i = 0; i < all; i++)
        if (backend->checks[i] >= 0)
            sorted[count++] = backend->checks[i];
    unsigned used = 0;
    if (count > 0) {
        qsort(sorted, count, sizeof(*sorted), compare);
        used = grid_textf(g, at.row, at.col, at.cols, ROLE_DIALOG,
                          "min %.1f, median %.1f, max %.1f ms", (double)sorted[0],
                          (double)sorted[count / 2], (double)sorted[count - 1]);
    }
    if (count < all)
        grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIALOG_DANGER, "%s%u failed",
                   used > 0 ? ", " : "", all - count);
}

static void draw_history(struct grid *g, struct area room, const struct view *view,
                         const struct snap_backend *backend)
{
    struct area at = line(g, room, 2, "checked");
    char clock[CLOCK_ISO_MAX], age[HUMAN_MAX], answer[HUMAN_MAX];
    int64_t ago = (view->snap->wall_ms - backend->checked_ms) / 1000;
    if (backend->checked_ms == 0)
        grid_text(g, at.row, at.col, at.cols, ROLE_DIALOG, "not yet");
    else
        grid_textf(g, at.row, at.col, at.cols, ROLE_DIALOG, "%s, %s ago   answer %s",
                   clock_hms(clock, backend->checked_ms),
                   human_age(age, ago < 0 ? 0 : (uint64_t)ago), backends_answer(answer, backend));
    if (backend->check_count == 0)
        return;
    at = line(g, room, 3, "checks");
    unsigned cols = backend->check_count < at.cols ? backend->check_count : at.cols;
    backends_draw_checks(g, at.row, at.col, cols, backend);
    at.row++;
    draw_answers(g, at, backend);
}

static void draw_life(struct grid *g, struct area room, const struct snap_backend *backend)
{
    const struct node_stats *stats = &backend->stats;
    struct area at = line(g, room, 5, "serves");
    char memory[HUMAN_MAX];
    grid_textf(g, at.row, at.col, at.cols, ROLE_DIALOG,
               "%u connection%s, %u WebSocket%s, %u may resume", backend->connections,
               backend->connections == 1 ? "" : "s", backend->sockets,
               backend->sockets == 1 ? "" : "s", backend->waiting);
    at = line(g, room, 6, "requests");
    grid_textf(g, at.row, at.col, at.cols, ROLE_DIALOG, "%llu, %llu failed",
               (unsigned long long)backend->requests, (unsigned long long)backend->failures);
    at = line(g, room, 7, "plays");
    unsigned used = grid_textf(g, at.row, at.col, at.cols, ROLE_DIALOG, "%u of %u player%s",
                               backend->seen_playing, backend->seen_players,
                               backend->seen_players == 1 ? "" : "s");
    /* Its own word is up to a minute old; it counts those that came past us, too. */
    if (!stats->known) {
        grid_text(g, at.row, at.col + used, at.cols - used, ROLE_DIM, "; it has not said itself");
        return;
    }
    used += grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIM, " (it says %u of %u)",
                       stats->playing, stats->players);
    if (stats->system_load >= 0)
        used += grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIALOG, ", cpu %.0f%%",
                           stats->system_load * 100);
    if (stats->lavalink_load >= 0)
        used += grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIALOG, " (own %.0f%%)",
                           stats->lavalink_load * 100);
    if (stats->memory_used > 0)
        grid_textf(g, at.row, at.col + used, at.cols - used, ROLE_DIALOG, ", mem %s",
                   human_size(memory, stats->memory_used));
}

/* Returns how many lines that takes; without a grid it only counts. Nothing of the past. */
static unsigned draw_times(struct grid *g, struct area room, const struct view *view,
                           const struct snap_backend *backend)
{
    struct sheet s = {g, room, 0, 0};
    if (view->snap->backend_flows != NULL)
        flow_times_sheet(&s, view->snap->backend_flows[backend - view->snap->backends].flows);
    return s.line;
}

static bool draw(struct grid *g, struct view *view)
{
    const struct snap_backend *backend = find(view);
    char title[100] = "Backend";
    struct area room;
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX;
    if (g->cols < COLS_MIN + 4)
        return false;
    if (backend != NULL)
        snprintf(title, sizeof(title), "Backend %s (v%u)", backend->name, backend->version);
    unsigned times =
        backend == NULL ? 0 : draw_times(NULL, (struct area){0, 0, 0, cols}, view, backend);
    if (!box_frame(g, ROWS + times, cols, ROWS - 2, title, &room))
        return false;
    if (backend == NULL) {
        grid_text(g, room.row, room.col, cols, ROLE_DIALOG, "It is no longer configured.");
        return true;
    }
    draw_state(g, room, view, backend);
    draw_history(g, room, view, backend);
    draw_life(g, room, backend);
    if (room.rows >= ROWS) {
        struct area at = {room.row + 8, room.col, 1, cols};
        draw_flow_line(g, at, view, "OUT", backend->rate_out, backend->bytes_out,
                       backend->history->out);
        at.row++;
        draw_flow_line(g, at, view, "IN", backend->rate_in, backend->bytes_in,
                       backend->history->in);
    }
    if (room.rows == ROWS + times)
        draw_times(g, (struct area){room.row + ROWS - 2, room.col, times, cols}, view, backend);
    offers_draw(g, (struct area){room.row + room.rows - 1, room.col, 1, cols}, view, offers,
                OFFERS);
    return true;
}

static void command(struct app *app, enum key_command command, double now)
{
    (void)now;
    if (command == CMD_ANSWER)
        box_close(&app->view);
}

static void type(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    const struct snap_backend *backend = find(view);
    enum key_command command = offers_find(view, offers, OFFERS, key);
    char filter[SNAP_TEXT + 16];
    if (command == CMD_NONE || backend == NULL)
        return;
    box_close(view);
    if (command != CMD_FILTER_TOGGLE) {
        /* The keys act on what is picked, which may have changed behind the box. */
        if (panels_pick_backend(view, view->panels.shown_slot, now))
            app_do(app, command, now);
        return;
    }
    snprintf(filter, sizeof(filter), "backend:%s", backend->name);
    if (finding_filter(view, filter))
        panels_focus(view, PANEL_CONNECTIONS);
}

const struct box_ops box_backend = {.draw = draw, .command = command, .type = type};
