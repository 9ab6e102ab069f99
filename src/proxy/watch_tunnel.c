/* Owns what is read off a WebSocket tunnel: what the node says of its session and players, and what
 * a v3 client asks for. A reader is held only while a message is cut short. */
#include <string.h>

#include "base/str.h"
#include "http/head.h"
#include "watch_parts.h"

_Static_assert(sizeof(struct op_reader) <= BLOCK_BYTES, "a reader fits into a block");

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

void watch_refused(struct conn *c, unsigned status, bool by_node)
{
    note_handshake(c, status, by_node, false);
}

void watch_tunnel(struct conn *c)
{
    struct slice resumed = head_named(&c->worker->head, SLICE("Session-Resumed"));
    note_handshake(c, 101, true, slice_equal_nocase(resumed, SLICE("true")));
    observer_init(&c->watch.server, false);
    observer_init(&c->watch.client, true);
    if (affinity_is_key(&c->watch.resume))
        affinity_learn(watch_affinity(c), &c->watch.resume, c->backend, c->id, c->watch.user,
                       c->worker->now);
}

/* What may be shown of a session id: its ends, where that leaves enough unsaid. */
static void shorten(char shown[NOTE_SHOWN], const char *session)
{
    size_t len = strlen(session);
    struct str out;
    str_fixed(&out, shown, NOTE_SHOWN);
    if (len >= 8)
        str_addf(&out, "%.2s..%s", session, session + len - 2);
    else
        str_add_text(&out, "..");
}

static void learn_session(struct conn *c, const struct op *op)
{
    struct affinity *affinity = watch_affinity(c);
    struct affinity_key key = affinity_session(affinity, c->version, slice_of(op->session));
    if (affinity_is_key(&c->watch.session))
        affinity_closed(affinity, &c->watch.session, c->id, c->worker->now);
    c->watch.session = key;
    affinity_learn(affinity, &key, c->backend, c->id, c->watch.user, c->worker->now);
    affinity_join(affinity, &key, &c->watch.resume, c->worker->now);
    struct note_session *note = (struct note_session *)conn_note(c, NOTE_SESSION, sizeof *note);
    if (note == NULL)
        return;
    note->session = watch_key(&key);
    note->resumed = op->resumed;
    note->took_us = watch_took(c);
    shorten(note->shown, op->session);
}

static void take_stats(struct conn *c, const struct op *op)
{
    struct worker *worker = c->worker;
    atomic_store_explicit(&worker->shared->gauges[c->backend].playing, op->stats.playing,
                          memory_order_relaxed);
    worker->backends[c->backend].counts.stats = node_stats_of(&op->stats);
    if (!op->frames.known)
        return;
    struct note_frames *note = (struct note_frames *)conn_note(c, NOTE_FRAMES, sizeof *note);
    if (note == NULL)
        return;
    note->sent = op->frames.sent;
    note->nulled = op->frames.nulled;
    note->deficit = op->frames.deficit;
    note->system_load = op->stats.system_load;
    note->lavalink_load = op->stats.lavalink_load;
}

static void note_end(struct conn *c, const struct op *op)
{
    struct note_end *note = (struct note_end *)conn_note(c, NOTE_TRACK_END, sizeof *note);
    if (note == NULL)
        return;
    note->guild = op->guild;
    note->end = (uint8_t)op->end;
}

static void note_trouble(struct conn *c, enum note_kind kind, const struct op *op)
{
    struct note_trouble *note = (struct note_trouble *)conn_note(c, kind, sizeof *note);
    if (note == NULL)
        return;
    note->guild = op->guild;
    note->threshold_ms = op->threshold_ms;
    note->close_code = op->close_code;
    note->severity = (uint8_t)op->severity;
    note->by_remote = op->by_remote;
    report_text_set(&note->message, slice_of(op->message));
}

static void note_other(struct conn *c, const struct op *op)
{
    if (op->name[0] == '\0')
        return;
    struct note_other *note = (struct note_other *)conn_note(c, NOTE_OTHER, sizeof *note);
    if (note != NULL)
        report_text_set(&note->name, slice_of(op->name));
}

static void node_says(struct conn *c, const struct op *op)
{
    switch (op->kind) {
    case OP_READY:
        learn_session(c, op);
        break;
    case OP_STATS:
        take_stats(c, op);
        break;
    case OP_PLAYER_UPDATE:
        watch_note_player(c, NULL, op->guild, &op->player, false);
        break;
    case OP_TRACK_START:
        watch_note_track(c, NOTE_TRACK_START, NULL, op->guild, &op->track, false);
        break;
    case OP_TRACK_END:
        note_end(c, op);
        break;
    case OP_TRACK_EXCEPTION:
        note_trouble(c, NOTE_EXCEPTION, op);
        break;
    case OP_TRACK_STUCK:
        note_trouble(c, NOTE_STUCK, op);
        break;
    case OP_VOICE_CLOSED:
        note_trouble(c, NOTE_VOICE_CLOSED, op);
        break;
    case OP_EVENT_OTHER:
    case OP_OTHER:
        note_other(c, op);
        break;
    default: /* what only a client says */
        break;
    }
}

