/*
 * Pieces of pages about one thing.
 */
#include "web/facts.h"

void facts_begin(struct page *page, const char *name, const char *part)
{
    html_add(page->out, "<div><dt>%s</dt><dd", name);
    if (part != NULL)
        live_begin(page->live, page->out, "%s", part);
    else
        str_add_char(page->out, '>');
}

void facts_end(struct page *page, const char *part)
{
    if (part != NULL)
        live_end(page->live, page->out);
    str_add_text(page->out, "</dd></div>\n");
}

void facts_text(struct page *page, const char *name, const char *text)
{
    facts_begin(page, name, NULL);
    html_text(page->out, text[0] != '\0' ? text : "-");
    facts_end(page, NULL);
}

void facts_traffic(struct page *page, const char *name, uint64_t rate, uint64_t bytes,
                   const uint32_t values[SERIES_SECONDS])
{
    html_add(page->out, "<div><dt>%s</dt><dd", name);
    live_begin(page->live, page->out, "traffic-%s", name);
    page_direction(page, rate);
    str_add_char(page->out, ' ');
    page_line(page, values, name);
    str_add_text(page->out, " total ");
    page_size(page, bytes);
    live_end(page->live, page->out);
    str_add_text(page->out, "</dd></div>\n");
}

void facts_bot(struct page *page, uint64_t id)
{
    const struct snap_bot *bot = snap_find_bot(page->snap, id);
    if (bot == NULL) {
        str_add_char(page->out, '-');
        return;
    }
    html_add(page->out, "<a href=\"/bots/%llu\">", (unsigned long long)id);
    html_text(page->out, bot->name);
    str_add_text(page->out, "</a>");
}
