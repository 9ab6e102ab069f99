/*
 * What stands in the columns of a bot. Figures are the bot's own, of all that it ever did here; a
 * picture of the past has only those that can be worked out.
 */
#include "tui/bot_line.h"

#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "tui/draw.h"

char *bot_state_text(char out[BOT_STATE_MAX], const struct snap *snap, const struct snap_bot *bot)
{
    char age[HUMAN_MAX];
    int64_t seconds = (snap->wall_ms - bot->gone_ms) / 1000;
    if (bot->gone_ms <= 0)
        snprintf(out, BOT_STATE_MAX, bot->gone_ms == 0 ? "on" : "gone");
    else
        snprintf(out, BOT_STATE_MAX, "gone %s",
                 human_age(age, seconds < 0 ? 0 : (uint64_t)seconds));
    return out;
}

char *bot_name_text(char out[MASK_TEXT_MAX], const struct mask *mask, const struct snap_bot *bot)
{
    bool is_id = strcmp(bot->name, bot->user_id) == 0;
    return is_id ? mask_id(mask, out, MASK_TEXT_MAX, bot->name)
                 : mask_text(mask, out, MASK_TEXT_MAX, bot->name);
}

char *bot_backends_text(char out[MASK_TEXT_MAX], const struct snap *snap,
                        const struct snap_bot *bot)
{
    unsigned more = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < snap->backend_count && i < 64; i++) {
        if ((bot->backends >> i & 1) == 0)
            continue;
        if (out[0] == '\0')
            snprintf(out, MASK_TEXT_MAX, "%s", snap->backends[i].name);
        else
            more++;
    }
    size_t len = strlen(out);
    if (more > 0)
        snprintf(out + len, MASK_TEXT_MAX - len, " +%u", more);
    return out;
}

static void put_text(struct grid *g, unsigned row, const struct place *place, unsigned role,
                     const char *text)
{
    grid_text(g, row, place->col, place->width, role, text[0] != '\0' ? text : "-");
}

static void put_figure(struct grid *g, unsigned row, const struct place *place, const char *text)
{
    grid_right(g, row, place->col, place->width, ROLE_TEXT, text);
}

static void draw_version(struct grid *g, unsigned row, const struct place *place, unsigned versions)
{
    static const char *const texts[] = {"-", "v3", "v4", "34"};
    static const unsigned roles[] = {ROLE_TEXT, ROLE_VERSION_3, ROLE_VERSION_4, ROLE_TEXT};
    put_text(g, row, place, roles[versions & 3], texts[versions & 3]);
}

/* "29/31": playing of players. */
static void draw_players(struct grid *g, unsigned row, const struct place *place,
                         const struct snap_bot *bot)
{
    char text[40];
    snprintf(text, sizeof(text), "%u/%u", bot->playing, bot->players);
    if (strlen(text) > place->width) /* thousands: those that play alone */
        human_size(text, bot->playing);
    put_figure(g, row, place, text);
}

/* Columns that say something about bots only. False: it is another. */
static bool draw_own(struct grid *g, unsigned row, const struct place *place,
                     const struct view *view, const struct snap_bot *bot)
{
    char text[MASK_TEXT_MAX];
    unsigned gone = bot->gone_ms != 0 ? ROLE_DIM : ROLE_TEXT;
    switch (place->id) {
    case COL_SOCKETS:
        put_figure(g, row, place, draw_size(g, text, bot->sockets));
        return true;
    case COL_BOT:
        put_text(g, row, place, bot->gone_ms != 0 ? ROLE_DIM : ROLE_TITLE,
                 bot_name_text(text, &view->mask, bot));
        return true;
    case COL_STATE:
        put_text(g, row, place, gone, bot_state_text(text, view->snap, bot));
        return true;
    case COL_CLIENT:
        put_text(g, row, place, gone, mask_text(&view->mask, text, sizeof(text), bot->library));
        return true;
    case COL_USER:
        put_text(g, row, place, gone, mask_id(&view->mask, text, sizeof(text), bot->user_id));
        return true;
    case COL_BACKEND:
        put_text(g, row, place, gone, bot_backends_text(text, view->snap, bot));
        return true;
    case COL_PATH:
        put_text(g, row, place, gone, view->mask.on ? "" : bot->session);
        return true;
    case COL_VERSION:
        draw_version(g, row, place, bot->versions);
        return true;
    default:
        return false;
    }
}

/* What only the present knows. */
static void draw_present(struct grid *g, unsigned row, const struct place *place,
                         const struct view *view, const struct snap_bot *bot)
{
    char figure[HUMAN_MAX];
    if (view->model.past)
        put_figure(g, row, place, "-");
    else if (place->id == COL_PLAYERS)
        draw_players(g, row, place, bot);
    else
        put_figure(
            g, row, place,
            draw_size(g, figure, place->id == COL_ERRORS ? snap_bot_errors(bot) : bot->requests));
}

/* Figures that every group has. */
static void draw_sum(struct grid *g, unsigned row, const struct place *place,
                     const struct view *view, const struct group *group)
{
    char figure[HUMAN_MAX];
    int64_t age = (view->snap->wall_ms - group->opened_ms) / 1000;
    switch (place->id) {
    case COL_IN:
        if (view->units == UNITS_MESSAGES)
            grid_right(g, row, place->col, 5, ROLE_TEXT,
                       view->model.past ? "-" : draw_size(g, figure, group->messages));
        else
            draw_rate(g, row, place->col, view, group->rate_in, 0);
        return;
    case COL_OUT:
        draw_rate(g, row, place->col, view, group->rate_out, group->rate_messages);
        return;
    case COL_TOTAL:
        draw_size(g, figure, group->bytes_in + group->bytes_out);
        break;
    case COL_MESSAGES:
        draw_messages(figure, group->rate_messages);
        break;
    case COL_AGE:
        if (group->opened_ms == 0)
            snprintf(figure, sizeof(figure), "-");
        else
            human_age(figure, age < 0 ? 0 : (uint64_t)age);
        break;
    case COL_REQUESTS:
        draw_size(g, figure, group->requests);
        break;
    default:
        return;
    }
    put_figure(g, row, place, figure);
}

void bot_line_cell(struct grid *g, unsigned row, const struct place *place, const struct view *view,
                   const struct group *group)
{
    const struct snap_bot *bot = group->bot;
    if (bot != NULL && draw_own(g, row, place, view, bot))
        return;
    if (bot != NULL &&
        (place->id == COL_PLAYERS || place->id == COL_ERRORS || place->id == COL_REQUESTS))
        draw_present(g, row, place, view, bot);
    else if (place->id == COL_BOT)
        grid_text(g, row, place->col, place->width, ROLE_DIM, BOT_NONE);
    else
        draw_sum(g, row, place, view, group);
}
