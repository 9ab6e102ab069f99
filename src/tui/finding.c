/*
 * The filter in force, and forgetting what was looked for.
 */
#include "tui/finding.h"

#include <stdio.h>
#include <string.h>

#include "tui/view.h"

static bool is_tagged(void *ctx, uint64_t id)
{
    return tags_has(ctx, id);
}

/* A model_filter. */
static bool wants(void *ctx, const struct snap *snap, const struct snap_conn *conn)
{
    struct view *view = ctx;
    struct filter_context context = {is_tagged, &view->model.tags};
    return filter_match(&view->finding.filter, snap, conn, &context);
}

/* A player_filter. */
static bool wants_player(void *ctx, const struct snap *snap, const struct snap_player *player)
{
    return filter_match_player(&((struct view *)ctx)->finding.filter, snap, player);
}

/* Without a filter the lists are not asked at all. */
static void apply(struct view *view)
{
    struct player_list *players = &view->panels.players;
    players->wants = finding_is_filtered(&view->finding) ? wants_player : NULL;
    players->wants_ctx = view;
    players->stale = true;
    view->model.filter = finding_is_filtered(&view->finding) ? wants : NULL;
    view->model.filter_ctx = view;
    view->model.stale = true;
}

void finding_init(struct view *view)
{
    filter_parse(&view->finding.filter, SLICE(""), NULL);
    apply(view);
}

bool finding_filter(struct view *view, const char *text)
{
    struct finding *finding = &view->finding;
    char copy[PROMPT_TEXT_MAX]; /* `text` may be ours */
    struct slice trimmed = slice_trim(slice_of(text));
    finding->wrong = !filter_parse(&finding->filter, slice_of(text), &finding->error);
    if (finding->wrong)
        return false;
    snprintf(copy, sizeof(copy), "%.*s", (int)trimmed.len, trimmed.ptr);
    memcpy(finding->text, copy, sizeof(copy));
    apply(view);
    return true;
}

static bool hides_all(const struct filter *filter, struct view *view)
{
    const struct snap *snap = view->snap;
    struct filter_context context = {is_tagged, &view->model.tags};
    bool players = panels_focused(view) == PANEL_PLAYERS;
    for (unsigned i = 0; snap != NULL && players && i < snap->player_count; i++)
        if (filter_match_player(filter, snap, &snap->players[i]))
            return false;
    for (unsigned i = 0; snap != NULL && !players && i < snap->conn_count; i++)
        if (filter_match(filter, snap, &snap->conns[i], &context))
            return false;
    return true;
}

void finding_type(struct view *view, const char *text)
{
    struct filter filter;
    view->finding.wrong = false;
    bool grows = filter_may_become_field(slice_of(text));
    if (!grows || !filter_parse(&filter, slice_of(text), NULL) || !hides_all(&filter, view))
        finding_filter(view, text);
}

bool finding_clear(struct view *view)
{
    struct finding *finding = &view->finding;
    bool filtered = finding_is_filtered(finding);
    if (filtered)
        memcpy(finding->last, finding->text, sizeof(finding->last));
    finding_filter(view, "");
    return filtered;
}

bool finding_restore(struct view *view)
{
    struct finding *finding = &view->finding;
    return !finding_is_filtered(finding) && finding->last[0] != '\0' &&
           finding_filter(view, finding->last);
}

bool finding_forget(struct view *view)
{
    struct finding *finding = &view->finding;
    bool sought = finding->sought[0] != '\0';
    finding->sought[0] = '\0';
    finding->missing = false;
    return sought;
}

/* The row of what is no bot's counts as one where it is shown. */
static struct finding_counts count_bots(const struct view *view)
{
    const struct groups *groups = &view->model.groups;
    bool others = groups->count > 0 && groups->list[groups->count - 1].bot == NULL;
    return (struct finding_counts){groups->count, view->snap->bot_count + others};
}

struct finding_counts finding_counts(const struct view *view)
{
    const struct snap *snap = view->snap;
    if (snap == NULL)
        return (struct finding_counts){0, 0};
    if (panels_focused(view) == PANEL_PLAYERS)
        return (struct finding_counts){view->panels.players.rows.count, snap->player_count};
    if (view->model.by == GROUP_BOT)
        return count_bots(view);
    return (struct finding_counts){view->model.count, snap->conn_count};
}

const char *finding_empty_text(const struct view *view)
{
    bool bots = view->model.by == GROUP_BOT;
    bool hidden = finding_is_filtered(&view->finding) &&
                  (view->snap->conn_count > 0 || (bots && view->snap->bot_count > 0));
    if (bots)
        return hidden ? "no bot and no connection matches the filter (Esc clears it)"
                      : "no bots at present";
    return hidden ? "no connection matches the filter (Esc clears it)"
                  : "no connections at present";
}
