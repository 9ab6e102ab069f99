/* Owns what a connection learns from its requests, and tells it to the affinity table and the
 * books. */
#include "watch.h"

#include "http/head.h"
#include "http/route.h"
#include "watch_parts.h"

/* The slot of a session, or REPORT_NO_BACKEND. */
static uint8_t slot_of(const struct conn *c, const struct affinity_key *key)
{
    int slot = affinity_find(watch_affinity(c), key, c->worker->now, NULL);
    return slot < 0 ? REPORT_NO_BACKEND : (uint8_t)slot;
}

static void request_handshake(struct conn *c, const struct head *head, unsigned version)
{
    struct slice session = head_value(head, HEADER_SESSION_ID);
    struct slice resume_key = head_value(head, HEADER_RESUME_KEY);
    struct slice user = head_value(head, HEADER_USER_ID);
    c->watch.user = affinity_user(watch_affinity(c), user);
    c->watch.no_user = user.len == 0 || slice_equal(user, SLICE("0"));
    c->watch.asked_resume = session.len > 0 || resume_key.len > 0;
    /* What an earlier handshake of this connection came with was refused. */
    c->watch.resume = (struct affinity_key){{0, 0}};
    if (version == 3 && resume_key.len > 0) {
        c->watch.resume = affinity_resume(watch_affinity(c), c->watch.user, resume_key);
        c->bound = slot_of(c, &c->watch.resume);
    }
    if (session.len > 0 && c->bound == REPORT_NO_BACKEND) {
        struct affinity_key key = affinity_session(watch_affinity(c), version, session);
        c->bound = slot_of(c, &key);
    }
}

static void request_rest(struct conn *c, const struct head *head, const struct route *route)
{
    struct affinity_key key = {{0, 0}};
    if (route->session.len > 0) {
        key = affinity_session(watch_affinity(c), route->version, route->session);
        c->bound = slot_of(c, &key);
    }
    watch_rest_begin(c, head, route->path, &key);
}

void watch_request(struct conn *c, const struct head *head, const struct route *route)
{
    c->bound = REPORT_NO_BACKEND;
    c->watch.asked_at = c->worker->now;
    if (route->websocket)
        request_handshake(c, head, route->version);
    else
        request_rest(c, head, route);
}

void watch_answered(struct conn *c, unsigned status, bool by_node)
{
    if (!c->let_in)
        return;
    if (c->websocket)
        watch_refused(c, status, by_node);
    else if (!by_node)
        watch_rest_refused(c, status);
}

void watch_end(struct conn *c)
{
    struct affinity *affinity = watch_affinity(c);
    double now = c->worker->now;
    watch_done(c);
    watch_tunnel_end(c);
    if (affinity_is_key(&c->watch.session))
        affinity_closed(affinity, &c->watch.session, c->id, now);
    if (affinity_is_key(&c->watch.resume))
        affinity_closed(affinity, &c->watch.resume, c->id, now);
}
