/*
 * The players: who plays what where, and how far it has come. The position moves every second, so
 * it stands in a column of its own and nothing else of a row does.
 */
#include "tui/draw.h"

#include <stdio.h>
#include <string.h>

#include "tui/flow_times.h"
#include "tui/player_words.h"

#define GUILD_COLS 19
#define STATE_COLS 8
#define POSITION_COLS 11 /* "12:34/56:78" */
#define POSITION_WIDE 15 /* "1:02:03/1:02:03" */
#define TITLE_MIN 18
#define TITLE_MAX 72
#define BOT_COLS 10
#define BOT_WIDE 18
#define BACKEND_COLS 7
#define BACKEND_WIDE 12
#define BAR_COLS 10
#define BAR_WIDE 22
#define TIMES_FROM 15 /* rows of the panel */
#define HEAD_ROWS 2   /* the rule, and the heads of the columns; perhaps times between them */

/* In the order in which they stand. */
enum field { GUILD, BOT, BACKEND, STATE, TITLE, POSITION, BAR, PING, VOLUME, SINCE, FIELD_COUNT };

static const struct {
    const char *head;
    enum player_sort sort;
    bool right;
} fields[FIELD_COUNT] = {
    [GUILD] = {"GUILD", PLAYER_SORT_GUILD, false},
    [BOT] = {"BOT", PLAYER_SORT_BOT, false},
    [BACKEND] = {"BACKEND", PLAYER_SORT_BACKEND, false},
    [STATE] = {"STATE", PLAYER_SORT_STATE, false},
    [TITLE] = {"TITLE - AUTHOR", PLAYER_SORT_TITLE, false},
    [POSITION] = {"POS/LEN", PLAYER_SORT_POSITION, true},
    [BAR] = {"", PLAYER_SORT_LEFT, false},
    [PING] = {"PING", PLAYER_SORT_PING, true},
    [VOLUME] = {"VOL", PLAYER_SORT_VOLUME, true},
    [SINCE] = {"SINCE", PLAYER_SORT_SINCE, true},
};

struct places {
    unsigned col[FIELD_COUNT], cols[FIELD_COUNT]; /* counted from the area's left edge */
};

/* Columns and one between, out of what is left; none where it is not enough. */
static void add(struct places *p, enum field field, unsigned cols, unsigned *spare)
{
    if (*spare < cols + 1)
        return;
    p->cols[field] = cols;
    *spare -= cols + 1;
}

static void widen(struct places *p, enum field field, unsigned cols, unsigned *spare)
{
    unsigned want = cols > p->cols[field] ? cols - p->cols[field] : 0;
    unsigned more = p->cols[field] == 0 ? 0 : want < *spare ? want : *spare;
    p->cols[field] += more;
    *spare -= more;
}

/* By what an operator would miss most. */
static struct places place(unsigned cols)
{
    struct places p = {{0}, {0}};
    unsigned spare = cols > 1 ? cols - 1 : 0;
    add(&p, GUILD, GUILD_COLS, &spare);
    add(&p, STATE, STATE_COLS, &spare);
    add(&p, BOT, BOT_COLS, &spare);
    add(&p, POSITION, POSITION_COLS, &spare);
    bool narrow = spare < BACKEND_COLS + 1 + TITLE_MIN + 1;
    if (!narrow)
        add(&p, BACKEND, BACKEND_COLS, &spare);
    /* The rest of a narrow window is the title's. */
    add(&p, TITLE, spare < TITLE_MIN + 1 ? (spare > 1 ? spare - 1 : 0) : TITLE_MIN, &spare);
    add(&p, BAR, BAR_COLS, &spare);
    add(&p, PING, 6, &spare);
    add(&p, VOLUME, 4, &spare);
    add(&p, SINCE, 5, &spare);
    widen(&p, POSITION, POSITION_WIDE, &spare);
    widen(&p, BACKEND, BACKEND_WIDE, &spare);
    widen(&p, BOT, BOT_WIDE, &spare);
    widen(&p, TITLE, TITLE_MAX, &spare);
    widen(&p, BAR, BAR_WIDE, &spare);
    for (unsigned i = 0, col = 1; i < FIELD_COUNT; i++) {
        p.col[i] = col;
        col += p.cols[i] > 0 ? p.cols[i] + 1 : 0;
    }
    return p;
}

