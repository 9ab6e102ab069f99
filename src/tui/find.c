/*
 * Looking through rows. What a row says is asked of what it shows, not of the screen, so that rows
 * out of sight are found too.
 */
#include "tui/find.h"

#include <string.h>

#include "base/text.h"
#include "stats/roster.h"
#include "stats/track_text.h"
#include "tui/bot_line.h"
#include "tui/draw.h"

static bool has(const char *text, struct slice part)
{
    return slice_search_nocase(slice_of(text), part) != SLICE_NOWHERE;
}

/* --- what the rows of each panel say --- */

static bool group_shows(const struct view *view, const struct group *group, struct slice part)
{
    const struct model *m = &view->model;
    char addr[ADDR_TEXT_MAX];
    if (m->by == GROUP_BOT)
        return has(group->bot == NULL ? BOT_NONE : group->bot->name, part) ||
               (group->bot != NULL &&
                (has(group->bot->user_id, part) || has(group->bot->library, part)));
    const struct snap_conn *conn = group_first(&m->groups, group, m->snap);
    struct addr_key key = addr_key_of(&conn->client);
    switch (m->by) {
    case GROUP_IP:
        return has(addr_key_text(addr, &key), part);
    case GROUP_CLIENT:
        return has(sort_client(conn), part);
    case GROUP_USER:
        return has(conn->user_id, part);
    case GROUP_BACKEND:
        return conn->backend < m->snap->backend_count &&
               has(m->snap->backends[conn->backend].name, part);
    default:
        return false;
    }
}

static bool connection_shows(const struct view *view, unsigned row, struct slice part)
{
    struct model_line line = model_line_at(&view->model, row);
    return line.conn != NULL ? filter_shows(view->snap, line.conn, part)
                             : group_shows(view, line.group, part);
}

static bool ip_shows(const struct view *view, unsigned row, struct slice part)
{
    char addr[ADDR_TEXT_MAX];
    return has(addr_key_text(addr, &ip_list_row(&view->panels.ips, row)->key), part);
}

static bool backend_shows(const struct view *view, unsigned row, struct slice part)
{
    const struct snap_backend *backend = &view->snap->backends[view->panels.backends.order[row]];
    unsigned role;
    return has(backend->name, part) || has(backend->url, part) || has(backend->reason, part) ||
           has(backends_state_word(backend, &role), part);
}

static bool event_shows(const struct view *view, unsigned row, struct slice part)
{
    const struct snap_event *event = &view->snap->events[view->panels.events.order[row]];
    return has(event->text, part) || has(event_level_text(event->level), part);
}

static bool player_shows(const struct view *view, unsigned row, struct slice part)
{
    const struct snap_player *player = player_list_row(&view->panels.players, row);
    const struct snap_bot *bot = snap_find_bot(view->snap, player->bot);
    char title[TRACK_TITLE_MAX];
    return roster_player_shows(player, part) || (bot != NULL && has(bot->name, part)) ||
           (player->backend < view->snap->backend_count &&
            has(view->snap->backends[player->backend].name, part)) ||
           has(track_title_text(title, player), part);
}

/* --- their rows --- */

static void pick_connection(struct view *view, unsigned row, double now)
{
    model_select(&view->model, row, now);
}

static void pick_ip(struct view *view, unsigned row, double now)
{
    panels_pick_ip(view, panels_ip_id(&ip_list_row(&view->panels.ips, row)->key), now);
}

static void pick_backend(struct view *view, unsigned row, double now)
{
    panels_pick_backend(view, view->snap->backends[view->panels.backends.order[row]].slot, now);
}

static void pick_event(struct view *view, unsigned row, double now)
{
    (void)now;
    panels_pick_event(view, view->snap->events[view->panels.events.order[row]].seq);
}

static void pick_player(struct view *view, unsigned row, double now)
{
    const struct snap_player *player = player_list_row(&view->panels.players, row);
    struct player_id id = {player->bot, player->guild};
    player_list_pick(&view->panels.players, id, now);
}