static void learn_resume_key(struct conn *c, const struct op *op)
{
    struct affinity *affinity = watch_affinity(c);
    struct slice resume_key = slice_of(op->resume_key);
    /* Without a key the session ends with its socket. */
    double timeout = op->resuming ? op->timeout : 0;
    watch_note_resuming(c, NULL, op->resuming, op->timeout);
    if (timeout >= 0)
        affinity_timeout(affinity, &c->watch.session, timeout);
    affinity_resumable(affinity, &c->watch.session, op->resuming);
    if (resume_key.len == 0)
        return;
    struct affinity_key key = affinity_resume(affinity, c->watch.user, resume_key);
    affinity_closed(affinity, &c->watch.resume, c->id, c->worker->now);
    c->watch.resume = key;
    affinity_learn(affinity, &key, c->backend, c->id, c->watch.user, c->worker->now);
    affinity_resumable(affinity, &key, true);
    if (timeout >= 0)
        affinity_timeout(affinity, &key, timeout);
    /* Before 3.7 there is no session id to join it to. */
    affinity_join(affinity, &c->watch.session, &key, c->worker->now);
}

static void client_says(struct conn *c, const struct op *op)
{
    if (op->kind == OP_CONFIGURE_RESUMING) {
        learn_resume_key(c, op);
        return;
    }
    if (op->kind == OP_DESTROY) {
        watch_note_gone(c, NULL, op->guild);
        return;
    }
    if (op->kind < OP_PLAY)
        return; /* what only a node says, or a plugin's */
    struct note_ask *note = watch_note_ask(c, NULL, op->guild, &op->player);
    if (note == NULL)
        return;
    note->track = op->kind == OP_PLAY ? 1 : op->kind == OP_STOP ? 0 : -1;
    note->voice = op->kind == OP_VOICE_UPDATE;
    note->no_replace = op->no_replace;
    /* Where it plays what it is told to, v3 plays on as well. */
    if (op->kind == OP_PLAY && !op->no_replace && note->paused < 0)
        note->paused = 0;
}

static void let_go(struct conn *c, struct block **part)
{
    if (*part == NULL)
        return;
    op_drop((struct op_reader *)(void *)(*part)->bytes);
    block_free(&c->worker->blocks, *part);
    *part = NULL;
}

/* The reader of the message that this piece belongs to: the worker's own when it is the whole
 * message; NULL: there is none, and the message is not looked into. */
static struct op_reader *reader_for(struct conn *c, const struct observer *o, struct block **part,
                                    const struct observer_piece *piece)
{
    struct op_reader *reader = &c->worker->reader;
    if (!piece->first || !piece->last) {
        if (piece->first && (*part = block_new(&c->worker->blocks)) == NULL)
            watch_blind(c, BLIND_MEMORY);
        if (*part == NULL)
            return NULL;
        reader = (struct op_reader *)(void *)(*part)->bytes;
    }
    if (piece->first)
        op_begin(reader, o->masked ? OP_FROM_CLIENT : OP_FROM_SERVER, c->worker->shared->seed);
    return reader;
}

/* False: the text is broken. */
static bool take_piece(struct conn *c, const struct observer *o, struct block **part,
                       const struct observer_piece *piece)
{
    struct op op;
    struct op_reader *reader = reader_for(c, o, part, piece);
    if (reader == NULL)
        return true;
    if (!op_feed(reader, piece->bytes)) {
        op_drop(reader);
        return false;
    }
    if (!piece->last)
        return true;
    bool good = op_end(reader, &op);
    let_go(c, part);
    if (good)
        (o->masked ? client_says : node_says)(c, &op);
    return good;
}

/* One direction. */
static void look(struct conn *c, struct observer *o, struct block **part, bool *deaf,
                 struct slice bytes)
{
    static const enum report_blind blind[OBSERVER_SKIP_COUNT] = {
        [OBSERVER_SKIP_SIZE] = BLIND_SIZE,
        [OBSERVER_SKIP_BINARY] = BLIND_BINARY,
        [OBSERVER_SKIP_FRAMING] = BLIND_FRAMING,
    };
    struct observer_piece piece;
    for (;;) {
        switch (observer_next(o, &bytes, &piece)) {
        case OBSERVER_PIECE:
            if (*deaf || take_piece(c, o, part, &piece))
                continue;
            /* What else comes this way is not worth believing either; where frames end still is. */
            watch_blind(c, BLIND_TEXT);
            *deaf = true;
            let_go(c, part);
            continue;
        case OBSERVER_SKIPPED:
            if (!*deaf)
                watch_blind(c, blind[piece.why]);
            let_go(c, part);
            continue;
        case OBSERVER_LOST:
            watch_blind(c, blind[piece.why]);
            let_go(c, part);
            return;
        case OBSERVER_MORE:
            return;
        }
    }
}

void watch_server(struct conn *c, const char *bytes, size_t len)
{
    if (!c->watch.server.lost)
        look(c, &c->watch.server, &c->watch.server_part, &c->watch.server_deaf,
             (struct slice){bytes, len});
}

void watch_client(struct conn *c, const char *bytes, size_t len)
{
    if (c->watch.client.lost)
        return;
    if (c->version != 3)
        c->watch.client.lost = true; /* v4 servers do not listen to their clients either */
    else
        look(c, &c->watch.client, &c->watch.client_part, &c->watch.client_deaf,
             (struct slice){bytes, len});
}

void watch_tunnel_end(struct conn *c)
{
    let_go(c, &c->watch.server_part);
    let_go(c, &c->watch.client_part);
}
