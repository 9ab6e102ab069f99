/*
 * Which panel has the window, which one the keys act on, and what keys of the list mean in the
 * lower panels.
 */
#include <stdio.h>

#include "tui/acts.h"
#include "tui/box.h"

void act_panel(struct app *app, enum key_command command, double now)
{
    (void)now;
    panels_show(&app->view, (enum panel)(command - CMD_PANEL_CONNECTIONS + PANEL_CONNECTIONS));
}

void act_panel_turn(struct app *app, enum key_command command, double now)
{
    (void)now;
    panels_turn(&app->view, command == CMD_PANEL_PREV);
}

static void sort_ips(struct app *app, enum key_command command, double now)
{
    struct ip_list *list = &app->view.panels.ips;
    enum ip_sort key = list->key;
    char text[80];
    if (command == CMD_SORT) /* round the four */
        key = (enum ip_sort)((list->key + 1) % IP_SORT_COUNT);
    else if (command != CMD_REVERSE)
        key = command == CMD_SORT_RATE    ? IP_SORT_RATE
              : command == CMD_SORT_TOTAL ? IP_SORT_TOTAL
              : command == CMD_SORT_IP    ? IP_SORT_ADDRESS
                                          : IP_SORT_CONNS;
    ip_list_sort(list, key);
    snprintf(text, sizeof(text), "IPs by %s, %s", ip_sort_name(key),
             list->descending ? "descending" : "ascending");
    app_notice(app, EVENT_INFO, text, now);
}

/* Lists less and less, then all again. */
static void choose_level(struct app *app, double now)
{
    struct event_list *list = &app->view.panels.events;
    char text[80];
    list->show = (enum event_show)((list->show + 1) % EVENT_SHOW_COUNT);
    snprintf(text, sizeof(text), "events: %s", event_show_name(list->show));
    app_notice(app, EVENT_INFO, text, now);
}

static void show_details(struct app *app)
{
    struct view *view = &app->view;
    const struct snap_ip *ip = panel_selected_ip(view);
    const struct snap_backend *backend = panel_selected_backend(view);
    const struct snap_event *event = panel_selected_event(view);
    if (ip != NULL) {
        view->panels.shown_ip = ip->key;
        box_open(view, DIALOG_IP);
    } else if (backend != NULL) {
        view->panels.shown_slot = backend->slot;
        box_open(view, DIALOG_BACKEND);
    } else if (event != NULL) {
        view->panels.shown_event = event->seq;
        box_open(view, DIALOG_EVENT);
    }
}

bool act_in_panel(struct app *app, enum key_command command, double now)
{
    enum panel panel = panels_focused(&app->view);
    if (panel == PANEL_CONNECTIONS)
        return false;
    if (panel == PANEL_PLAYERS)
        act_in_players(app, command, now);
    else if (command == CMD_DETAILS)
        show_details(app);
    else if (panel == PANEL_IPS)
        sort_ips(app, command, now);
    else if (panel == PANEL_EVENTS && command == CMD_SORT)
        choose_level(app, now);
    return true;
}
