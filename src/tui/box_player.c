/*
 * One player: what it plays and how far that is, what is known of its voice connection, whose it
 * is. It moves on while one looks.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "tui/acts.h"
#include "tui/box.h"
#include "tui/draw.h"
#include "tui/offers.h"
#include "tui/player_words.h"
#include "tui/sheet.h"

#define COLS_MAX 76
#define COLS_MIN 48
#define ROWS_MIN 6
#define BAR_COLS 30

static const struct offer offers[] = {
    {CMD_KILL, "kill its bot"}, {CMD_COPY_ROW, "copy"}, {CMD_FILTER_TOGGLE, "filter on its bot"}};
#define OFFERS (sizeof(offers) / sizeof(offers[0]))

static const struct snap_player *find(const struct view *view)
{
    return view->snap == NULL || view->model.past
               ? NULL
               : player_list_find(view->snap, view->panels.shown_player);
}

static void put_time(struct sheet *s, const char *label, const struct view *view, int64_t at_ms)
{
    char day[CLOCK_ISO_MAX], age[HUMAN_MAX];
    int64_t seconds = (view->snap->wall_ms - at_ms) / 1000;
    if (at_ms > 0)
        sheet_put(s, label, ROLE_DIALOG, "%s (%s)", clock_day(day, at_ms),
                  human_age(age, seconds < 0 ? 0 : (uint64_t)seconds));
    else
        sheet_put(s, label, ROLE_DIM, "not known");
}

static void put_whose(struct sheet *s, const struct view *view, const struct snap_player *player)
{
    const struct snap *snap = view->snap;
    const struct snap_bot *bot = snap_find_bot(snap, player->bot);
    char text[MASK_TEXT_MAX], user[MASK_TEXT_MAX] = "";
    player_bot_text(text, &view->mask, snap, player);
    if (bot != NULL && strcmp(bot->name, bot->user_id) != 0)
        mask_id(&view->mask, user, sizeof(user), bot->user_id);
    sheet_put(s, "bot", ROLE_DIALOG, "%s%s%s%s", text, user[0] != '\0' ? " (" : "", user,
              user[0] != '\0' ? ")" : "");
    sheet_put(s, "node", ROLE_DIALOG, "%s (v%u)", player_backend_text(snap, player),
              player->version);
}

static void put_track(struct sheet *s, const struct snap_player *player)
{
    const struct snap_track *track = player->track;
    if (!player->has_track) {
        sheet_put(s, "track", ROLE_DIM, "none is loaded");
        return;
    }
    if (track == NULL) {
        sheet_put(s, "track", ROLE_DIM, "one whose title was not seen");
        return;
    }
    sheet_text(s, "track", ROLE_DIALOG, track->title[0] != '\0' ? track->title : "without a title");
    if (track->author[0] != '\0')
        sheet_text(s, "by", ROLE_DIALOG, track->author);
    if (track->source[0] != '\0')
        sheet_text(s, "source", ROLE_DIALOG, track->source);
}

static void put_position(struct sheet *s, const struct view *view, const struct snap_player *player)
{
    char text[TRACK_POSITION_MAX], left[TRACK_TIME_MAX];
    int64_t at = snap_player_position(player, view->snap->wall_ms);
    const struct snap_track *track = player->track;
    if (!player->has_track || track == NULL || track->length_ms <= 0 || at < 0) {
        sheet_put(s, "position", ROLE_DIALOG, "%s",
                  player_position_text(text, player, view->snap->wall_ms));
        return;
    }
    int64_t rest = at < track->length_ms ? track->length_ms - at : 0;
    if (sheet_is_seen(s) && s->room.cols >= SHEET_LABEL + BAR_COLS + 36)
        draw_bar(s->g, sheet_row(s), s->room.col + s->room.cols - BAR_COLS, BAR_COLS, ROLE_RATE_LOW,
                 (uint64_t)at, (uint64_t)track->length_ms);
    sheet_put(s, "position", ROLE_DIALOG, "%s, %s left",
              player_position_text(text, player, view->snap->wall_ms), track_time_text(left, rest));
}

static void put_voice(struct sheet *s, const struct snap_player *player)
{
    char volume[24] = "not seen";
    unsigned role;
    const char *word = player_state_word(player, &role);
    sheet_put(s, "state", role == ROLE_DIM ? ROLE_DIM : ROLE_DIALOG, "%s%s", word,
              player->paused && strcmp(word, "pause") != 0 ? ", paused" : "");
    if (player->volume >= 0)
        snprintf(volume, sizeof(volume), "%d", (int)player->volume);
    sheet_put(s, "volume", ROLE_DIALOG, "%s", volume);
    if (player->connected > 0 && player->ping >= 0)
        sheet_put(s, "voice", ROLE_DIALOG, "connected, ping %d ms", (int)player->ping);
    else
        sheet_put(s, "voice", player->connected == 0 ? ROLE_DIALOG_DANGER : ROLE_DIALOG, "%s",
                  player->connected > 0    ? "connected"
                  : player->connected == 0 ? "not connected: nobody hears it"
                                           : "not known");
}

/* Returns how many lines there are; without a grid it only counts. */
static unsigned draw_lines(struct grid *g, struct area room, const struct view *view,
                           const struct snap_player *player, unsigned first)
{
    struct sheet s = {g, room, first, 0};
    put_whose(&s, view, player);
    sheet_blank(&s);
    put_track(&s, player);
    put_position(&s, view, player);
    put_voice(&s, player);
    sheet_blank(&s);
    put_time(&s, "since", view, player->since_ms);
    put_time(&s, "started", view, player->started_ms);
    put_time(&s, "updated", view, player->updated_ms);
    return s.line;
}

