/* Owns what a connection learns from its traffic, and tells it to the affinity table and the
 * gauges. */
#include "watch.h"

#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "http/head.h"
#include "http/route.h"
#include "lavalink/op.h"
#include "worker.h"

static struct affinity *affinity_of(const struct conn *c)
{
    return c->worker->shared->affinity;
}

/* The slot of a session, or REPORT_NO_BACKEND. */
static uint8_t slot_of(const struct conn *c, const struct affinity_key *key)
{
    int slot = affinity_find(affinity_of(c), key, c->worker->now, NULL);
    return slot < 0 ? REPORT_NO_BACKEND : (uint8_t)slot;
}

static void request_handshake(struct conn *c, const struct head *head, unsigned version)
{
    struct slice session = head_value(head, HEADER_SESSION_ID);
    struct slice resume_key = head_value(head, HEADER_RESUME_KEY);
    struct slice user = head_value(head, HEADER_USER_ID);
    c->watch.user = affinity_user(affinity_of(c), user);
    c->watch.no_user = user.len == 0 || slice_equal(user, SLICE("0"));
    c->watch.asked_resume = session.len > 0 || resume_key.len > 0;
    /* What an earlier handshake of this connection came with was refused. */
    c->watch.resume = (struct affinity_key){{0, 0}};
    if (version == 3 && resume_key.len > 0) {
        c->watch.resume = affinity_resume(affinity_of(c), c->watch.user, resume_key);
        c->bound = slot_of(c, &c->watch.resume);
    }
    if (session.len > 0 && c->bound == REPORT_NO_BACKEND) {
        struct affinity_key key = affinity_session(affinity_of(c), version, session);
        c->bound = slot_of(c, &key);
    }
}

static void request_rest(struct conn *c, const struct route *route)
{
    struct affinity_key key = affinity_session(affinity_of(c), route->version, route->session);
    c->bound = slot_of(c, &key);
    if (!route->session_patch)
        return;
    if (c->request.kind == FRAMING_LENGTH && c->request.left <= WATCH_PATCH_MAX)
        c->watch.patch = malloc(sizeof *c->watch.patch);
    if (c->watch.patch != NULL)
        c->watch.patch->session = key;
    else
        affinity_resumable(affinity_of(c), &key, true); /* not read, so the safe guess */
}

