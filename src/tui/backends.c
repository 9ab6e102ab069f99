/*
 * Backends: a word for the state, the time of the last answer or the reason there was none, load.
 * Where not all fit, those in trouble come first.
 */
#include "tui/draw.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"

const char *backends_state_word(const struct snap_backend *backend, double slow_ms, unsigned *role)
{
    switch (backend->state) {
    case BACKEND_ONLINE:
        *role = backend->response_ms > slow_ms ? ROLE_STATE_SLOW : ROLE_STATE_UP;
        return *role == ROLE_STATE_SLOW ? "SLOW" : "UP";
    case BACKEND_OFFLINE:
        *role = ROLE_STATE_DOWN;
        return "DOWN";
    case BACKEND_TIMEOUT:
        *role = ROLE_STATE_DOWN;
        return "TIMEOUT";
    default:
        *role = ROLE_STATE_UNKNOWN;
        return "UNKNOWN";
    }
}

static void draw_backend(struct grid *g, struct area area, const struct view *view,
                         const struct snap_backend *backend)
{
    char text[64], figure[HUMAN_MAX], clock[CLOCK_ISO_MAX];
    unsigned role, row = area.row, col = area.col + 1;
    const char *word = backends_state_word(backend, view->slow_ms, &role);
    bool down = role == ROLE_STATE_DOWN;
    grid_text(g, row, col, 8, ROLE_TEXT, backend->name);
    grid_textf(g, row, col + 9, 2, backend->version == 3 ? ROLE_VERSION_3 : ROLE_VERSION_4, "v%u",
               backend->version);
    grid_text(g, row, col + 12, 7, role, word);
    if (!down && backend->response_ms >= 0) {
        snprintf(text, sizeof(text), backend->response_ms < 99.95 ? "%.1fms" : "%.0fms",
                 backend->response_ms);
        grid_right(g, row, col + 20, 8, role == ROLE_STATE_SLOW ? role : ROLE_TEXT, text);
    }
    if (down) {
        /* The reason needs more room than a figure, and there is hardly any traffic to show. */
        clock_hms(clock, backend->since_ms);
        grid_textf(g, row, col + 20, area.cols - 21, role, "%s since %s", backend->reason, clock);
        return;
    }
    snprintf(text, sizeof(text), "%uc", backend->connections);
    grid_right(g, row, col + 29, 6, ROLE_TEXT, text);
    snprintf(text, sizeof(text), "%s/s", human_size(figure, backend->rate_in + backend->rate_out));
    grid_right(g, row, col + 36, 7, ROLE_TEXT, text);
    if (area.cols > 54)
        draw_spark_both(g, row, area.col + 46, area.cols - 47, ROLE_DIM, backend->history,
                        view->snap->seq + backend->version);
}

void backends_draw(struct grid *g, struct area area, const struct view *view)
{
    const struct snap *snap = view->snap;
    char title[64];
    if (area.rows == 0)
        return;
    unsigned rows = area.rows - 1, shown = 0;
    bool all = snap->backend_count <= rows;
    if (all)
        snprintf(title, sizeof(title), "Backends");
    else
        snprintf(title, sizeof(title), "Backends (%u of %u)", rows, snap->backend_count);
    draw_rule(g, area, title, "c = check now");
    /* One pass in the configured order; where they do not all fit, troubles first. */
    for (unsigned pass = all ? 1 : 0; pass < 2; pass++) {
        for (unsigned i = 0; i < snap->backend_count && shown < rows; i++) {
            unsigned role;
            backends_state_word(&snap->backends[i], view->slow_ms, &role);
            bool trouble = role == ROLE_STATE_DOWN || role == ROLE_STATE_SLOW;
            if (all || trouble == (pass == 0))
                draw_backend(g, (struct area){area.row + 1 + shown++, area.col, 1, area.cols}, view,
                             &snap->backends[i]);
        }
    }
}
