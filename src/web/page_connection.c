/*
 * One connection, and ending it.
 */
#include <stdio.h>

#include "stats/silence.h"
#include "stats/sort.h"
#include "web/facts.h"
#include "web/page_list.h"

static const struct snap_backend *backend_of(const struct page *page, const struct snap_conn *conn)
{
    return conn->backend < page->snap->backend_count ? &page->snap->backends[conn->backend] : NULL;
}

static void add_facts(struct page *page, const struct snap_conn *conn)
{
    const struct snap_backend *backend = backend_of(page, conn);
    char addr[ADDR_TEXT_MAX];
    struct str *out = page->out;
    str_add_text(out, "<dl>\n");
    facts_text(page, "From", NULL, addr_text(addr, &conn->client, true));
    facts_text(page, "Client", "client", sort_client(conn));
    facts_text(page, "User-Agent", "agent", conn->user_agent);
    facts_text(page, "User id", "user", conn->user_id);
    facts_begin(page, "Bot", "bot");
    facts_bot(page, conn->bot);
    facts_end(page, "bot");
    facts_text(page, "Path", "path", conn->path);
    facts_text(page, "Kind", "kind",
               conn->kind == CONN_WEBSOCKET ? "WebSocket"
               : conn->kind == CONN_REST    ? "REST"
                                            : "");
    facts_begin(page, "Opened", "opened");
    page_time(page, conn->opened_ms);
    str_add_text(out, " (");
    page_age(page, conn->opened_ms);
    str_add_char(out, ')');
    facts_end(page, "opened");
    facts_begin(page, "Backend", "backend");
    if (backend != NULL) {
        html_text(out, backend->name);
        str_add_char(out, ' ');
        page_state(page, backend);
    } else {
        str_add_char(out, '-');
    }
    facts_end(page, "backend");
    facts_begin(page, "Requests", "requests");
    html_add(out, "%u", conn->requests);
    facts_end(page, "requests");
    facts_traffic(page, "In", conn->rate_in, conn->bytes_in, conn->history->in);
    facts_traffic(page, "Out", conn->rate_out, conn->bytes_out, conn->history->out);
    facts_begin(page, "Messages", "messages");
    page_messages(page, conn->messages, conn->rate_messages);
    facts_end(page, "messages");
    str_add_text(out, "</dl>\n");
}

/* The question stands on the page itself: nothing is ended by less than a choice and a click. */
static void add_kill(struct page *page, const struct snap_conn *conn)
{
    struct silence silence;
    char action[60], players[SILENCE_TEXT], resume[SILENCE_TEXT];
    snprintf(action, sizeof(action), "/api/connections/%llu/kill", (unsigned long long)conn->id);
    silence_of(&silence, page->snap, &conn->id, 1);
    silence_text(players, &silence);
    silence_resume_text(resume, &silence);
    if (players[0] == '\0')
        snprintf(players, sizeof(players), "What it plays may stop until the client reconnects.");
    str_add_text(page->out, "<section id=\"end\">\n<h2>End it?</h2>\n<p");
    live_begin(page->live, page->out, "silence");
    html_add(page->out, "<b data-silence>%s</b> %s", players, resume);
    live_end(page->live, page->out);
    str_add_text(page->out, "</p>\n");
    page_form_asking(page, action, "End this connection?");
    str_add_text(
        page->out,
        "<input type=\"hidden\" name=\"back\" value=\"/connections\">\n"
        "<label><input type=\"radio\" name=\"mode\" value=\"close\" checked> close "
        "politely</label>\n<label><input type=\"radio\" name=\"mode\" value=\"reset\"> cut "
        "now</label>\n<button class=\"danger\">End connection</button>");
    page_form_end(page);
    str_add_text(page->out, "\n</section>\n");
}

void page_connection(struct page *page)
{
    char title[40];
    const struct snap_conn *conn = snap_find_conn(page->snap, page->id);
    snprintf(title, sizeof(title), "Connection %llu", (unsigned long long)page->id);
    page_begin(page, title, "/connections");
    page->status = conn == NULL ? 404 : 0;
    facts_ended(page, conn == NULL ? "There is no such connection, or it has ended." : "");
    if (conn != NULL) {
        add_facts(page, conn);
        add_kill(page, conn);
    }
    page_end(page);
}
