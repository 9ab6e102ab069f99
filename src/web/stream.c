/*
 * Views and who looks at them. A view is one page as one kind of visitor sees it; it is drawn once
 * for each snapshot, as long as somebody looks.
 */
#include "web/stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "web/client.h"
#include "web/doc.h"
#include "web/live.h"
#include "web/pages.h"
#include "web/response.h"
#include "web/serve.h"

#define TARGET_MAX 1000 /* a page and the longest search, escaped */
#define REST_ABOVE 0.02 /* seconds of a drawing: quicker ones do not rest */
#define REST_TIMES 50   /* as long as it took */
#define REST_MAX 10.0

struct stream_view {
    struct stream_view *next;
    unsigned users;
    struct pages_look look; /* page or NULL, units, login */
    char target[TARGET_MAX];
    char cookie[LOGIN_TEXT]; /* of the login it needs; "" where none is needed */
    struct live before;
    bool drawn;
    uint64_t seq;       /* the snapshot it was last looked at for */
    double rests_until; /* monotonic */
};

static bool is_same(const struct stream_view *view, const struct pages_look *look,
                    const char *target, const char *cookie)
{
    return view->look.draw == look->draw && view->look.id == look->id &&
           view->look.units == look->units && strcmp(view->target, target) == 0 &&
           strcmp(view->cookie, cookie) == 0;
}

static struct stream_view *get_view(struct web *web, const struct pages_look *look,
                                    const char *target, const char *cookie)
{
    for (struct stream_view *view = web->views; view; view = view->next) {
        if (!is_same(view, look, target, cookie))
            continue;
        view->users++;
        return view;
    }
    struct stream_view *view = calloc(1, sizeof(*view));
    if (!view)
        return NULL;
    view->users = 1;
    view->look = *look;
    memcpy(view->target, target, strlen(target) + 1);
    memcpy(view->cookie, cookie, strlen(cookie) + 1);
    view->look.target = slice_of(view->target);
    live_init(&view->before);
    view->next = web->views;
    web->views = view;
    return view;
}

static void put_view(struct web *web, struct stream_view *view)
{
    struct stream_view **at = &web->views;
    if (--view->users > 0)
        return;
    while (*at != view)
        at = &(*at)->next;
    *at = view->next;
    live_free(&view->before);
    free(view);
}

/* Whether there is room for one more; else the status to refuse with. */
static unsigned count_streams(const struct client *c, unsigned *of_address)
{
    unsigned all = 0;
    struct addr_key key = addr_key_of(&c->peer);
    *of_address = 0;
    for (const struct client *other = c->web->clients; other; other = other->next) {
        struct addr_key other_key = addr_key_of(&other->peer);
        if (!other->view)
            continue;
        all++;
        *of_address += memcmp(&key, &other_key, sizeof(key)) == 0;
    }
    return all;
}

void stream_begin(struct client *c)
{
    char target[TARGET_MAX];
    struct str text;
    unsigned of_address;
    struct pages_look look = {0};
    str_fixed(&text, target, sizeof(target));
    enum query_result named = query_value(c->inbox->head.target, SLICE("view"), &text);
    if (named == QUERY_BAD || (named == QUERY_FOUND && !pages_look(&look, c, str_slice(&text)))) {
        serve_error(c, 400, "view=PATH is not the path of a page.");
        return;
    }
    if (count_streams(c, &of_address) >= STREAM_MAX || of_address >= STREAM_PER_ADDRESS) {
        serve_error(c, 429, "Too many streams are open.");
        return;
    }
    c->view = get_view(c->web, &look, target, c->login ? c->login->cookie : "");
    if (!c->view) {
        serve_error(c, 503, "Out of memory.");
        return;
    }
    struct response response = {
        .status = 200, .type = "text/event-stream", .close = true, .framing = RESPONSE_UNTIL_CLOSE};
    response_head(&c->out, &response, 0);
    str_add_text(&c->out, "retry: 2000\n\n");
    c->close = true;
    c->behind = true;
    client_to(c, CLIENT_STREAM);
}

void stream_end(struct client *c)
{
    if (c->view)
        put_view(c->web, c->view);
    c->view = NULL;
}

/* The compact snapshot. */
static void write_compact(struct json *j, const struct snap *snap)
{
    json_object(j, "connections");
    json_u64(j, "active", snap->conn_count);
    json_u64(j, "v3", snap->active_v3);
    json_u64(j, "v4", snap->active_v4);
    json_object_end(j);
    json_u64(j, "bytesIn", snap->bytes_in);
    json_u64(j, "bytesOut", snap->bytes_out);
    json_u64(j, "bytesInRate", snap->rate_in);
    json_u64(j, "bytesOutRate", snap->rate_out);
    json_array(j, "backends");
    for (unsigned i = 0; i < snap->backend_count; i++) {
        const struct snap_backend *b = &snap->backends[i];
        json_object(j, NULL);
        json_text(j, "name", b->name);
        json_text(j, "status", backend_state_text(b->state));
        json_u64(j, "connections", b->connections);
        json_u64(j, "rate", b->rate_in + b->rate_out);
        json_object_end(j);
    }
    json_array_end(j);
}

