/*
 * The frame of every page, and the pieces they share.
 */
#include "web/page.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/human.h"
#include "web/query.h"

#define LINE_SECONDS 2 /* of one point of a 60 s line */
#define LINE_POINTS (SERIES_SECONDS / LINE_SECONDS)
#define LINE_HEIGHT 16
#define DAY_LETTERS 10 /* 2026-11-21 */

static const struct {
    const char *path, *name;
} navigation[] = {
    {"/", "Monitor"},        {"/bots", "Bots"},
    {"/players", "Players"}, {"/data-usage", "Data usage"},
    {"/health", "Health"},   {"/events", "Events"},
    {"/blocked", "Blocked"},
};

unsigned page_count_down(const struct snap *snap)
{
    unsigned down = 0;
    for (unsigned i = 0; snap != NULL && i < snap->backend_count; i++) {
        const struct snap_backend *backend = &snap->backends[i];
        down += !backend->removed && backend->state != BACKEND_UNKNOWN &&
                !backend_state_is_up(backend->state);
    }
    return down;
}

static void add_head(struct page *page, const char *title, unsigned down)
{
    struct str *out = page->out;
    static const char *const tints[] = {
        [PAGE_AUTO] = "auto", [PAGE_LIGHT] = "light", [PAGE_DARK] = "dark"};
    html_add(out, "<!DOCTYPE html>\n<html lang=\"en\" data-tint=\"%s\">\n<head>\n",
             tints[page->tint]);
    str_add_text(out, "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                      "content=\"width=device-width\">\n<title>");
    if (down > 0)
        html_add(out, "%u down - ", down);
    html_add(out, "%s - lavaproxy</title>\n", title);
    html_add(out, "<link rel=\"icon\" href=\"/assets/%s.svg\">\n", down > 0 ? "down" : "up");
    str_add_text(out, "<link rel=\"stylesheet\" href=\"/assets/style.css\">\n");
    if (page->snap != NULL)
        str_add_text(out, "<script src=\"/assets/live.js\" defer></script>\n");
    if (page->refreshes)
        str_add_text(out, "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n");
    str_add_text(out, "</head>\n<body>\n");
}

static void add_navigation(struct page *page, const char *path)
{
    struct str *out = page->out;
    str_add_text(out, "<nav aria-label=\"Pages\"><b>lavaproxy</b>\n");
    for (size_t i = 0; i < sizeof(navigation) / sizeof(navigation[0]); i++)
        html_add(out, "<a href=\"%s\"%s>%s</a>\n", navigation[i].path,
                 slice_equal(slice_of(path), slice_of(navigation[i].path))
                     ? " aria-current=\"page\""
                     : "",
                 navigation[i].name);
    if (page->login != NULL)
        page_button(page, "/logout", "Log out");
    str_add_text(out, "</nav>\n");
}

void page_begin(struct page *page, const char *title, const char *path)
{
    unsigned down = page_count_down(page->snap);
    struct str *out = page->out;
    add_head(page, title, down);
    if (page->snap != NULL)
        add_navigation(page, path);
    html_add(out, "<main>\n<h1>%s</h1>\n", title);
    if (page->snap != NULL && page->snap->demo)
        str_add_text(out, "<p class=\"warn\"><b>DEMO</b> built-in nodes and bots</p>\n");
    for (unsigned i = 0; page->snap != NULL && i < page->snap->warning_count; i++) {
        str_add_text(out, "<p class=\"warn\">! ");
        html_text(out, page->snap->warnings[i]);
        str_add_text(out, "</p>\n");
    }
    if (page->wrong != NULL) {
        str_add_text(out, "<p class=\"wrong\" role=\"alert\">");
        html_text(out, page->wrong);
        str_add_text(out, "</p>\n");
    }
}

/* One choice among words, as buttons of a form of its own. */
static void add_choice(struct page *page, const char *field, const char *const *words,
                       const char *const *labels, unsigned count, unsigned chosen)
{
    page_form(page, "/setup");
    str_add_text(page->out, "<input type=\"hidden\" name=\"back\"");
    str_add_text(page->out, " value=\"");
    html_slice(page->out, page->target);
    str_add_text(page->out, "\">");
    for (unsigned i = 0; i < count; i++)
        html_add(page->out, "<button name=\"%s\" value=\"%s\"%s>%s</button>", field, words[i],
                 i == chosen ? " aria-pressed=\"true\"" : "", labels[i]);
    page_form_end(page);
}

