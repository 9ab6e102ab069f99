/*
 * Frames are taken apart as they come; nothing waits for a whole frame except control frames and
 * the messages of a version 3 session. What goes back for one read is sent in one piece.
 */
#include "frames.h"

#include <errno.h>
#include <string.h>

#include "inside.h"
#include "net/sock.h"
#include "ops.h"
#include "peer.h"
#include "track.h"

#define MESSAGE_MAX 1048576
#define PUSH_BACKLOG_MAX 65536
#define PUSH_GUILD 800000000000000000 /* and the number of the peer */
#define PUSH_TICK 0.005
#define PUMP_TURNS 8

static bool is_control(const struct ws_header *frame)
{
    return frame->opcode >= WS_CLOSE;
}

static void add_frame(struct str *out, enum ws_opcode opcode, bool fin, struct slice payload)
{
    struct ws_header header = {.opcode = opcode, .fin = fin, .length = payload.len};
    uint8_t bytes[WS_HEADER_MAX];
    size_t size = ws_encode(bytes, &header);

    str_add(out, (const char *)bytes, size);
    str_add_slice(out, payload);
}

void frames_send(struct peer *peer, enum ws_opcode opcode, struct slice payload)
{
    char memory[4096];
    struct str frame;
    struct ws_header header = {.opcode = opcode, .fin = true, .length = payload.len};
    uint8_t bytes[WS_HEADER_MAX];

    if (payload.len + WS_HEADER_MAX < sizeof memory) {
        str_fixed(&frame, memory, sizeof memory);
        add_frame(&frame, opcode, true, payload);
        peer_send(peer, frame.ptr, frame.len);
        return;
    }
    peer_send(peer, bytes, ws_encode(bytes, &header));
    peer_send(peer, payload.ptr, payload.len);
}

void frames_close(struct peer *peer, unsigned code, const char *reason)
{
    char memory[WS_CONTROL_MAX + 1];
    struct str payload;

    if (peer->state != PEER_WS)
        return;
    str_fixed(&payload, memory, sizeof memory);
    str_add_char(&payload, (char)(code >> 8));
    str_add_char(&payload, (char)(code & 255));
    str_add_text(&payload, reason);
    frames_send(peer, WS_CLOSE, str_slice(&payload));
    peer_finish(peer);
}

/* Whether the frame may come now (RFC 6455 section 5.4), from a client (section 5.1). */
static bool in_order(const struct peer *peer, const struct ws_header *frame)
{
    if (!frame->masked)
        return false;
    return is_control(frame) || peer->in_message == (frame->opcode == WS_CONTINUATION);
}

static void begin_frame(struct peer *peer, struct str *wire)
{
    struct ws_header back = peer->frame;
    uint8_t bytes[WS_HEADER_MAX];

    peer->in_frame = true;
    peer->left = peer->frame.length;
    if (is_control(&peer->frame))
        return;
    peer->in_message = !peer->frame.fin;
    if (peer->mode != PEER_ECHO)
        return;
    back.masked = false;
    str_add(wire, (const char *)bytes, ws_encode(bytes, &back));
}

static void take_payload(struct peer *peer, struct str *wire, const char *bytes, size_t len)
{
    uint64_t offset = peer->frame.length - peer->left;
    struct str *to = NULL;

    peer->left -= len;
    if (is_control(&peer->frame)) {
        memcpy(peer->control + offset, bytes, len);
        ws_mask(peer->control + offset, len, peer->frame.mask, offset);
        return;
    }
    peer->sunk += len;
    if (peer->mode == PEER_ECHO)
        to = wire;
    else if (peer->mode == PEER_SESSION && peer->node->options.version == 3)
        to = &peer->message;
    if (to == NULL)
        return;
    str_add(to, bytes, len);
    if (!to->cut)
        ws_mask(to->ptr + to->len - len, len, peer->frame.mask, offset);
}

/* The payload of a frame is complete. False when the connection is to end. */
static bool end_frame(struct peer *peer, struct str *wire)
{
    struct slice control = {(const char *)peer->control, (size_t)peer->frame.length};
    char text[64];
    struct str report;

    peer->in_frame = false;
    switch (peer->frame.opcode) {
    case WS_PING:
        add_frame(wire, WS_PONG, true, control);
        return true;
    case WS_PONG:
        return true;
    case WS_CLOSE:
        if (peer->mode == PEER_SINK) {
            str_fixed(&report, text, sizeof text);
            str_addf(&report, "{\"op\":\"sink\",\"bytes\":%llu}", (unsigned long long)peer->sunk);
            add_frame(wire, WS_TEXT, true, str_slice(&report));
        }
        add_frame(wire, WS_CLOSE, true, control);
        return false;
    default:
        if (peer->frame.fin && peer->session != NULL && peer->message.len > 0) {
            ops_message(peer->session, str_slice(&peer->message));
            str_reset(&peer->message);
        }
        return true;
    }
}

