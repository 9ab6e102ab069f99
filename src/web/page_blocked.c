/*
 * Who is refused for a time.
 */
#include "base/human.h"
#include "web/page.h"

static void add_block(struct page *page, const struct snap_block *block)
{
    struct str *out = page->out;
    char text[ADDR_TEXT_MAX], age[HUMAN_MAX];
    int64_t left = (block->until_ms - page->snap->wall_ms + 999) / 1000;
    addr_key_text(text, &block->key);
    html_add(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>", text,
             block->by_hand ? "by hand" : "wrong passwords",
             human_age(age, left > 0 ? (uint64_t)left : 0));
    page_form(page, "/api/unblock");
    html_add(out,
             "<input type=\"hidden\" name=\"ip\" value=\"%s\"><input type=\"hidden\" "
             "name=\"back\" value=\"/blocked\"><button>Unblock</button>",
             text);
    page_form_end(page);
    str_add_text(out, "</td></tr>\n");
}

static void add_form(struct page *page)
{
    static const struct {
        const char *time, *label;
    } times[] = {{"1h", "1 hour"}, {"24h", "24 hours"}, {"168h", "1 week"}, {"720h", "30 days"}};
    struct str *out = page->out;
    str_add_text(out, "<section>\n<h2>Block an address</h2>\n");
    page_form(page, "/api/block");
    str_add_text(out, "<input type=\"hidden\" name=\"back\" value=\"/blocked\"><label "
                      "for=\"ip\">IP</label> <input id=\"ip\" name=\"ip\" required> <label "
                      "for=\"for\">for</label> <select id=\"for\" name=\"for\">");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        html_add(out, "<option value=\"%s\">%s</option>", times[i].time, times[i].label);
    str_add_text(out, "</select> <button class=\"danger\">Block</button>");
    page_form_end(page);
    str_add_text(out, "\n</section>\n");
}

void page_blocked(struct page *page)
{
    const struct snap *snap = page->snap;
    struct str *out = page->out;
    page_begin(page, "Blocked", "/blocked");
    str_add_text(out, "<section>\n<table>\n<caption>Blocked addresses</caption>\n<thead><tr><th "
                      "scope=\"col\">IP</th><th scope=\"col\">Why</th><th scope=\"col\">For "
                      "another</th><th scope=\"col\">Actions</th></tr></thead>\n<tbody>\n");
    for (unsigned i = 0; i < snap->block_count; i++)
        add_block(page, &snap->blocks[i]);
    if (snap->block_count == 0)
        str_add_text(out, "<tr><td colspan=\"4\">nobody is blocked</td></tr>\n");
    str_add_text(out, "</tbody></table>\n");
    if (snap->blocks_total > snap->block_count)
        html_add(out, "<p>and %u more</p>\n", snap->blocks_total - snap->block_count);
    str_add_text(out, "</section>\n");
    add_form(page);
    page_end(page);
}