void watch_request(struct conn *c, const struct head *head, const struct route *route)
{
    c->bound = REPORT_NO_BACKEND;
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

static void forget_hold(struct conn *c, struct block **hold)
{
    if (*hold == NULL)
        return;
    op_drop((struct op_reader *)(void *)(*hold)->bytes);
    block_free(&c->worker->blocks, *hold);
    *hold = NULL;
}

static void tell_timeout(struct conn *c, const struct affinity_key *session,
                         const struct op_resuming *resuming)
{
    if (resuming->says_resuming)
        affinity_resumable(affinity_of(c), session, resuming->resuming);
    if (resuming->says_resuming && !resuming->resuming)
        affinity_timeout(affinity_of(c), session, 0);
    else if (resuming->timeout >= 0)
        affinity_timeout(affinity_of(c), session, resuming->timeout);
}

void watch_answer(struct conn *c, unsigned status)
{
    struct watch_patch *patch = c->watch.patch;
    struct op_resuming resuming;
    uint64_t user;
    if (patch == NULL)
        return;
    if (status >= 200 && status < 300 &&
        op_read_resuming(&resuming, (struct slice){patch->bytes, patch->len})) {
        tell_timeout(c, &patch->session, &resuming);
        int slot = affinity_find(affinity_of(c), &patch->session, c->worker->now, &user);
        if (slot >= 0 && c->version == 3 && resuming.resume_key[0] != '\0') {
            struct affinity_key key =
                affinity_resume(affinity_of(c), user, slice_of(resuming.resume_key));
            affinity_join(affinity_of(c), &patch->session, &key, c->worker->now);
        }
    }
    forget_patch(c);
}

static void note_handshake(struct conn *c, unsigned status, bool by_node, bool resumed)
{
    struct note_handshake *note =
        (struct note_handshake *)conn_note(c, NOTE_HANDSHAKE, sizeof *note);
    if (note == NULL)
        return;
    note->client = c->client;
    note->status = (uint16_t)status;
    note->by_node = by_node;
    note->asked_resume = c->watch.asked_resume;
    note->resumed = resumed;
    note->no_user = c->watch.no_user;
    note->user_id = c->user_id;
    note->client_name = c->client_name;
    note->user_agent = c->user_agent;
}

void watch_answered(struct conn *c, unsigned status, bool by_node)
{
    if (c->let_in && c->websocket)
        note_handshake(c, status, by_node, false);
}

void watch_tunnel(struct conn *c)
{
    struct slice resumed = head_named(&c->worker->head, SLICE("Session-Resumed"));
    note_handshake(c, 101, true, slice_equal_nocase(resumed, SLICE("true")));
    observer_init(&c->watch.server, false);
    observer_init(&c->watch.client, true);
    if (affinity_is_key(&c->watch.resume))
        affinity_learn(affinity_of(c), &c->watch.resume, c->backend, c->id, c->watch.user,
                       c->worker->now);
}

static void learn_session(struct conn *c, struct slice session)
{
    struct affinity *affinity = affinity_of(c);
    struct affinity_key key = affinity_session(affinity, c->version, session);
    if (affinity_is_key(&c->watch.session))
        affinity_closed(affinity, &c->watch.session, c->id, c->worker->now);
    c->watch.session = key;
    affinity_learn(affinity, &key, c->backend, c->id, c->watch.user, c->worker->now);
    affinity_join(affinity, &key, &c->watch.resume, c->worker->now);
}

static void take_stats(struct conn *c, const struct op_stats *stats)
{
    struct worker *worker = c->worker;
    atomic_store_explicit(&worker->shared->gauges[c->backend].playing, stats->playing,
                          memory_order_relaxed);
    worker->backends[c->backend].counts.stats = node_stats_of(stats);
}

static void learn_resume_key(struct conn *c, const struct op *op)
{
    struct affinity *affinity = affinity_of(c);
    bool is_on = op->resume_key[0] != '\0';
    /* Without a key the session ends with its socket. */
    double timeout = is_on ? op->timeout : 0;
    if (timeout >= 0)
        affinity_timeout(affinity, &c->watch.session, timeout);
    affinity_resumable(affinity, &c->watch.session, is_on);
    if (!is_on)
        return;
    struct affinity_key key = affinity_resume(affinity, c->watch.user, slice_of(op->resume_key));
    affinity_closed(affinity, &c->watch.resume, c->id, c->worker->now);
    c->watch.resume = key;
    affinity_learn(affinity, &key, c->backend, c->id, c->watch.user, c->worker->now);
    affinity_resumable(affinity, &key, true);
    if (timeout >= 0)
        affinity_timeout(affinity, &key, timeout);
    /* Before 3.7 there is no session id to join it to. */
    affinity_join(affinity, &c->watch.session, &key, c->worker->now);
}

static void take_message(struct conn *c, const struct op *op, bool from_client)
{
    if (from_client) {
        if (op->kind == OP_CONFIGURE_RESUMING)
            learn_resume_key(c, op);
    } else if (op->kind == OP_READY) {
        learn_session(c, slice_of(op->session));
    } else if (op->kind == OP_STATS) {
        take_stats(c, &op->stats);
    }
}

/* A piece of a message, with a reader on a block of memory while the message is cut. */
static void take_piece(struct conn *c, struct observer *o, struct block **hold,
                       const struct observer_piece *piece)
{
    struct op_reader here, *reader = &here;
    struct op op;
    if (piece->first && !piece->last)
        *hold = block_new(&c->worker->blocks);
    if (*hold != NULL)
        reader = (struct op_reader *)(void *)(*hold)->bytes;
    else if (!piece->first || !piece->last)
        return; /* it began when there was no memory */
    if (piece->first)
        op_begin(reader, o->masked ? OP_FROM_CLIENT : OP_FROM_SERVER, 0);
    bool good = op_feed(reader, piece->bytes);
    if (good && !piece->last)
        return;
    good = op_end(reader, &op) && good;
    o->lost = !good;
    if (good)
        take_message(c, &op, o->masked);
    forget_hold(c, hold);
}

/* One direction. */
static void look(struct conn *c, struct observer *o, struct block **hold, struct slice bytes)
{
    struct observer_piece piece;
    enum observer_result result;
    do {
        result = observer_next(o, &bytes, &piece);
        if (result == OBSERVER_PIECE)
            take_piece(c, o, hold, &piece);
        else if (result != OBSERVER_MORE)
            forget_hold(c, hold);
    } while (result == OBSERVER_PIECE || result == OBSERVER_SKIPPED);
}

void watch_server(struct conn *c, const char *bytes, size_t len)
{
    if (!c->watch.server.lost)
        look(c, &c->watch.server, &c->watch.server_hold, (struct slice){bytes, len});
}

void watch_client(struct conn *c, const char *bytes, size_t len)
{
    if (c->watch.client.lost)
        return;
    if (c->version != 3)
        c->watch.client.lost = true; /* v4 servers do not listen to their clients either */
    else
        look(c, &c->watch.client, &c->watch.client_hold, (struct slice){bytes, len});
}

void watch_end(struct conn *c)
{
    struct affinity *affinity = affinity_of(c);
    double now = c->worker->now;
    forget_patch(c);
    forget_hold(c, &c->watch.server_hold);
    forget_hold(c, &c->watch.client_hold);
    if (affinity_is_key(&c->watch.session))
        affinity_closed(affinity, &c->watch.session, c->id, now);
    if (affinity_is_key(&c->watch.resume))
        affinity_closed(affinity, &c->watch.resume, c->id, now);
}
