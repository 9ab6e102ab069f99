/* Owns what a connection learns from its requests, and tells it to the affinity table and the
 * books. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "http/head.h"
#include "http/route.h"
#include "lavalink/rest.h"
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

static void request_rest(struct conn *c, const struct route *route)
{
    struct affinity_key key = affinity_session(watch_affinity(c), route->version, route->session);
    c->bound = slot_of(c, &key);
    if (!route->session_patch)
        return;
    if (c->request.kind == FRAMING_LENGTH && c->request.left <= WATCH_PATCH_MAX)
        c->watch.patch = malloc(sizeof *c->watch.patch);
    if (c->watch.patch != NULL)
        c->watch.patch->session = key;
    else
        affinity_resumable(watch_affinity(c), &key, true); /* not read, so the safe guess */
}

void watch_request(struct conn *c, const struct head *head, const struct route *route)
{
    c->bound = REPORT_NO_BACKEND;
    c->watch.asked_at = c->worker->now;
    if (route->websocket)
        request_handshake(c, head, route->version);
    else if (route->session.len > 0)
        request_rest(c, route);
}

void watch_send(struct conn *c)
{
    if (c->watch.patch != NULL)
        c->watch.patch->len = 0;
}

void watch_body(struct conn *c, const char *bytes, size_t len)
{
    struct watch_patch *patch = c->watch.patch;
    if (patch == NULL)
        return;
    if (len > c->request.left)
        len = (size_t)c->request.left; /* the rest is the next request's */
    if (len > WATCH_PATCH_MAX - patch->len)
        return;
    memcpy(patch->bytes + patch->len, bytes, len);
    patch->len += len;
}

static void forget_patch(struct conn *c)
{
    free(c->watch.patch);
    c->watch.patch = NULL;
}

static void tell_timeout(struct conn *c, const struct affinity_key *session,
                         const struct rest_said *said)
{
    if (said->says_resuming)
        affinity_resumable(watch_affinity(c), session, said->resuming);
    if (said->says_resuming && !said->resuming)
        affinity_timeout(watch_affinity(c), session, 0);
    else if (said->timeout >= 0)
        affinity_timeout(watch_affinity(c), session, said->timeout);
}

void watch_answer(struct conn *c, unsigned status)
{
    struct watch_patch *patch = c->watch.patch;
    struct rest_said said;
    uint64_t user;
    if (patch == NULL)
        return;
    if (status >= 200 && status < 300 &&
        rest_read(&said, REST_ASKS_SESSION, c->version, (struct slice){patch->bytes, patch->len})) {
        tell_timeout(c, &patch->session, &said);
        int slot = affinity_find(watch_affinity(c), &patch->session, c->worker->now, &user);
        if (slot >= 0 && c->version == 3 && said.resume_key[0] != '\0') {
            struct affinity_key key =
                affinity_resume(watch_affinity(c), user, slice_of(said.resume_key));
            affinity_join(watch_affinity(c), &patch->session, &key, c->worker->now);
        }
    }
    forget_patch(c);
}

void watch_answered(struct conn *c, unsigned status, bool by_node)
{
    if (c->let_in && c->websocket)
        watch_refused(c, status, by_node);
}

void watch_end(struct conn *c)
{
    struct affinity *affinity = watch_affinity(c);
    double now = c->worker->now;
    forget_patch(c);
    watch_tunnel_end(c);
    if (affinity_is_key(&c->watch.session))
        affinity_closed(affinity, &c->watch.session, c->id, now);
    if (affinity_is_key(&c->watch.resume))
        affinity_closed(affinity, &c->watch.resume, c->id, now);
}