static void draw_head(struct grid *g, struct area area, const struct player_list *list,
                      const struct places *p, enum field field)
{
    bool sorted = list->key == fields[field].sort;
    unsigned role = sorted ? ROLE_HEADER_SORT : ROLE_HEADER;
    unsigned col = area.col + p->col[field], cols = p->cols[field];
    /* The position is sorted by in two ways: the bar stands for what is left of it. */
    const char *head = field == BAR && sorted ? "LEFT" : fields[field].head;
    unsigned len = (unsigned)strlen(head), mark = cols;
    if (cols == 0)
        return;
    if (fields[field].right)
        grid_right(g, area.row, col, cols, role, head);
    else
        grid_text(g, area.row, col, cols, role, head);
    grid_target(g, (struct area){area.row, col, 1, cols}, TARGET_SORT_PLAYERS, fields[field].sort);
    if (!sorted)
        return;
    if (!fields[field].right && len < cols)
        mark = len + 2 <= cols ? len + 1 : len;
    grid_text(g, area.row, col + mark, 1, role, list->descending ? "v" : "^");
}

static void draw_heads(struct grid *g, struct area area, const struct view *view,
                       const struct places *p, bool times)
{
    const struct player_list *list = &view->panels.players;
    const struct snap *snap = view->snap;
    char title[96];
    if (list->rows.count < snap->player_count)
        snprintf(title, sizeof(title), "Players by %s (%u of %u)", player_sort_name(list->key),
                 list->rows.count, snap->player_count);
    else
        snprintf(title, sizeof(title), "Players by %s", player_sort_name(list->key));
    unsigned from = draw_rule(g, area, view, PANEL_PLAYERS, title);
    snprintf(title, sizeof(title), "%u of %u playing", snap->playing_count, snap->player_count);
    draw_rule_head(g, area.row, &from, area.col + area.cols - 1, title);
    area.row++;
    if (times)
        flow_times_draw(g, (struct area){area.row++, area.col + 1, 1, area.cols - 2}, view);
    grid_fill(g, area.row, area.col, area.cols, ROLE_HEADER, ' ', ' ');
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        draw_head(g, area, list, p, (enum field)i);
}

/* Of a title every letter counts: it ends wherever the room does. */
static void draw_clipped(struct grid *g, struct area at, unsigned role, const char *text)
{
    bool fits = g->ascii || grid_columns(text) <= at.cols;
    unsigned used = grid_text(g, at.row, at.col, fits ? at.cols : at.cols - 1, role, text);
    if (!fits)
        grid_text(g, at.row, at.col + used, 1, role, "\xe2\x80\xa6");
}

/* A position whose length has no room beside it stands alone. */
static void draw_position(struct grid *g, struct area at, const struct view *view,
                          const struct snap_player *player, unsigned role)
{
    char text[TRACK_POSITION_MAX];
    player_position_text(text, player, view->snap->wall_ms);
    char *length = strchr(text, '/');
    if (length != NULL && strlen(text) > at.cols)
        *length = '\0';
    grid_right(g, at.row, at.col, at.cols, role, text);
}

static void draw_progress(struct grid *g, struct area at, const struct view *view,
                          const struct snap_player *player)
{
    int64_t position = snap_player_position(player, view->snap->wall_ms);
    if (!player->has_track || player->track == NULL || player->track->length_ms <= 0 ||
        position < 0)
        return;
    draw_bar(g, at.row, at.col, at.cols, ROLE_RATE_LOW, (uint64_t)position,
             (uint64_t)player->track->length_ms);
}

