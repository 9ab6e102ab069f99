/*
 * Focus, and the lists of backends and events. Both are short, so they are made anew for every
 * snapshot; what is picked, and what the window begins with, is then looked for by its identity.
 */
#include "tui/panels.h"

#include <assert.h>
#include <string.h>

#include "tui/draw.h"
#include "tui/kinds.h"
#include "tui/view.h"

#define HOLD_SECONDS 5.0
#define KINDS_SECONDS 3.0

const char *event_show_name(enum event_show show)
{
    static const char *const names[EVENT_SHOW_COUNT] = {
        [EVENTS_ALL] = "all", [EVENTS_TROUBLE] = "warnings", [EVENTS_ERRORS] = "errors"};
    assert(show < EVENT_SHOW_COUNT);
    return names[show];
}

void panels_init(struct panels *panels)
{
    *panels = (struct panels){.focus = PANEL_CONNECTIONS, .before = PANEL_CONNECTIONS};
    ip_list_init(&panels->ips);
    player_list_init(&panels->players);
}

void panels_free(struct panels *panels)
{
    ip_list_free(&panels->ips);
    player_list_free(&panels->players);
}

/* --- backends --- */

/* Those of one rank, or of any, in the configured order. */
static unsigned add_rank(struct backend_list *list, const struct snap *snap, unsigned count,
                         unsigned rank)
{
    for (unsigned i = 0; i < snap->backend_count && i < FLEET_MAX; i++)
        if (rank == BACKENDS_RANKS || backends_rank(&snap->backends[i]) == rank)
            list->order[count++] = (uint8_t)i;
    return count;
}

static void sort_backends(struct backend_list *list, const struct snap *snap)
{
    unsigned count = 0;
    if (snap->backend_count <= list->rows.height) {
        add_rank(list, snap, 0, BACKENDS_RANKS);
        return;
    }
    for (unsigned rank = 0; rank < BACKENDS_RANKS; rank++)
        count = add_rank(list, snap, count, rank);
}

/* The order of before, as far as they are there still; new ones come last. */
static void hold_backends(struct backend_list *list, const struct snap *snap)
{
    bool placed[FLEET_MAX] = {false};
    unsigned count = 0, all = snap->backend_count < FLEET_MAX ? snap->backend_count : FLEET_MAX;
    for (unsigned i = 0; i < list->rows.count; i++) {
        for (unsigned j = 0; j < all; j++) {
            if (placed[j] || snap->backends[j].slot != list->slots[i])
                continue;
            list->order[count++] = (uint8_t)j;
            placed[j] = true;
            break;
        }
    }
    for (unsigned j = 0; j < all; j++)
        if (!placed[j])
            list->order[count++] = (uint8_t)j;
}

static void update_backends(struct backend_list *list, const struct snap *snap, bool hold)
{
    unsigned count = snap->backend_count < FLEET_MAX ? snap->backend_count : FLEET_MAX, at = count;
    if (hold)
        hold_backends(list, snap);
    else
        sort_backends(list, snap);
    for (unsigned i = 0; i < count; i++) {
        list->slots[i] = snap->backends[list->order[i]].slot;
        if (list->slots[i] == list->picked)
            at = i;
    }
    picker_update(&list->rows, count, at);
    if (list->rows.picked)
        list->picked = list->slots[list->rows.at];
}

void panels_fit_backends(struct view *view, unsigned rows)
{
    struct backend_list *list = &view->panels.backends;
    if (list->rows.height == rows)
        return;
    list->rows.height = rows;
    update_backends(list, view->snap, false);
}

/* --- events --- */

static bool is_listed(enum event_show show, const struct snap_event *event)
{
    if (show == EVENTS_ERRORS)
        return event->level == EVENT_ERROR;
    return show == EVENTS_ALL || event->level != EVENT_INFO;
}

static const struct snap_event *event_at(const struct view *view, unsigned row)
{
    return &view->snap->events[view->panels.events.order[row]];
}