/* One event: of what is not as before, or of every part. */
static void write_event(struct str *out, const struct snap *snap, const struct stream_view *view,
                        const struct str *page, struct live *now, bool all, bool patient)
{
    char clock[CLOCK_ISO_MAX];
    struct json j;
    str_addf(out, "id: %llu\ndata: ", (unsigned long long)snap->seq);
    json_begin(&j, out);
    json_object(&j, NULL);
    json_u64(&j, "seq", snap->seq);
    json_text(&j, "at", clock_hms(clock, snap->wall_ms));
    json_u64(&j, "down", page_count_down(snap));
    if (view->look.draw) {
        json_object(&j, "set");
        if (all)
            live_all(&j, page, now);
        else
            live_diff(&j, page, now, &view->before, patient);
        json_object_end(&j);
    } else {
        write_compact(&j, snap);
    }
    json_object_end(&j);
    str_add_text(out, "\n\n");
}

/* Whether somebody gets every part now. What others get must then be all that is new, or they had
 * different pages from here on. */
static bool somebody_catches_up(const struct web *web, const struct stream_view *view)
{
    const struct client *c = web->clients;
    while (c && (c->view != view || !c->behind || c->sent < c->out.len))
        c = c->next;
    return c != NULL;
}

double stream_rest(double took)
{
    double rest = took < REST_ABOVE ? 0 : took * REST_TIMES;
    return rest < REST_MAX ? rest : REST_MAX;
}

/* Gives everybody who looks at this view what changed. */
static void publish_view(struct web *web, struct stream_view *view, const struct snap *snap)
{
    struct str page, changes, whole;
    struct live now;
    double begun = clock_mono();
    if (begun < view->rests_until)
        return;
    live_init(&now);
    str_growing(&page);
    str_growing(&changes);
    str_growing(&whole);
    pages_draw(&view->look, snap, &page, &now, &web->process);
    write_event(&changes, snap, view, &page, &now, !view->drawn, !somebody_catches_up(web, view));
    for (struct client *c = web->clients; c; c = c->next) {
        if (c->view != view || c->state != CLIENT_STREAM)
            continue;
        if (c->sent < c->out.len) {
            c->behind = true;
            continue;
        }
        if (c->behind && whole.len == 0)
            write_event(&whole, snap, view, &page, &now, true, false);
        str_reset(&c->out);
        c->sent = 0;
        str_add_slice(&c->out, str_slice(c->behind ? &whole : &changes));
        c->behind = false;
        client_wake(c);
    }
    live_free(&view->before);
    view->before = now;
    view->drawn = !page.cut && !now.lost;
    double ended = clock_mono(), rest = stream_rest(ended - begun);
    view->rests_until = ended + (rest > pages_rest(&view->look) ? rest : pages_rest(&view->look));
    str_free(&whole);
    str_free(&changes);
    str_free(&page);
}

/* Nobody looks on who has logged out meanwhile. */
static bool has_logged_out(struct web *web, const struct stream_view *view)
{
    return view->cookie[0] != '\0' &&
           !login_of(&web->guard.logins, slice_of(view->cookie), clock_mono());
}

static void end_streams(struct web *web, bool all)
{
    struct client *next;
    for (struct client *c = web->clients; c; c = next) {
        next = c->next;
        if (c->view && (all || has_logged_out(web, c->view)))
            client_end(c);
    }
}

void stream_end_all(struct web *web)
{
    end_streams(web, true);
}

/* The next view that has not been looked at for this snapshot; false when there is none. */
static bool publish_next(struct web *web, const struct snap *snap)
{
    struct stream_view *view = web->views;
    while (view && view->seq == snap->seq)
        view = view->next;
    if (!view)
        return false;
    view->seq = snap->seq;
    view->look.login = view->cookie[0] == '\0'
                           ? NULL
                           : login_of(&web->guard.logins, slice_of(view->cookie), clock_mono());
    publish_view(web, view, snap);
    return true;
}

/* One view in each turn of the loop: many searches in long lists take milliseconds together. */
static void on_turn(struct ev_loop *loop, struct ev_timer *timer, int events)
{
    struct web *web = timer->data;
    const struct snap *snap = snap_get(web->hub);
    (void)events;
    if (snap && publish_next(web, snap) && !ev_is_active(timer)) {
        ev_timer_set(timer, 0, 0);
        ev_timer_start(loop, timer);
    }
    snap_put(snap);
}

void stream_init(struct web *web)
{
    ev_timer_init(&web->turn, on_turn, 0, 0);
    web->turn.data = web;
}

void stream_publish(struct web *web)
{
    if (!web->views)
        return;
    end_streams(web, false);
    on_turn(web->loop, &web->turn, 0);
}
