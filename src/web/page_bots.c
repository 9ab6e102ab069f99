/*
 * All bots: who is there, what they play and move, what goes wrong, how long things take.
 */
#include <stdlib.h>

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

static void add_row(struct page *page, const struct snap_bot *bot)
{
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

static void add_table(struct page *page, const struct table *table)
{
    const struct {
        enum roster_bot_key key;
        const char *label;
    } columns[] = {{ROSTER_BOT_NAME, "Bot"},        {ROSTER_BOT_LIBRARY, "Library"},
                   {ROSTER_BOT_STATE, "State"},     {ROSTER_BOT_PLAYING, "Playing/players"},
                   {ROSTER_BOT_SOCKETS, "Sockets"}, {ROSTER_BOT_RATE, page_rate_head(page)},
                   {ROSTER_BOT_TOTAL, "Total"},     {ROSTER_BOT_ERRORS, "Errors"},
                   {ROSTER_BOT_SEARCH, "Search"},   {ROSTER_BOT_PLAY, "Play"},
                   {ROSTER_BOT_AGE, "Since"}};
    const unsigned count = sizeof(columns) / sizeof(columns[0]);
    struct str *out = page->out;
    table_search(page, table, "name, user id, library, IP, backend");
    str_add_text(out, "<section tabindex=\"0\" aria-labelledby=\"caption\">\n<table>\n<caption "
                      "id=\"caption\">Bots</caption>\n<thead><tr>");
    for (unsigned i = 0; i < count; i++)
        table_head(page, table, columns[i].key, columns[i].label);
    str_add_text(out, "</tr></thead>\n<tbody");
    live_list(page->live, out, "bots");
    for (unsigned i = 0; i < table->count; i++)
        add_row(page, &page->snap->bots[table->rows[i]]);
    if (table->count == 0)
        html_add(out, "<tr><td colspan=\"%u\">%s</td></tr>\n", count,
                 table->total == 0 ? "no bots yet" : "no bot matches");
    live_list_end(page->live, out);
    str_add_text(out, "</tbody></table>\n");
    table_pages(page, table);
    table_files(page, table);
    html_add(out,
             "</section>\n<p class=\"dim\">Search and Play: 95th percentile of the last five "
             "minutes, of a search and from being told to play to the start of the track; ! is "
             "over %.0f s and %.0f s. Errors: answers 4xx and 5xx, and exceptions of tracks.</p>\n",
             flow_target(FLOW_SEARCH), flow_target(FLOW_PLAY));
}

/* Over all backends of a version, where there are any. */
static void add_flows(struct page *page)
{
    static const struct {
        unsigned version;
        enum report_version place;
        const char *id, *caption;
    } versions[] = {{4, REPORT_VERSION_4, "flows", "v4: how long things take, five minutes"},
                    {3, REPORT_VERSION_3, "flows-3", "v3: how long things take, five minutes"}};
    const struct snap *snap = page->snap;
    for (unsigned i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        bool any = false;
        for (unsigned j = 0; j < snap->backend_count; j++)
            any = any || snap->backends[j].version == versions[i].version;
        if (any)
            facts_flow_table(page, versions[i].id, versions[i].caption,
                             snap->totals.flows[versions[i].place]);
    }
}

void page_bots(struct page *page)
{
    static const struct table_kind kind = {PAGING_BOTS, "/bots", ROSTER_BOT_PLAYING, ROWS};
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    struct table *table = malloc(sizeof(*table));
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
    if (table != NULL && table_select(table, page, &kind) == 0)
        add_table(page, table);
    else
        out->cut = true;
    free(table);
    add_flows(page);
    page_end(page);
}