/* A window that was scrolled stays with what it showed, although new ones come in above. */
static void update_events(struct view *view)
{
    struct event_list *list = &view->panels.events;
    const struct snap *snap = view->snap;
    unsigned count = 0, fresh = 0, at = SNAP_EVENTS_MAX;
    unsigned all = snap->event_count < SNAP_EVENTS_MAX ? snap->event_count : SNAP_EVENTS_MAX;
    uint64_t newest = all > 0 ? snap->events[snap->event_count - 1].seq : 0;
    for (unsigned i = 0; i < all; i++) {
        unsigned index = snap->event_count - 1 - i;
        const struct snap_event *event = &snap->events[index];
        if (!is_listed(list->show, event))
            continue;
        fresh += event->seq > list->newest;
        if (event->seq == list->picked)
            at = count;
        list->order[count++] = (uint8_t)index;
    }
    if (list->rows.top > 0)
        list->rows.top += fresh;
    list->newest = newest;
    picker_update(&list->rows, count, at);
    if (list->rows.picked)
        list->picked = event_at(view, list->rows.at)->seq;
}

/* --- players --- */

/* They may be many: nothing is done for them while nobody looks. */
static void update_players(struct view *view, bool hold, double now)
{
    struct player_list *list = &view->panels.players;
    if (panels_focused(view) != PANEL_PLAYERS || view->model.past)
        player_list_rest(list);
    else
        player_list_update(list, view->snap, hold, now);
}

void panels_fit_players(struct view *view)
{
    struct panels *panels = &view->panels;
    if (panels->small || panels->alone != PANEL_ALL || panels->focus != PANEL_PLAYERS)
        return;
    panels->alone = PANEL_PLAYERS;
    panels->before = PANEL_CONNECTIONS;
}

/* --- all of them --- */

void panels_update(struct view *view, double now)
{
    struct panels *panels = &view->panels;
    bool hold = view->model.held || now < view->model.held_until;
    ip_list_update(&panels->ips, view->snap, hold, now);
    update_backends(&panels->backends, view->snap, hold || now < panels->backends.held_until);
    update_events(view);
    update_players(view, hold, now);
    if (panels->kinds_at <= 0 || now - panels->kinds_at >= KINDS_SECONDS) {
        panels->kinds = kinds_count(view->snap);
        panels->kinds_at = now;
    }
}

enum panel panels_focused(const struct view *view)
{
    return view->panels.alone != PANEL_ALL ? view->panels.alone : view->panels.focus;
}

enum panel panels_alone(const struct view *view)
{
    return view->panels.small ? panels_focused(view) : view->panels.alone;
}

void panels_show(struct view *view, enum panel panel)
{
    struct panels *panels = &view->panels;
    if (panels->alone == panel) {
        panels->alone = PANEL_ALL;
        panels->focus = panels->before;
        return;
    }
    if (panels->alone == PANEL_ALL)
        panels->before = panels->focus;
    panels->alone = panels->focus = panel;
}

void panels_focus(struct view *view, enum panel panel)
{
    struct panels *panels = &view->panels;
    panels->focus = panel;
    if (panels->alone != PANEL_ALL)
        panels->alone = panel;
}

void panels_turn(struct view *view, bool back)
{
    /* Where all panels are in sight the players are not. */
    const unsigned last = panels_alone(view) == PANEL_ALL ? PANEL_PLAYERS : PANEL_COUNT;
    const unsigned count = last - PANEL_CONNECTIONS;
    unsigned at = panels_focused(view) - PANEL_CONNECTIONS;
    at = (at + (back ? count - 1 : 1)) % count;
    panels_focus(view, (enum panel)(PANEL_CONNECTIONS + at));
}

/* Notes which row is picked now. */
static void keep_backend(struct backend_list *list, double now)
{
    list->held_until = now + HOLD_SECONDS;
    if (list->rows.picked)
        list->picked = list->slots[list->rows.at];
}

static void keep_event(struct view *view)
{
    struct event_list *list = &view->panels.events;
    if (list->rows.picked)
        list->picked = event_at(view, list->rows.at)->seq;
}

