/*
 * Which panel the keys act on, and what is picked in each: an address by its key, a backend by its
 * slot, an event by its number, never by a row. (The connections have their own, model.h.) Pure;
 * time comes in. Owned by the UI thread.
 */
#ifndef TUI_PANELS_H
#define TUI_PANELS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/fleet.h"
#include "stats/snapshot.h"
#include "tui/iplist.h"
#include "tui/picker.h"
#include "tui/playerlist.h"

struct view;

/* Which panel has the window to itself, if one has; ALL: none. The players have it or are not in
 * sight: there is no room for them among the others. */
enum panel {
    PANEL_ALL,
    PANEL_CONNECTIONS,
    PANEL_IPS,
    PANEL_BACKENDS,
    PANEL_EVENTS,
    PANEL_PLAYERS,
    PANEL_COUNT
};

/* Which events are listed. */
enum event_show { EVENTS_ALL, EVENTS_TROUBLE, EVENTS_ERRORS, EVENT_SHOW_COUNT };
const char *event_show_name(enum event_show show); /* "all" "warnings" "errors" */

/* Backends in the configured order; where not all fit, those in trouble first, then what drains. */
struct backend_list {
    struct picker rows;
    uint8_t order[FLEET_MAX]; /* indexes into snap->backends */
    unsigned slots[FLEET_MAX];
    unsigned picked; /* slot, of rows.picked */
    double held_until;
};

/* Newest first. */
struct event_list {
    struct picker rows;
    enum event_show show;
    uint8_t order[SNAP_EVENTS_MAX]; /* indexes into snap->events */
    uint64_t picked;                /* seq, of rows.picked */
    uint64_t newest;                /* seq seen last */
};

struct panels {
    enum panel alone;  /* or PANEL_ALL */
    enum panel focus;  /* where several are in sight, and where none is alone in a small window */
    enum panel before; /* the focus to go back to */
    unsigned conns_room, ips_room; /* rows that the layout plans with, see plan_room */
    bool small;                    /* the last frame had no room for all panels */
    struct ip_list ips;
    struct backend_list backends;
    struct event_list events;
    struct player_list players; /* at rest while they are not in sight, and in the past */
    struct addr_key shown_ip;   /* what the open box is about */
    unsigned shown_slot;
    uint64_t shown_event;
    struct player_id shown_player;
    unsigned kinds; /* of clients, counted every few seconds */
    double kinds_at;
};

void panels_init(struct panels *panels);
void panels_free(struct panels *panels);

/* The lists follow view->snap. */
void panels_update(struct view *view, double now);

/* A window that has become larger has room for all panels, but not for the players among them: they
 * keep it to themselves. Before anything is drawn. */
void panels_fit_players(struct view *view);
/* The window has room for so many backends now: whether all fit decides on their order. */
void panels_fit_backends(struct view *view, unsigned rows);

/* The panel that keys act on: the one alone, else the one with the focus. Never PANEL_ALL. */
enum panel panels_focused(const struct view *view);
/* The panel that has the window, or PANEL_ALL where there is room for all of them. */
enum panel panels_alone(const struct view *view);

/* Gives a panel the window; the one that has it gives it back. */
void panels_show(struct view *view, enum panel panel);
/* The focus goes to the next panel in a circle, or the one before. */
void panels_turn(struct view *view, bool back);
void panels_focus(struct view *view, enum panel panel);

/* Moves what is picked in the focused panel, which is not the connections. */
void panels_move(struct view *view, int rows, double now);
/* Picks what a click has said, as in the targets of the grid; false when it is there no more. */
bool panels_pick_ip(struct view *view, uint64_t id, double now);
bool panels_pick_backend(struct view *view, unsigned slot, double now);
bool panels_pick_event(struct view *view, uint64_t seq);
bool panels_pick_player(struct view *view, uint64_t id, double now);
/* Picks nothing in the focused panel. False when there was nothing. */
bool panels_drop(struct view *view);

/* What is picked in the focused panel; NULL when that is another panel or nothing is. */
const struct snap_ip *panel_selected_ip(const struct view *view);
const struct snap_backend *panel_selected_backend(const struct view *view);
const struct snap_event *panel_selected_event(const struct view *view);
const struct snap_player *panel_selected_player(const struct view *view);

/* A number that stands for an address, or a player, among others. */
uint64_t panels_ip_id(const struct addr_key *key);
uint64_t panels_player_id(const struct snap_player *player);

#endif