void page_setup(struct page *page)
{
    static const char *const tints[] = {"auto", "light", "dark"};
    static const char *const units[] = {"bytes", "bits", "messages"};
    static const char *const labels[] = {"B/s", "bit/s", "messages/s"};
    str_add_text(page->out, "<div class=\"setup\">");
    add_choice(page, "tint", tints, tints, 3, page->tint);
    add_choice(page, "units", units, labels, 3, page->units);
    str_add_text(page->out, "</div>\n");
}

void page_end(struct page *page)
{
    char clock[CLOCK_ISO_MAX];
    struct str *out = page->out;
    str_add_text(out, "</main>\n<footer>");
    if (page->snap != NULL)
        page_setup(page);
    if (page->snap != NULL)
        html_add(out, "as of <span id=\"as-of\">%s</span>, ",
                 clock_hms(clock, page->snap->wall_ms));
    str_add_text(out, "<span id=\"told\" role=\"status\"></span> lavaproxy " LAVAPROXY_VERSION
                      "</footer>\n</body>\n</html>\n");
}

void page_form_asking(struct page *page, const char *action, const char *question)
{
    str_add_text(page->out, "<form method=\"post\"");
    html_attr(page->out, "action", action);
    if (question != NULL)
        html_attr(page->out, "data-ask", question);
    str_add_char(page->out, '>');
    if (page->login != NULL)
        html_add(page->out, "<input type=\"hidden\" name=\"token\" value=\"%s\">",
                 page->login->token);
}

void page_form(struct page *page, const char *action)
{
    page_form_asking(page, action, NULL);
}

void page_form_end(struct page *page)
{
    str_add_text(page->out, "</form>");
}

void page_button(struct page *page, const char *action, const char *label)
{
    page_form(page, action);
    html_add(page->out, "<button>%s</button>", label);
    page_form_end(page);
    str_add_char(page->out, '\n');
}

char *page_value(const struct page *page, struct slice name, char *out, size_t size)
{
    struct str text;
    str_fixed(&text, out, size);
    if (query_value(page->target, name, &text) != QUERY_FOUND)
        out[0] = '\0';
    return out;
}

void page_size(struct page *page, uint64_t bytes)
{
    char text[HUMAN_MAX];
    str_add_text(page->out, human_size_long(text, bytes));
}

static void add_messages(struct page *page, double rate)
{
    char text[HUMAN_MAX];
    if (rate < 0)
        str_add_char(page->out, '-');
    else if (rate >= 99.95)
        html_add(page->out, "%s/s", human_size(text, (uint64_t)(rate + 0.5)));
    else
        html_add(page->out, "%.1f/s", rate);
}

void page_messages(struct page *page, uint64_t messages, double messages_per_second)
{
    html_add(page->out, "%llu (", (unsigned long long)messages);
    add_messages(page, messages_per_second);
    str_add_char(page->out, ')');
}

const char *page_rate_head(const struct page *page)
{
    return page->units == PAGE_MESSAGES ? "Messages/s" : "In and out";
}

static void add_bytes(struct page *page, uint64_t rate)
{
    char text[HUMAN_MAX];
    if (page->units == PAGE_BITS)
        html_add(page->out, "%sbit/s", human_size(text, rate * 8));
    else
        str_add_text(page->out, human_rate_long(text, rate));
}

static void add_rate(struct page *page, uint64_t bytes_per_second, bool in_messages,
                     double messages_per_second)
{
    static const char *const classes[] = {[BAND_MEDIUM] = "mid", [BAND_HIGH] = "high"};
    enum band band = band_of(bytes_per_second, page->snap->band_medium, page->snap->band_high);
    if (band != BAND_NORMAL)
        html_add(page->out, "<span class=\"%s\">", classes[band]);
    if (in_messages)
        add_messages(page, messages_per_second);
    else
        add_bytes(page, bytes_per_second);
    if (band != BAND_NORMAL)
        html_add(page->out, "%s</span>", band_mark(band));
}

void page_direction(struct page *page, uint64_t bytes_per_second)
{
    add_rate(page, bytes_per_second, false, 0);
}

void page_rate(struct page *page, uint64_t bytes_per_second, double messages_per_second)
{
    add_rate(page, bytes_per_second, page->units == PAGE_MESSAGES, messages_per_second);
}

void page_time(struct page *page, int64_t wall_ms)
{
    char whole[CLOCK_ISO_MAX], clock[CLOCK_ISO_MAX], day[CLOCK_ISO_MAX], today[CLOCK_ISO_MAX];
    if (wall_ms <= 0) {
        str_add_char(page->out, '-');
        return;
    }
    clock_day(day, wall_ms);
    clock_day(today, page->snap->wall_ms);
    html_add(page->out, "<time datetime=\"%s\">%s</time>", clock_iso(whole, wall_ms),
             strncmp(day, today, DAY_LETTERS) == 0 ? clock_hms(clock, wall_ms) : day);
}