void panels_move(struct view *view, int rows, double now)
{
    struct panels *panels = &view->panels;
    switch (panels_focused(view)) {
    case PANEL_IPS:
        ip_list_move(&panels->ips, rows, now);
        break;
    case PANEL_BACKENDS:
        picker_move(&panels->backends.rows, rows);
        keep_backend(&panels->backends, now);
        break;
    case PANEL_EVENTS:
        picker_move(&panels->events.rows, rows);
        keep_event(view);
        break;
    case PANEL_PLAYERS:
        player_list_move(&panels->players, rows, now);
        break;
    default:
        break;
    }
}

bool panels_pick_ip(struct view *view, uint64_t id, double now)
{
    struct ip_list *list = &view->panels.ips;
    for (unsigned i = 0; i < list->rows.count; i++) {
        if (panels_ip_id(&ip_list_row(list, i)->key) != id)
            continue;
        ip_list_pick(list, i, now);
        return true;
    }
    return false;
}

bool panels_pick_backend(struct view *view, unsigned slot, double now)
{
    struct backend_list *list = &view->panels.backends;
    for (unsigned i = 0; i < list->rows.count; i++) {
        if (list->slots[i] != slot)
            continue;
        picker_pick(&list->rows, i);
        keep_backend(list, now);
        return true;
    }
    return false;
}

bool panels_pick_event(struct view *view, uint64_t seq)
{
    struct event_list *list = &view->panels.events;
    for (unsigned i = 0; i < list->rows.count; i++) {
        if (event_at(view, i)->seq != seq)
            continue;
        picker_pick(&list->rows, i);
        keep_event(view);
        return true;
    }
    return false;
}

bool panels_pick_player(struct view *view, uint64_t id, double now)
{
    struct player_list *list = &view->panels.players;
    for (unsigned i = 0; i < list->rows.count; i++) {
        const struct snap_player *player = player_list_row(list, i);
        if (panels_player_id(player) == id)
            return player_list_pick(list, (struct player_id){player->bot, player->guild}, now);
    }
    return false;
}

/* The rows of a panel other than the connections, or NULL. */
static struct picker *rows_of(struct panels *panels, enum panel panel)
{
    return panel == PANEL_IPS        ? &panels->ips.rows
           : panel == PANEL_BACKENDS ? &panels->backends.rows
           : panel == PANEL_EVENTS   ? &panels->events.rows
           : panel == PANEL_PLAYERS  ? &panels->players.rows
                                     : NULL;
}

bool panels_drop(struct view *view)
{
    struct picker *rows = rows_of(&view->panels, panels_focused(view));
    if (rows == NULL || !rows->picked)
        return false;
    picker_drop(rows);
    return true;
}

const struct snap_ip *panel_selected_ip(const struct view *view)
{
    return panels_focused(view) == PANEL_IPS && view->snap != NULL
               ? ip_list_picked(&view->panels.ips)
               : NULL;
}

const struct snap_backend *panel_selected_backend(const struct view *view)
{
    const struct backend_list *list = &view->panels.backends;
    return panels_focused(view) == PANEL_BACKENDS && list->rows.picked && view->snap != NULL
               ? &view->snap->backends[list->order[list->rows.at]]
               : NULL;
}

const struct snap_event *panel_selected_event(const struct view *view)
{
    const struct event_list *list = &view->panels.events;
    return panels_focused(view) == PANEL_EVENTS && list->rows.picked && view->snap != NULL
               ? event_at(view, list->rows.at)
               : NULL;
}

const struct snap_player *panel_selected_player(const struct view *view)
{
    return panels_focused(view) == PANEL_PLAYERS ? player_list_picked(&view->panels.players) : NULL;
}

uint64_t panels_player_id(const struct snap_player *player)
{
    /* Bots are numbered as they come, guilds are large: no two players in use have one sum. */
    return player->guild + player->bot * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t panels_ip_id(const struct addr_key *key)
{
    /* A key has at most eight bytes that count, and no /64 in use begins with four zeros. */
    uint64_t id = 0;
    for (unsigned i = 0; i < (key->family == 4 ? 4 : 8); i++)
        id = id << 8 | key->bytes[i];
    return id;
}
