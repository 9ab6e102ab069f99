/*
 * Every panel keeps its order in an array of its own; here they look alike.
 */
#include "tui/export_view.h"

#include <time.h>

#include "base/json.h"
#include "tui/bot_line.h"

static const void *connection_at(void *ctx, unsigned i)
{
    struct export_walk *walk = ctx;
    const struct model *model = &walk->view->model;
    const struct groups *groups = &model->groups;
    if (model->by == GROUP_NONE)
        return &model->snap->conns[model->order[i]];
    if (i < walk->before)
        walk->group = walk->before = 0;
    while (i - walk->before >= groups->list[walk->group].count)
        walk->before += groups->list[walk->group++].count;
    return &model->snap->conns[groups->rows[groups->list[walk->group].from + i - walk->before]];
}

/* The bots in their order; what is of none has no row. */
static const void *bot_at(void *ctx, unsigned i)
{
    struct export_walk *walk = ctx;
    const struct groups *groups = &walk->view->model.groups;
    if (i < walk->before)
        walk->group = walk->before = 0;
    for (;; walk->group++) {
        if (groups->list[walk->group].bot == NULL)
            continue;
        if (walk->before == i)
            return groups->list[walk->group].bot;
        walk->before++;
    }
}

static void list_connections(const struct view *view, struct export_rows *rows)
{
    rows->kind = EXPORT_CONNECTIONS;
    rows->count = view->model.snap != NULL ? view->model.count : 0;
    rows->row = connection_at;
}

static void list_bots(const struct view *view, struct export_rows *rows)
{
    const struct groups *groups = &view->model.groups;
    rows->kind = EXPORT_BOTS;
    rows->row = bot_at;
    for (unsigned i = 0; i < groups->count; i++)
        rows->count += groups->list[i].bot != NULL;
}

static const void *ip_at(void *ctx, unsigned i)
{
    return ip_list_row(&((struct export_walk *)ctx)->view->panels.ips, i);
}

static const void *backend_at(void *ctx, unsigned i)
{
    const struct view *view = ((struct export_walk *)ctx)->view;
    return &view->snap->backends[view->panels.backends.order[i]];
}

static const void *event_at(void *ctx, unsigned i)
{
    const struct view *view = ((struct export_walk *)ctx)->view;
    return &view->snap->events[view->panels.events.order[i]];
}

static const void *player_at(void *ctx, unsigned i)
{
    return player_list_row(&((struct export_walk *)ctx)->view->panels.players, i);
}

bool export_of_view(const struct view *view, struct export_walk *walk, struct export_rows *rows)
{
    const struct panels *panels = &view->panels;
    if (view->snap == NULL)
        return false;
    *walk = (struct export_walk){.view = view};
    *rows = (struct export_rows){.snap = view->snap, .mask = &view->mask, .ctx = walk};
    switch (panels_focused(view)) {
    case PANEL_IPS:
        rows->kind = EXPORT_IPS;
        rows->count = panels->ips.rows.count;
        rows->row = ip_at;
        break;
    case PANEL_BACKENDS:
        rows->kind = EXPORT_BACKENDS;
        rows->count = panels->backends.rows.count;
        rows->row = backend_at;
        break;
    case PANEL_EVENTS:
        rows->kind = EXPORT_EVENTS;
        rows->count = panels->events.rows.count;
        rows->row = event_at;
        break;
    case PANEL_PLAYERS:
        rows->kind = EXPORT_PLAYERS;
        rows->count = panels->players.rows.count;
        rows->row = player_at;
        break;
    default:
        /* Of a bot in the past too little is known for a row. */
        if (view->model.by == GROUP_BOT && !view->model.past)
            list_bots(view, rows);
        else
            list_connections(view, rows);
        break;
    }
    return true;
}

/* Of a panel other than that of the connections. */
static const struct picker *picker_of(const struct view *view, enum panel panel)
{
    switch (panel) {
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

/* Whether the selected line of the connections is this row. */
static bool is_selected(const struct model *model, enum export_kind kind, const void *row)
{
    if (kind == EXPORT_CONNECTIONS)
        return ((const struct snap_conn *)row)->id == model->selected;
    const struct snap_bot *bot = model_selected_bot(model);
    return bot != NULL && ((const struct snap_bot *)row)->id == bot->id;
}

bool export_selected(const struct view *view, struct export_walk *walk, struct export_rows *rows,
                     unsigned *row)
{
    enum panel panel = panels_focused(view);
    if (!export_of_view(view, walk, rows))
        return false;
    if (panel != PANEL_CONNECTIONS) {
        const struct picker *picker = picker_of(view, panel);
        *row = picker->at;
        return picker->picked && picker->at < picker->count;
    }
    if (view->model.selected != 0)
        list_connections(view, rows);
    for (unsigned i = 0; i < rows->count; i++) {
        *row = i;
        if (is_selected(&view->model, rows->kind, rows->row(rows->ctx, i)))
            return true;
    }
    return false;
}

static const struct group *selected_group(const struct view *view)
{
    bool here = view->snap != NULL && panels_focused(view) == PANEL_CONNECTIONS;
    const struct group *group = here ? model_selected_group(&view->model) : NULL;
    /* A bot is a row of its own. */
    return group != NULL && group->bot != NULL && !view->model.past ? NULL : group;
}

bool export_group_field(struct str *out, const struct view *view)
{
    char text[MASK_TEXT_MAX];
    const struct group *group = selected_group(view);
    const struct model *model = &view->model;
    if (group == NULL)
        return false;
    if (model->by == GROUP_BOT) {
        str_add_text(out,
                     group->bot == NULL ? BOT_NONE : bot_name_text(text, &view->mask, group->bot));
        return true;
    }
    const struct snap_conn *conn = group_first(&model->groups, group, model->snap);
    struct addr_key key = addr_key_of(&conn->client);
    switch (model->by) {
    case GROUP_IP:
        str_add_text(out, mask_addr_key(&view->mask, text, &key));
        break;
    case GROUP_CLIENT:
        str_add_text(out, sort_client(conn));
        break;
    case GROUP_USER:
        str_add_text(out, mask_id(&view->mask, text, sizeof(text), conn->user_id));
        break;
    default:
        if (conn->backend < model->snap->backend_count)
            str_add_text(out, model->snap->backends[conn->backend].name);
        break;
    }
    return true;
}

bool export_group_row(struct str *out, const struct view *view)
{
    char memory[MASK_TEXT_MAX];
    struct str text;
    struct json json;
    const struct group *group = selected_group(view);
    str_fixed(&text, memory, sizeof(memory));
    if (group == NULL || !export_group_field(&text, view))
        return false;
    json_begin(&json, out);
    json_object(&json, NULL);
    json_text(&json, "group", group_name(view->model.by));
    json_text(&json, "name", text.len > 0 ? memory : NULL);
    json_u64(&json, "connections", group->count);
    json_u64(&json, "bytesInRate", group->rate_in);
    json_u64(&json, "bytesOutRate", group->rate_out);
    json_u64(&json, "bytesIn", group->bytes_in);
    json_u64(&json, "bytesOut", group->bytes_out);
    json_u64(&json, "requests", group->requests);
    json_object_end(&json);
    return true;
}

void export_suggest(struct str *out, const struct export_rows *rows)
{
    char when[40] = "";
    struct tm tm;
    time_t seconds = (time_t)(rows->snap->wall_ms / 1000);
    if (localtime_r(&seconds, &tm) != NULL)
        strftime(when, sizeof(when), "-%Y%m%d-%H%M", &tm);
    str_addf(out, "%s%s.csv", export_kind_name(rows->kind), when);
}
