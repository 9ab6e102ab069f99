/*
 * What is played, guild by guild.
 */
#include "stats/track_text.h"
#include "web/facts.h"
#include "web/table.h"
#include "web/page_list.h"

#define ROWS 50
#define COLUMNS 8
#define POSITION_MS 5000

static const struct table_column columns[COLUMNS] = {
    {ROSTER_PLAYER_GUILD, "Guild"},     {ROSTER_PLAYER_BOT, "Bot"},
    {ROSTER_PLAYER_BACKEND, "Backend"}, {ROSTER_PLAYER_TITLE, "Track"},
    {ROSTER_PLAYER_PLAYING, "State"},   {ROSTER_PLAYER_POSITION, "Position"},
    {ROSTER_PLAYER_PING, "Voice"},      {ROSTER_PLAYER_AGE, "Since"}};

void facts_player_heads(struct page *page)
{
    str_add_text(page->out, "<thead><tr>");
    for (unsigned i = 0; i < COLUMNS; i++)
        if (columns[i].key != ROSTER_PLAYER_BOT)
            html_add(page->out, "<th scope=\"col\">%s</th>", columns[i].label);
    str_add_text(page->out, "</tr></thead>\n");
}

/* Positions move on every five seconds: a page of them each second would be most of its stream. */
static void add_position(struct page *page, const struct snap_player *player)
{
    char text[TRACK_POSITION_MAX];
    int64_t now = page->snap->wall_ms - page->snap->wall_ms % POSITION_MS;
    int64_t at = snap_player_position(player, now);
    const struct snap_track *track = player->track;
    track_position_text(text, player, now);
    if (player->has_track && at >= 0 && track != NULL && track->length_ms > 0)
        html_add(page->out,
                 "<progress max=\"%lld\" value=\"%lld\" aria-label=\"position\"></progress> ",
                 (long long)track->length_ms / 1000, (long long)at / 1000);
    str_add_text(page->out, text);
}

static void add_voice(struct page *page, const struct snap_player *player)
{
    str_add_text(page->out, player->connected > 0    ? "connected"
                            : player->connected == 0 ? "<span class=\"mid\">not connected</span>"
                                                     : "-");
    if (player->ping >= 0)
        html_add(page->out, " %d ms", (int)player->ping);
}

void facts_player_row(struct page *page, uint32_t index, bool bot)
{
    const struct snap_player *player = &page->snap->players[index];
    uint64_t number = table_row_number(page->snap, PAGING_PLAYERS, index);
    struct str *out = page->out;
    char title[TRACK_TITLE_MAX];
    live_row(page->live, number);
    html_add(out, "<tr><th scope=\"row\">%llu</th>", (unsigned long long)player->guild);
    if (bot) {
        str_add_text(out, "<td>");
        facts_bot(page, player->bot);
        str_add_text(out, "</td>");
    }
    str_add_text(out, "<td>");
    html_text(out, player->backend < page->snap->backend_count
                       ? page->snap->backends[player->backend].name
                       : "-");
    str_add_text(out, "</td>");
    page_cell(page, "t", number);
    html_text(out, track_title_text(title, player));
    page_cell_end(page);
    page_cell(page, "a", number);
    str_add_text(out, !player->has_track ? "no track" : player->paused ? "paused" : "playing");
    page_cell_end(page);
    page_cell(page, "x", number);
    add_position(page, player);
    page_cell_end(page);
    page_cell(page, "v", number);
    add_voice(page, player);
    page_cell_end(page);
    str_add_text(out, "<td>");
    page_time(page, player->since_ms);
    str_add_text(out, "</td></tr>\n");
}

/* What the list was narrowed to, and the way back to all. */
static void add_choice(struct page *page, const struct table *table)
{
    if (table->search.bot == 0 && table->backend[0] == '\0')
        return;
    str_add_text(page->out, "<p>Only");
    if (table->search.bot != 0) {
        str_add_text(page->out, " of ");
        facts_bot(page, table->search.bot);
    }
    if (table->backend[0] != '\0') {
        str_add_text(page->out, " at ");
        html_text(page->out, table->backend);
    }
    str_add_text(page->out, ". <a href=\"/players\">All players</a></p>\n");
}

static void add_row(struct page *page, const struct table *table, unsigned place)
{
    facts_player_row(page, table->rows[place], true);
}

void page_players(struct page *page)
{
    static const struct table_kind kind = {.list = PAGING_PLAYERS,
                                           .path = "/players",
                                           .id = "players",
                                           .caption = "Players",
                                           .hint = "title, author, guild",
                                           .none = "no players at present",
                                           .others = "no player matches",
                                           .key = ROSTER_PLAYER_BOT,
                                           .per_page = ROWS,
                                           .columns = columns,
                                           .column_count = COLUMNS,
                                           .lead = add_choice,
                                           .row = add_row};
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    page->refreshes = true;
    page_begin(page, "Players", "/players");
    str_add_text(out, "<p");
    live_begin(page->live, out, "totals");
    html_add(out, "%u players, %u playing", snap->player_count, snap->playing_count);
    if (snap->players_forgotten > 0)
        html_add(out, "; %llu others made room for newer ones",
                 (unsigned long long)snap->players_forgotten);
    live_end(page->live, out);
    str_add_text(out, "</p>\n");
    table_show(page, &kind);
    facts_version_flows(page);
    page_end(page);
}
