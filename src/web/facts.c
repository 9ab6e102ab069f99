/*
 * Pieces of pages about one thing.
 */
#include "web/facts.h"

#include <stdio.h>

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

void facts_text(struct page *page, const char *name, const char *part, const char *text)
{
    facts_begin(page, name, part);
    html_text(page->out, text[0] != '\0' ? text : "-");
    facts_end(page, part);
}

void facts_ended(struct page *page, const char *sentence)
{
    str_add_text(page->out, "<p class=\"wrong\" role=\"status\"");
    live_begin(page->live, page->out, "ended");
    str_add_text(page->out, sentence);
    live_end(page->live, page->out);
    str_add_text(page->out, "</p>\n");
}

void facts_traffic(struct page *page, const char *name, uint64_t rate, uint64_t bytes,
                   const uint32_t values[SERIES_SECONDS])
{
    char part[20];
    snprintf(part, sizeof(part), "traffic-%s", name);
    facts_begin(page, name, part);
    page_direction(page, rate);
    str_add_char(page->out, ' ');
    page_line(page, values, name);
    str_add_text(page->out, " total ");
    page_size(page, bytes);
    facts_end(page, part);
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
