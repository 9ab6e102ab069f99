/*
 * What all pages have in common: who looks, at what, and the frame around it. A page is drawn from
 * one snapshot into one str; it is complete without its script. Pure.
 */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "stats/snapshot.h"
#include "web/html.h"
#include "web/live.h"
#include "web/login.h"

struct metrics_process;

enum page_tint { PAGE_AUTO, PAGE_LIGHT, PAGE_DARK }; /* AUTO: as the browser prefers */
enum page_units { PAGE_BYTES, PAGE_BITS, PAGE_MESSAGES };

/* What a visitor has before their eyes stays in its order for a while: rows by number. */
#define PAGE_HOLD_ROWS 100
#define PAGE_HOLD_SECONDS 5
struct page_hold {
    uint64_t rows[PAGE_HOLD_ROWS];
    unsigned count;
    uint32_t until; /* second; from this one on the order is made anew */
};

struct page {
    struct str *out;
    struct live *live;            /* NULL: parts need not be known */
    struct page_hold *rows, *ips; /* of the page's list; NULL: nothing is held */
    const struct snap *snap;      /* borrowed; NULL for whoever may not see it: login, errors */
    const struct metrics_process *process; /* page_health: borrowed */
    const struct login *login;             /* NULL: nobody had to log in */
    struct slice target;                   /* of the request, query included */
    enum page_tint tint;
    enum page_units units;
    struct slice host; /* by which name this host was asked; empty: not known */
    uint64_t id;       /* of the connection or bot, where the path names one */
    bool refreshes;    /* without a script: every 5 s; there is nothing on it to fill in */
    unsigned status;   /* set by the drawing where it is not 200 */
    const char *wrong; /* a sentence in place of what was asked for, or NULL */
};

/* Everything up to the content: title (with what is wrong now in front), navigation, warnings.
 * `path` is the page's own in the navigation, "/health". */
void page_begin(struct page *page, const char *title, const char *path);
void page_end(struct page *page);

/* Backends that are down now. */
unsigned page_count_down(const struct snap *snap);

/* A cell of a row that changes while one looks, "<td id=..>": begun and ended, or as a rate, a
 * size, a number. */
void page_cell(struct page *page, const char *column, uint64_t row);
void page_cell_end(struct page *page);
void page_rate_cell(struct page *page, const char *column, uint64_t row, uint64_t bytes_per_second,
                    double messages_per_second);
void page_size_cell(struct page *page, const char *column, uint64_t row, uint64_t bytes);
void page_count_cell(struct page *page, const char *column, uint64_t row, uint64_t count);

/* Light or dark, and units. */
void page_setup(struct page *page);

/* A form that acts: POST to `action`, with the token of this login. page_form_end closes it. */
void page_form(struct page *page, const char *action);
/* The same that a script asks about first, in these words of ours and those marked as data-silence
 * in the same section. */
void page_form_asking(struct page *page, const char *action, const char *question);
void page_form_end(struct page *page);

/* A button that acts by itself. `label` is ours. */
void page_button(struct page *page, const char *action, const char *label);

/* The decoded value of a parameter of the request, cut to `size`; "" when it is missing or bad. */
char *page_value(const struct page *page, struct slice name, char *out, size_t size);

/* A size; and a rate in the visitor's units, with its band's class and mark. Of one direction there
 * are no messages: it is in bytes then. */
void page_size(struct page *page, uint64_t bytes);
void page_direction(struct page *page, uint64_t bytes_per_second);
void page_rate(struct page *page, uint64_t bytes_per_second, double messages_per_second);

/* "1234 (0.2/s)"; a rate that is not known is "-". */
void page_messages(struct page *page, uint64_t messages, double messages_per_second);

/* The head of a column of rates of both ways. */
const char *page_rate_head(const struct page *page);

/* "12:41:07", of another day than the snapshot's "2026-11-20 12:41"; "-" for 0. */
void page_time(struct page *page, int64_t wall_ms);
/* "3d04", since then until the snapshot. */
void page_age(struct page *page, int64_t since_ms);

/* Sixty values as a line (SVG), up to their peak; `label` says in words what it shows. page_line:
 * of bytes a second, with the peak added to the label. */
void page_plot(struct page *page, const uint32_t values[SERIES_SECONDS], const char *label);
void page_line(struct page *page, const uint32_t values[SERIES_SECONDS], const char *label);

/* The place of a row in what is held now, or PAGE_HOLD_ROWS: behind all. */
unsigned page_held(const struct page *page, const struct page_hold *hold, uint64_t row);
/* Notes what is shown, where the time is over or nothing was held. */
void page_hold(const struct page *page, struct page_hold *hold, const uint64_t *rows,
               unsigned count);

/* A number for the rows of an address. */
uint64_t page_ip_number(const struct addr_key *key);

/* The state of a backend: word and class. */
void page_state(struct page *page, const struct snap_backend *backend);

/* The newest events as a list; `choice` is made by page_events, NULL: all. */
struct event_choice;
void page_events_list(struct page *page, unsigned most, const struct event_choice *choice);

#endif
