/*
 * All bots: who is there, what they play and move, what goes wrong, how long things take.
 */
#include "web/facts.h"
#include "web/table.h"
#include "web/page_list.h"

#define ROWS 50

static void add_state(struct page *page, const struct snap_bot *bot)
{
    page_cell(page, "a", bot->id);
    if (bot->gone_ms == 0) {
        str_add_text(page->out, "<span class=\"up\">connected</span>");
    } else {
        str_add_text(page->out, "<span class=\"dim\">gone ");
        page_age(page, bot->gone_ms);
        str_add_text(page->out, "</span>");
    }
    page_cell_end(page);
}

static void add_row(struct page *page, const struct table *table, unsigned place)
{
    const struct snap_bot *bot = &page->snap->bots[table->rows[place]];
    struct str *out = page->out;
    live_row(page->live, bot->id);
    html_add(out, "<tr><th scope=\"row\"><a href=\"/bots/%llu\">", (unsigned long long)bot->id);
    html_text(out, bot->name);
    str_add_text(out, "</a></th><td>");
    html_text(out, bot->library[0] != '\0' ? bot->library : "-");
    str_add_text(out, "</td>");
    add_state(page, bot);
    page_cell(page, "p", bot->id);
    html_add(out, "%u/%u", bot->playing, bot->players);
    page_cell_end(page);
    page_count_cell(page, "k", bot->id, bot->sockets);
    page_rate_cell(page, "r", bot->id, bot->rate_in + bot->rate_out, bot->rate_messages);
    page_size_cell(page, "b", bot->id, bot->bytes_in + bot->bytes_out);
    page_count_cell(page, "e", bot->id, snap_bot_errors(bot));
    page_cell(page, "s", bot->id);
    facts_flow(page, FLOW_SEARCH, &bot->flows[FLOW_SEARCH]);
    page_cell_end(page);
    page_cell(page, "y", bot->id);
    facts_flow(page, FLOW_PLAY, &bot->flows[FLOW_PLAY]);
    page_cell_end(page);
    page_cell(page, "d", bot->id);
    if (bot->connected_ms > 0)
        page_age(page, bot->connected_ms);
    else
        str_add_char(out, '-');
    page_cell_end(page);
    str_add_text(out, "</tr>\n");
}

static void add_table(struct page *page)
{
    const struct table_column columns[] = {
        {ROSTER_BOT_NAME, "Bot"},        {ROSTER_BOT_LIBRARY, "Library"},
        {ROSTER_BOT_STATE, "State"},     {ROSTER_BOT_PLAYING, "Playing/players"},
        {ROSTER_BOT_SOCKETS, "Sockets"}, {ROSTER_BOT_RATE, page_rate_head(page)},
        {ROSTER_BOT_TOTAL, "Total"},     {ROSTER_BOT_ERRORS, "Errors"},
        {ROSTER_BOT_SEARCH, "Search"},   {ROSTER_BOT_PLAY, "Play"},
        {ROSTER_BOT_AGE, "Since"}};
    const struct table_kind kind = {.list = PAGING_BOTS,
                                    .path = "/bots",
                                    .id = "bots",
                                    .caption = "Bots",
                                    .hint = "name, user id, library, IP, backend",
                                    .none = "no bots yet",
                                    .others = "no bot matches",
                                    .key = ROSTER_BOT_PLAYING,
                                    .per_page = ROWS,
                                    .columns = columns,
                                    .column_count = sizeof(columns) / sizeof(columns[0]),
                                    .row = add_row};
    table_show(page, &kind);
    html_add(page->out,
             "<p class=\"dim\">Search and Play: 95th percentile of the last five "
             "minutes, of a search and from being told to play to the start of the track; ! is "
             "over %.0f s and %.0f s. Errors: answers 4xx and 5xx, and exceptions of tracks.</p>\n",
             flow_target(FLOW_SEARCH), flow_target(FLOW_PLAY));
}

void page_bots(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    page->refreshes = true;
    page_begin(page, "Bots", "/bots");
    str_add_text(out, "<p");
    live_begin(page->live, out, "totals");
    html_add(out, "%u connected, %u gone, %u players, %u playing",
             snap->bot_count - snap->bots_gone, snap->bots_gone, snap->player_count,
             snap->playing_count);
    if (snap->nobody_bytes_in + snap->nobody_bytes_out > 0) {
        str_add_text(out, "; of no known bot: ");
        page_size(page, snap->nobody_bytes_in + snap->nobody_bytes_out);
    }
    live_end(page->live, out);
    str_add_text(out, "</p>\n");
    add_table(page);
    facts_version_flows(page);
    page_end(page);
}
