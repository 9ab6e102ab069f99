/*
 * Sessions and their life; the stats frames.
 */
#include "session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "frames.h"
#include "inside.h"
#include "peer.h"
#include "player.h"
#include "track.h"

#define DEFAULT_TIMEOUT 60
#define QUEUE_MAX 16777216
/* Some clients lose a ready frame that comes in the same read as the 101. */
#define HELLO_DELAY 0.015

static void on_hello(struct ev_loop *loop, ev_timer *timer, int events);
static void on_stats(struct ev_loop *loop, ev_timer *timer, int events);
static void on_expiry(struct ev_loop *loop, ev_timer *timer, int events);

static bool is_live(const struct session *session)
{
    return session->peer != NULL && session->greeted;
}

struct session *session_resume(struct node *node, struct slice key)
{
    bool by_key = node->options.version == 3;

    for (struct session *s = node->sessions; s != NULL && key.len > 0; s = s->next) {
        if (s->peer == NULL && slice_equal(slice_of(by_key ? s->resume_key : s->id), key)) {
            ev_timer_stop(node->loop, &s->expiry);
            return s;
        }
    }
    return NULL;
}

struct session *session_new(struct node *node, struct slice user_id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    struct session *session = calloc(1, sizeof *session);
    size_t len = user_id.len < sizeof session->user_id ? user_id.len : sizeof session->user_id - 1;

    if (session == NULL)
        return NULL;
    session->players = map_new(sizeof(uint64_t));
    if (session->players == NULL) {
        free(session);
        return NULL;
    }
    session->node = node;
    session->timeout = DEFAULT_TIMEOUT;
    for (unsigned i = 0; i < SESSION_ID_LEN; i++)
        session->id[i] = letters[track_random(&node->random) % 36];
    memcpy(session->user_id, user_id.ptr, len);
    str_growing(&session->queue);
    ev_init(&session->hello, on_hello);
    ev_init(&session->stats, on_stats);
    ev_init(&session->expiry, on_expiry);
    session->hello.data = session->stats.data = session->expiry.data = session;
    session->next = node->sessions;
    node->sessions = session;
    return session;
}

void session_free(struct session *session)
{
    struct node *node = session->node;
    struct session **link = &node->sessions;
    const void *key;
    void *player;
    size_t at = 0;

    while (*link != session)
        link = &(*link)->next;
    *link = session->next;
    while (map_next(session->players, &at, &key, &player))
        player_free(player);
    map_free(session->players);
    ev_timer_stop(node->loop, &session->hello);
    ev_timer_stop(node->loop, &session->stats);
    ev_timer_stop(node->loop, &session->expiry);
    str_free(&session->queue);
    free(session);
}

void session_attach(struct session *session, struct peer *peer, bool resumed)
{
    struct ev_loop *loop = session->node->loop;

    assert(session->peer == NULL);
    session->peer = peer;
    session->resumed = resumed;
    session->greeted = false;
    peer->session = session;
    ev_timer_stop(loop, &session->hello);
    ev_timer_set(&session->hello, HELLO_DELAY, 0.);
    ev_timer_start(loop, &session->hello);
}

/* Another session that waits under the same key gives way. */
static void evict(struct session *session)
{
    struct session *s = session->node->sessions;

    while (s != NULL) {
        struct session *next = s->next;
        if (s != session && s->peer == NULL && strcmp(s->resume_key, session->resume_key) == 0)
            session_free(s);
        s = next;
    }
}

void session_lost(struct session *session)
{
    struct node *node = session->node;

    session->peer = NULL;
    ev_timer_stop(node->loop, &session->hello);
    if (!session->resuming) {
        session_free(session);
        return;
    }
    if (node->options.version == 3)
        evict(session);
    ev_timer_stop(node->loop, &session->expiry);
    ev_timer_set(&session->expiry, session->timeout, 0.);
    ev_timer_start(node->loop, &session->expiry);
}

struct session *session_find(struct node *node, struct slice id)
{
    for (struct session *s = node->sessions; s != NULL; s = s->next)
        if (s->peer != NULL && slice_equal(slice_of(s->id), id))
            return s;
    return NULL;
}