static bool draw(struct grid *g, struct view *view)
{
    const struct snap_player *player = find(view);
    char title[MASK_TEXT_MAX + 16] = "Player", guild[MASK_TEXT_MAX];
    struct area room;
    unsigned cols = g->cols < COLS_MAX + 4 ? g->cols - 4 : COLS_MAX;
    if (g->cols < COLS_MIN + 4)
        return false;
    if (player != NULL)
        snprintf(title, sizeof(title), "Player of guild %s",
                 player_guild_text(guild, &view->mask, player));
    unsigned all =
        player == NULL ? 1 : draw_lines(NULL, (struct area){0, 0, 0, cols}, view, player, 0);
    if (!box_frame(g, all + 2, cols, ROWS_MIN, title, &room))
        return false;
    if (player == NULL) {
        grid_text(g, room.row, room.col, cols, ROLE_DIALOG,
                  view->model.past ? "Players are not kept for the past." : "It has gone.");
        return true;
    }
    struct area lines = {room.row, room.col, room.rows - 1, cols};
    unsigned most = all > lines.rows ? all - lines.rows : 0;
    if (view->dialog.scroll > most)
        view->dialog.scroll = most;
    draw_lines(g, lines, view, player, view->dialog.scroll);
    offers_draw(g, (struct area){room.row + room.rows - 1, room.col, 1, cols}, view, offers,
                OFFERS);
    return true;
}

/* The keys act on what is selected, which may have changed behind the box. */
static void type(struct app *app, int key, double now)
{
    struct view *view = &app->view;
    const struct snap_player *player = find(view);
    enum key_command command = offers_find(view, offers, OFFERS, key);
    char filter[40];
    if (command == CMD_NONE || player == NULL)
        return;
    box_close(view);
    if (command != CMD_FILTER_TOGGLE) {
        if (player_list_pick(&view->panels.players, view->panels.shown_player, now))
            app_do(app, command, now);
        return;
    }
    snprintf(filter, sizeof(filter), "bot:%llu", (unsigned long long)player->bot);
    finding_filter(view, filter);
}

const struct box_ops box_player = {.draw = draw, .command = box_scroll, .type = type};