static const struct searched {
    bool (*shows)(const struct view *view, unsigned row, struct slice part);
    void (*pick)(struct view *view, unsigned row, double now);
} panels[PANEL_COUNT] = {
    [PANEL_CONNECTIONS] = {connection_shows, pick_connection},
    [PANEL_IPS] = {ip_shows, pick_ip},
    [PANEL_BACKENDS] = {backend_shows, pick_backend},
    [PANEL_EVENTS] = {event_shows, pick_event},
    [PANEL_PLAYERS] = {player_shows, pick_player},
};

/* Of a panel other than the connections, whose window is the model's. */
static const struct picker *picker_of(const struct view *view)
{
    switch (panels_focused(view)) {
    case PANEL_IPS:
        return &view->panels.ips.rows;
    case PANEL_BACKENDS:
        return &view->panels.backends.rows;
    case PANEL_PLAYERS:
        return &view->panels.players.rows;
    default:
        return &view->panels.events.rows;
    }
}

static unsigned row_count(const struct view *view)
{
    return panels_focused(view) == PANEL_CONNECTIONS ? view->model.line_count
                                                     : picker_of(view)->count;
}

unsigned find_row(const struct view *view)
{
    const struct picker *picker = picker_of(view);
    const struct model *m = &view->model;
    if (panels_focused(view) != PANEL_CONNECTIONS)
        return picker->picked ? picker->at : picker->top;
    return m->selected != 0 || m->selected_group != 0 ? m->selected_at : m->top;
}

enum find_result find_pick(struct view *view, unsigned row, bool here, bool backward, double now)
{
    const struct searched *panel = &panels[panels_focused(view)];
    unsigned count = row_count(view);
    struct slice part = slice_of(view->finding.sought);
    if (view->snap == NULL || part.len == 0 || panel->shows == NULL)
        return FIND_NOTHING;
    for (unsigned i = here ? 0 : 1; i < count + (here ? 0 : 1); i++) {
        unsigned steps = backward ? count - i : i;
        unsigned at = (row % count + steps) % count;
        if (!panel->shows(view, at, part))
            continue;
        bool wrapped = i == count || (backward ? at > row : at < row);
        panel->pick(view, at, now);
        return wrapped ? FIND_WRAPPED : FIND_HERE;
    }
    return FIND_NOTHING;
}

/* --- marking --- */

static uint32_t folded(uint32_t ch)
{
    return ch >= 'A' && ch <= 'Z' ? ch + ('a' - 'A') : ch;
}

static unsigned decode(uint32_t out[PROMPT_TEXT_MAX], const char *text)
{
    size_t at = 0;
    unsigned count = 0;
    while (count < PROMPT_TEXT_MAX && text_decode(slice_of(text), &at, &out[count]))
        out[count] = folded(out[count]), count++;
    return count;
}

/* The column behind the text when it begins in this one, else 0. */
static unsigned end_of_match(const struct cell *cells, unsigned from, unsigned end,
                             const uint32_t *text, unsigned len)
{
    unsigned col = from;
    for (unsigned i = 0; i < len; i++, col++) {
        while (i > 0 && col < end && cells[col].width == 0)
            col++;
        if (col >= end || cells[col].width == 0 || folded(cells[col].ch) != text[i])
            return 0;
    }
    while (col < end && cells[col].width == 0)
        col++;
    return col;
}

static bool is_row(enum target_kind kind)
{
    return kind == TARGET_CONNECTION || kind == TARGET_GROUP || kind == TARGET_IP ||
           kind == TARGET_BACKEND || kind == TARGET_EVENT || kind == TARGET_PLAYER;
}

void find_mark(struct grid *g, const struct view *view)
{
    uint32_t text[PROMPT_TEXT_MAX];
    unsigned len = decode(text, view->finding.sought);
    for (unsigned i = 0; len > 0 && i < g->target_count; i++) {
        const struct area *area = &g->targets[i].area;
        if (!is_row(g->targets[i].kind) || area->row >= g->rows)
            continue;
        const struct cell *cells = g->cells + (size_t)area->row * g->cols;
        unsigned end = area->col + area->cols < g->cols ? area->col + area->cols : g->cols;
        for (unsigned col = area->col; col < end;) {
            unsigned behind = end_of_match(cells, col, end, text, len);
            if (behind > col)
                grid_paint(g, area->row, col, behind - col, ROLE_MATCH);
            col = behind > col ? behind : col + 1;
        }
    }
}