void page_age(struct page *page, int64_t since_ms)
{
    char text[HUMAN_MAX];
    int64_t seconds = (page->snap->wall_ms - since_ms) / 1000;
    str_add_text(page->out, human_age(text, seconds > 0 ? (uint64_t)seconds : 0));
}

void page_plot(struct page *page, const uint32_t values[SERIES_SECONDS], const char *label)
{
    struct str *out = page->out;
    uint64_t points[LINE_POINTS], peak = 0;
    for (unsigned i = 0; i < LINE_POINTS; i++) {
        points[i] = 0;
        for (unsigned j = 0; j < LINE_SECONDS; j++)
            points[i] += values[i * LINE_SECONDS + j];
        peak = points[i] > peak ? points[i] : peak;
    }
    html_add(out,
             "<svg class=\"line\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" "
             "aria-label=\"%s\"><polyline points=\"",
             LINE_POINTS - 1, LINE_HEIGHT, label);
    for (unsigned i = 0; i < LINE_POINTS; i++) {
        uint64_t height = peak == 0 ? 0 : (points[i] * (LINE_HEIGHT - 1) + peak / 2) / peak;
        html_add(out, "%u,%u ", i, LINE_HEIGHT - (unsigned)height);
    }
    str_add_text(out, "\"/></svg>");
}

void page_line(struct page *page, const uint32_t values[SERIES_SECONDS], const char *label)
{
    char text[100], rate[HUMAN_MAX];
    uint32_t peak = 0;
    for (unsigned i = 0; i < SERIES_SECONDS; i++)
        peak = values[i] > peak ? values[i] : peak;
    snprintf(text, sizeof(text), "%s: 60 s, at most %s", label, human_rate_long(rate, peak));
    page_plot(page, values, text);
}

void page_state(struct page *page, const struct snap_backend *backend)
{
    enum backend_state state = backend->removed ? BACKEND_DRAINING : backend->state;
    const char *class = backend->removed || state == BACKEND_DRAINING ? "drain"
                        : state == BACKEND_SLOW                       ? "mid"
                        : state == BACKEND_UNKNOWN                    ? "dim"
                        : backend_state_is_up(state)                  ? "up"
                                                                      : "down";
    html_add(page->out, "<span class=\"state %s\">%s</span>", class, backend_state_text(state));
}

void page_cell(struct page *page, const char *column, uint64_t row)
{
    str_add_text(page->out, "<td");
    live_begin(page->live, page->out, "%s%llu", column, (unsigned long long)row);
}

void page_cell_end(struct page *page)
{
    live_end(page->live, page->out);
    str_add_text(page->out, "</td>");
}

void page_rate_cell(struct page *page, const char *column, uint64_t row, uint64_t bytes_per_second,
                    double messages_per_second)
{
    page_cell(page, column, row);
    page_rate(page, bytes_per_second, messages_per_second);
    page_cell_end(page);
}

void page_count_cell(struct page *page, const char *column, uint64_t row, uint64_t count)
{
    page_cell(page, column, row);
    html_add(page->out, "%llu", (unsigned long long)count);
    page_cell_end(page);
}

void page_size_cell(struct page *page, const char *column, uint64_t row, uint64_t bytes)
{
    page_cell(page, column, row);
    page_size(page, bytes);
    page_cell_end(page);
}

uint64_t page_ip_number(const struct addr_key *key)
{
    static const uint64_t plain[2] = {0, 0};
    return hash_sip(plain, key, sizeof(*key));
}

unsigned page_held(const struct page *page, const struct page_hold *hold, uint64_t row)
{
    if (hold == NULL || page->snap->second >= hold->until)
        return PAGE_HOLD_ROWS;
    unsigned at = 0;
    while (at < hold->count && hold->rows[at] != row)
        at++;
    return at < hold->count ? at : PAGE_HOLD_ROWS;
}

void page_hold(const struct page *page, struct page_hold *hold, const uint64_t *rows,
               unsigned count)
{
    if (hold == NULL)
        return;
    if (page->snap->second >= hold->until)
        hold->until = page->snap->second + PAGE_HOLD_SECONDS;
    hold->count = count < PAGE_HOLD_ROWS ? count : PAGE_HOLD_ROWS;
    memcpy(hold->rows, rows, hold->count * sizeof(*rows));
}