void session_event(struct session *session, struct slice text)
{
    struct ws_header header = {.opcode = WS_TEXT, .fin = true, .length = text.len};
    uint8_t bytes[WS_HEADER_MAX];

    if (is_live(session)) {
        frames_send(session->peer, WS_TEXT, text);
        return;
    }
    if (session->queue.len + text.len > QUEUE_MAX)
        return;
    str_add(&session->queue, (const char *)bytes, ws_encode(bytes, &header));
    str_add_slice(&session->queue, text);
}

void session_update(struct session *session, struct slice text)
{
    if (is_live(session))
        frames_send(session->peer, WS_TEXT, text);
}

void session_configure(struct session *session, bool resuming, const char *key, unsigned timeout)
{
    session->timeout = timeout;
    if (session->node->options.version == 3) {
        size_t len = strlen(key);
        if (len >= sizeof session->resume_key)
            len = sizeof session->resume_key - 1;
        memmove(session->resume_key, key, len);
        session->resume_key[len] = '\0';
        resuming = len > 0;
    }
    session->resuming = resuming;
}

static void count_players(const struct node *node, unsigned *players, unsigned *playing)
{
    *players = *playing = 0;
    for (const struct session *s = node->sessions; s != NULL; s = s->next) {
        const void *key;
        void *player;
        size_t at = 0;
        if (s->peer == NULL)
            continue;
        while (map_next(s->players, &at, &key, &player)) {
            (*players)++;
            *playing += player_is_playing(player);
        }
    }
}

void session_stats(struct json *j, struct node *node, const struct session *session)
{
    unsigned players, playing;
    uint64_t dice = track_random(&node->random);
    uint64_t used = 180000000 + dice % 40000000;

    count_players(node, &players, &playing);
    json_u64(j, "players", players);
    json_u64(j, "playingPlayers", playing);
    json_u64(j, "uptime", (uint64_t)((clock_mono() - node->started) * 1000));
    json_object(j, "memory");
    json_u64(j, "free", 536870912 - used);
    json_u64(j, "used", used);
    json_u64(j, "allocated", 536870912);
    json_u64(j, "reservable", 2147483648);
    json_object_end(j);
    json_object(j, "cpu");
    json_u64(j, "cores", 4);
    json_real(j, "systemLoad", 0.05 + (double)(dice >> 40 & 1023) / 10000);
    json_real(j, "lavalinkLoad", 0.01 + 0.004 * playing + (double)(dice >> 50 & 255) / 10000);
    json_object_end(j);
    if (session == NULL)
        return;
    if (playing > 0) {
        json_object(j, "frameStats");
        json_u64(j, "sent", 2990 + (dice >> 20 & 7));
        json_u64(j, "nulled", dice >> 24 & 3);
        json_u64(j, "deficit", dice >> 28 & 7);
        json_object_end(j);
    } else if (node->options.version == 4) {
        json_null(j, "frameStats");
    }
}

static void send_stats(struct session *session)
{
    struct str *text = &session->node->json;
    struct json j;

    str_reset(text);
    json_begin(&j, text);
    json_object(&j, NULL);
    json_text(&j, "op", "stats");
    session_stats(&j, session->node, session);
    json_object_end(&j);
    session_event(session, str_slice(text));
}

static void send_ready(struct session *session)
{
    struct str *text = &session->node->json;
    struct json j;

    str_reset(text);
    json_begin(&j, text);
    json_object(&j, NULL);
    json_text(&j, "op", "ready");
    json_bool(&j, "resumed", session->resumed);
    json_text(&j, "sessionId", session->id);
    json_object_end(&j);
    frames_send(session->peer, WS_TEXT, str_slice(text));
}

static void on_hello(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct session *session = timer->data;
    double interval = session->node->options.stats_interval;
    const void *key;
    void *player;
    size_t at = 0;

    (void)events;
    assert(session->peer != NULL);
    send_ready(session);
    session->greeted = true;
    ev_timer_stop(loop, &session->stats);
    ev_timer_set(&session->stats, interval, interval);
    ev_timer_start(loop, &session->stats);
    peer_send(session->peer, session->queue.ptr, session->queue.len);
    str_free(&session->queue);
    send_stats(session);
    while (session->resumed && map_next(session->players, &at, &key, &player))
        player_update(player);
}

static void on_stats(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    send_stats(timer->data);
}

static void on_expiry(struct ev_loop *loop, ev_timer *timer, int events)
{
    (void)loop;
    (void)events;
    session_free(timer->data);
}
