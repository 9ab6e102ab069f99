/*
 * Pages on their way to a visitor: drawing, logging in and out, assets. Each answers the request
 * under way (state WRITE). Control thread only.
 */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include <stdbool.h>

#include "base/slice.h"

#include "base/str.h"
#include "stats/snapshot.h"
#include "web/live.h"
#include "web/page.h"

struct client;

/* A page as somebody sees it. */
struct pages_look {
    void (*draw)(struct page *); /* NULL: none */
    struct slice target;         /* must outlive it */
    uint64_t id;                 /* of the connection or bot, where the path names one */
    enum page_units units;
    const struct login *login;
    struct page_hold rows, ips;
};

/* What the client would see at `target`, without it; false when there is no page. */
bool pages_look(struct pages_look *look, const struct client *client, struct slice target);
/* Draws it, parts marked, in the order of the time before where that is to be held; nothing where
 * there is none. */
void pages_draw(struct pages_look *look, const struct snap *snap, struct str *out,
                struct live *live, struct metrics_process *process);

/* Seconds from one drawing for a stream to the next; 0: each snapshot. */
double pages_rest(const struct pages_look *look);

/* The page that the call names. */
void pages_serve(struct client *client);

void pages_login(struct client *client); /* GET: the form; POST: its answer */
void pages_logout(struct client *client);
void pages_setup(struct client *client);
void pages_asset(struct client *client);

/* A page that says what went wrong; `retry_after` as in struct response. */
void pages_error(struct client *client, unsigned status, const char *message, unsigned retry_after);

/* To the login form, and back here from there. */
void pages_ask_login(struct client *client);

/* Whether the request came from a form of a page, which says where to go afterwards. */
bool pages_is_form(const struct client *client);
/* Goes there (303). */
void pages_go_back(struct client *client);

#endif