/* What only wide panels show. */
static void draw_more(struct grid *g, struct area area, const struct view *view,
                      const struct snap_player *player, const struct places *p)
{
    char text[HUMAN_MAX];
    unsigned row = area.row, col = area.col;
    int64_t since = (view->snap->wall_ms - player->since_ms) / 1000;
    if (p->cols[PING] > 0 && player->ping >= 0) {
        snprintf(text, sizeof(text), "%dms", (int)player->ping);
        grid_right(g, row, col + p->col[PING], p->cols[PING], ROLE_TEXT, text);
    }
    if (p->cols[VOLUME] > 0 && player->volume >= 0) {
        snprintf(text, sizeof(text), "%d", (int)player->volume);
        grid_right(g, row, col + p->col[VOLUME], p->cols[VOLUME], ROLE_TEXT, text);
    }
    /* Its seconds are nobody's business, and would be bytes in every quiet second. */
    if (p->cols[SINCE] > 0)
        grid_right(g, row, col + p->col[SINCE], p->cols[SINCE], ROLE_DIM,
                   since < 60 ? "<1m" : human_age(text, (uint64_t)since));
}

static void draw_player(struct grid *g, struct area area, const struct view *view,
                        const struct snap_player *player, const struct places *p)
{
    const struct snap *snap = view->snap;
    char text[MASK_TEXT_MAX], title[TRACK_TITLE_MAX];
    unsigned row = area.row, col = area.col, state;
    unsigned role = snap_player_is_playing(player) ? ROLE_TEXT : ROLE_DIM;
    const char *word = player_state_word(player, &state);
    grid_text(g, row, col + p->col[GUILD], p->cols[GUILD], role,
              player_guild_text(text, &view->mask, player));
    draw_clipped(g, (struct area){row, col + p->col[BOT], 1, p->cols[BOT]}, role,
                 player_bot_text(text, &view->mask, snap, player));
    if (p->cols[BACKEND] > 0)
        draw_clipped(g, (struct area){row, col + p->col[BACKEND], 1, p->cols[BACKEND]}, role,
                     player_backend_text(snap, player));
    grid_text(g, row, col + p->col[STATE], p->cols[STATE], state, word);
    if (p->cols[TITLE] > 0)
        draw_clipped(g, (struct area){row, col + p->col[TITLE], 1, p->cols[TITLE]}, role,
                     track_title_text(title, player));
    draw_position(g, (struct area){row, col + p->col[POSITION], 1, p->cols[POSITION]}, view, player,
                  role);
    if (p->cols[BAR] > 0)
        draw_progress(g, (struct area){row, col + p->col[BAR], 1, p->cols[BAR]}, view, player);
    draw_more(g, area, view, player, p);
}

/* Why there are no rows. */
static const char *empty_text(const struct view *view)
{
    if (view->model.past)
        return "players are not kept for the past (] goes on, p back to the present)";
    return view->snap->player_count > 0 ? "no player matches the filter (Esc clears it)"
                                        : "no players seen so far";
}

void player_panel_draw(struct grid *g, struct area area, struct view *view)
{
    struct player_list *list = &view->panels.players;
    struct places p = place(area.cols);
    /* Once on a screen is enough, and in a small window there are few rows. */
    bool times = area.rows >= TIMES_FROM && !header_has_times(view, g->rows, g->cols);
    unsigned above = HEAD_ROWS - 1 + times;
    /* As draw_window has it: one row above those of the window. */
    struct area below = {area.row + above, area.col, area.rows - above, area.cols};
    unsigned shown, first = draw_window(below, view, PANEL_PLAYERS, &list->rows, &shown);
    draw_heads(g, area, view, &p, times);
    for (unsigned i = 0; i < shown; i++) {
        const struct snap_player *player = player_list_row(list, first + i);
        struct area row = {below.row + 1 + i, area.col, 1, area.cols};
        draw_player(g, row, view, player, &p);
        grid_target(g, row, TARGET_PLAYER, panels_player_id(player));
        if (list->rows.picked && list->rows.at == first + i)
            draw_picked(g, row, view, PANEL_PLAYERS);
    }
    if (shown == 0)
        grid_text(g, below.row + 1, area.col + 1, area.cols - 1, ROLE_DIM, empty_text(view));
}
