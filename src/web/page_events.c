/*
 * The event log.
 */
#include <string.h>

#include "web/page.h"
#include "web/page_list.h"

#define TEXT_MAX 100

/* What the query asks for: a level at least, and text. */
struct event_choice {
    enum event_level level; /* INFO: all */
    bool auth;              /* of wrong passwords only */
    char text[TEXT_MAX];
};

static bool is_wanted(const struct event_choice *choice, const struct snap_event *event)
{
    if (choice == NULL)
        return true;
    if (choice->auth ? event->level != EVENT_AUTH
                     : choice->level != EVENT_INFO &&
                           (event->level < choice->level || event->level == EVENT_AUTH))
        return false;
    return choice->text[0] == '\0' || strcasestr(event->text, choice->text) != NULL;
}

static void add_event(struct page *page, const struct snap_event *event)
{
    static const char *const classes[] = {
        [EVENT_INFO] = "low", [EVENT_WARN] = "mid", [EVENT_ERROR] = "high", [EVENT_AUTH] = "auth"};
    html_add(page->out, "<li id=\"e%llu\" class=\"%s\">", (unsigned long long)event->seq,
             classes[event->level]);
    page_time(page, event->wall_ms);
    html_add(page->out, " <b>%s</b> ", event_level_text(event->level));
    html_text(page->out, event->text);
    str_add_text(page->out, "</li>\n");
}

void page_events_list(struct page *page, unsigned most, const struct event_choice *choice)
{
    const struct snap *snap = page->snap;
    unsigned shown = 0;
    str_add_text(page->out, "<section aria-labelledby=\"log\">\n<h2 id=\"log\">Events</h2>\n<ol "
                            "class=\"events\"");
    live_list(page->live, page->out, "events");
    for (unsigned i = snap->event_count; i > 0 && shown < most; i--) {
        if (!is_wanted(choice, &snap->events[i - 1]))
            continue;
        live_row(page->live, snap->events[i - 1].seq);
        add_event(page, &snap->events[i - 1]);
        shown++;
    }
    live_list_end(page->live, page->out);
    str_add_text(page->out, "</ol>\n</section>\n");
}

void page_events(struct page *page)
{
    static const struct {
        const char *word, *label;
        enum event_level level;
    } levels[] = {{"all", "all", EVENT_INFO},
                  {"warn", "warnings and errors", EVENT_WARN},
                  {"err", "errors", EVENT_ERROR},
                  {"auth", "wrong passwords", EVENT_AUTH}};
    char level[8];
    struct event_choice choice = {.level = EVENT_INFO};
    struct str *out = page->out;
    page_value(page, SLICE("level"), level, sizeof(level));
    page_value(page, SLICE("q"), choice.text, sizeof(choice.text));
    page->refreshes = true;
    page_begin(page, "Events", "/events");
    str_add_text(out,
                 "<form role=\"search\"><label for=\"level\">Show</label> <select id=\"level\" "
                 "name=\"level\">");
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        bool chosen = strcmp(level, levels[i].word) == 0;
        html_add(out, "<option value=\"%s\"%s>%s</option>", levels[i].word,
                 chosen ? " selected" : "", levels[i].label);
        if (chosen && levels[i].level == EVENT_AUTH)
            choice.auth = true;
        else if (chosen)
            choice.level = levels[i].level;
    }
    str_add_text(out, "</select> <label for=\"q\">with</label> <input id=\"q\" name=\"q\" "
                      "type=\"search\"");
    html_attr(out, "value", choice.text);
    str_add_text(out, "> <button>Show</button></form>\n");
    page_events_list(page, SNAP_EVENTS_MAX, &choice);
    page_end(page);
}