size_t frames_input(struct peer *peer, const char *bytes, size_t len)
{
    struct str *wire = &peer->node->wire;
    size_t used = 0;
    bool open = true;
    unsigned fault = 0;

    str_reset(wire);
    while (open && peer->state == PEER_WS && (used < len || (peer->in_frame && peer->left == 0))) {
        size_t part;
        if (!peer->in_frame) {
            enum ws_result result = ws_decode(&peer->frame, bytes + used, len - used);
            if (result == WS_MORE)
                break;
            if (result == WS_BAD || !in_order(peer, &peer->frame)) {
                fault = 1002;
                break;
            }
            used += peer->frame.size;
            begin_frame(peer, wire);
        }
        part = len - used < peer->left ? len - used : (size_t)peer->left;
        take_payload(peer, wire, bytes + used, part);
        used += part;
        if (peer->message.len > MESSAGE_MAX || peer->message.cut) {
            fault = 1009;
            break;
        }
        if (peer->left == 0)
            open = end_frame(peer, wire);
    }
    peer_send(peer, wire->ptr, wire->len);
    if (fault != 0)
        frames_close(peer, fault, fault == 1002 ? "protocol error" : "message too big");
    else if (!open)
        peer_finish(peer);
    return fault != 0 ? len : used;
}

/* The frame to push: an update of a player of this peer's own whose "op" stands last, so that who
 * reads along has to walk over all of it; just letters where that has no room. */
static void make_push(struct str *out, size_t size, uint64_t guild)
{
    char text[160];
    struct str front;
    struct slice back = SLICE("\",\"op\":\"playerUpdate\"}");
    struct ws_header header = {.opcode = WS_TEXT, .fin = true, .length = size};
    uint8_t bytes[WS_HEADER_MAX];

    str_fixed(&front, text, sizeof text);
    str_addf(&front,
             "{\"guildId\":\"%llu\",\"state\":{\"time\":1,\"position\":60000,\"connected\":true,"
             "\"ping\":20},\"x\":\"",
             (unsigned long long)guild);
    size_t around = front.len + back.len <= size ? front.len + back.len : 0;
    str_add(out, (const char *)bytes, ws_encode(bytes, &header));
    if (around > 0)
        str_add_slice(out, str_slice(&front));
    for (size_t i = around; i < size; i++)
        str_add_char(out, (char)('a' + i % 26));
    if (around > 0)
        str_add_slice(out, back);
}

int frames_start_push(struct peer *peer, double rate, size_t size)
{
    struct ev_loop *loop = peer->node->loop;
    double tick = 1 / rate > PUSH_TICK ? 1 / rate : PUSH_TICK;
    double phase = (double)(track_random(&peer->node->random) >> 11) / 0x1p53;

    make_push(&peer->push, size, PUSH_GUILD + peer->id);
    if (peer->push.cut)
        return -1;
    peer->push_rate = rate;
    peer->push_last = node_now(peer->node) - tick * (1 - phase);
    ev_timer_stop(loop, &peer->timer);
    /* Many such peers start at once; each gets a phase of its own. */
    ev_timer_set(&peer->timer, tick * phase, tick);
    ev_timer_start(loop, &peer->timer);
    return 0;
}

void frames_push(struct peer *peer)
{
    double now = node_now(peer->node);

    peer->push_credit += (now - peer->push_last) * peer->push_rate;
    peer->push_last = now;
    /* Timers fire a little early or late; half a frame of slack keeps one frame per tick. */
    while (peer->push_credit >= 0.5 && peer->state == PEER_WS) {
        peer->push_credit -= 1;
        if (peer_backlog(peer) < PUSH_BACKLOG_MAX)
            peer_send(peer, peer->push.ptr, peer->push.len);
    }
}

bool frames_pumping(const struct peer *peer)
{
    return peer->state == PEER_WS && peer->mode == PEER_BULK;
}

/* Starts the next frame, or ends the stream; true when there is one to send from the node's
 * block. */
static bool next_bulk(struct peer *peer)
{
    struct node *node = peer->node;

    if (peer->bulk_endless || peer->bulk_left >= NODE_BULK_PAYLOAD) {
        peer->bulk_frame = node->bulk_size;
        peer->bulk_at = 0;
        if (!peer->bulk_endless)
            peer->bulk_left -= NODE_BULK_PAYLOAD;
        return true;
    }
    if (peer->bulk_left > 0)
        frames_send(peer, WS_BINARY,
                    (struct slice){(const char *)node->bulk + node->bulk_size - NODE_BULK_PAYLOAD,
                                   (size_t)peer->bulk_left});
    peer->bulk_left = 0;
    frames_close(peer, 1000, "done");
    return false;
}

void frames_pump(struct peer *peer)
{
    for (unsigned turn = 0; turn < PUMP_TURNS; turn++) {
        ssize_t sent;
        if (peer->bulk_frame == 0 && (peer_backlog(peer) > 0 || !next_bulk(peer)))
            return;
        sent =
            sock_send(peer->fd, peer->node->bulk + peer->bulk_at, peer->bulk_frame - peer->bulk_at);
        if (sent < 0) {
            if (errno != EAGAIN)
                peer_end(peer, false);
            return;
        }
        peer->bulk_at += (size_t)sent;
        if (peer->bulk_at < peer->bulk_frame)
            return;
        peer->bulk_frame = 0;
    }
}
