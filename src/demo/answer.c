/*
 * Answers are put together in the node's `wire` and sent from there.
 */
#include "answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "http/reply.h"
#include "inside.h"
#include "peer.h"

#define CHUNK 4096

static void add_chunked(struct str *wire, struct slice body)
{
    char line[FRAMING_CHUNK_MAX];

    for (size_t at = 0; at < body.len; at += CHUNK) {
        size_t size = body.len - at < CHUNK ? body.len - at : CHUNK;
        str_add(wire, line, framing_chunk_line(line, size));
        str_add(wire, body.ptr + at, size);
        str_add(wire, "\r\n", 2);
    }
    str_add_text(wire, "0\r\n\r\n");
}

static bool has_body(const struct peer *peer, const struct answer *answer)
{
    return !peer->head_only && answer->status >= 200 && answer->status != 204 &&
           answer->status != 304;
}

static void add_framing(struct str *wire, const struct peer *peer, const struct answer *answer,
                        enum answer_form form)
{
    size_t length = answer->body.len + (answer->fail == NODE_FAIL_CUT ? 1000 : 0);

    if (answer->status == 204)
        return;
    if (form == ANSWER_CHUNKED || answer->fail == NODE_FAIL_CHUNK ||
        answer->fail == NODE_FAIL_SMUGGLE)
        str_add_text(wire, "Transfer-Encoding: chunked\r\n");
    if ((form == ANSWER_LENGTH && answer->fail != NODE_FAIL_CHUNK) ||
        answer->fail == NODE_FAIL_SMUGGLE)
        str_addf(wire, "Content-Length: %zu\r\n", length);
    if (answer->fail == NODE_FAIL_LENGTHS)
        str_addf(wire, "Content-Length: %zu\r\n", length + 1);
    if (peer->close_after)
        str_add_text(wire, "Connection: close\r\n");
    else if (peer->http10)
        str_add_text(wire, "Connection: keep-alive\r\n");
}

static void add_head(struct str *wire, const struct peer *peer, const struct answer *answer,
                     enum answer_form form)
{
    if (answer->fail == NODE_FAIL_INTERIM)
        str_add_text(wire, "HTTP/1.1 100 Continue\r\n\r\n"
                           "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n");
    str_addf(wire, "HTTP/1.1 %u %s\r\nLavalink-Api-Version: %u\r\n", answer->status,
             reply_phrase(answer->status), peer->node->options.version);
    if (answer->type != NULL)
        str_addf(wire, "Content-Type: %s\r\n", answer->type);
    if (answer->headers != NULL)
        str_add_text(wire, answer->headers);
    for (unsigned i = 0; answer->fail == NODE_FAIL_BIGHEAD && i < 400; i++)
        str_addf(wire, "X-Padding-%u: 0123456789012345678901234567890123456789\r\n", i);
    add_framing(wire, peer, answer, form);
    str_add(wire, "\r\n", 2);
}

static void add_body(struct str *wire, const struct answer *answer, enum answer_form form)
{
    static const char surplus[] = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nsurplus";

    if (answer->fail == NODE_FAIL_CHUNK)
        str_add_text(wire, "5\r\nhelloXX3\r\nzz\r\n");
    else if (form == ANSWER_CHUNKED)
        add_chunked(wire, answer->body);
    else
        str_add_slice(wire, answer->body);
    if (answer->fail == NODE_FAIL_EXTRA)
        str_add_text(wire, surplus);
}

/* Faults that send no answer at all, or none that looks like one; true when that was it. */
static bool no_answer(struct peer *peer, enum node_fail fail)
{
    static const char garbage[] = "HTP/9.9 what is this\r\n\r\n";
    static const char unasked[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    switch (fail) {
    case NODE_FAIL_SILENT:
        peer_wait(peer, 0, 0);
        return true;
    case NODE_FAIL_CLOSE:
        peer_finish(peer);
        return true;
    case NODE_FAIL_RESET:
        peer_end(peer, true);
        return true;
    case NODE_FAIL_GARBAGE:
        peer_send(peer, garbage, sizeof garbage - 1);
        peer_finish(peer);
        return true;
    case NODE_FAIL_UNASKED101:
        peer_send(peer, unasked, sizeof unasked - 1);
        return true;
    default:
        return false;
    }
}

void answer_send(struct peer *peer, const struct answer *answer)
{
    struct str *wire = &peer->node->wire;
    enum answer_form form = answer->form;

    if (no_answer(peer, answer->fail))
        return;
    if (form == ANSWER_CHUNKED && peer->http10)
        form = ANSWER_UNTIL_CLOSE;
    if (form == ANSWER_UNTIL_CLOSE || answer->fail == NODE_FAIL_CUT)
        peer->close_after = true;
    str_reset(wire);
    add_head(wire, peer, answer, form);
    if (has_body(peer, answer))
        add_body(wire, answer, form);
    if (answer->delay > 0) {
        str_reset(&peer->later);
        str_add_slice(&peer->later, str_slice(wire));
        peer_wait(peer, answer->delay, answer->pieces > 0 ? answer->pieces : 1);
        return;
    }
    peer_send(peer, wire->ptr, wire->len);
    peer_answered(peer);
}

void answer_empty(struct peer *peer, unsigned status)
{
    answer_send(peer, &(struct answer){.status = status});
}

void answer_json(struct peer *peer, struct slice body)
{
    answer_send(peer, &(struct answer){.status = 200, .type = "application/json", .body = body});
}

void answer_text(struct peer *peer, unsigned status, const char *text)
{
    answer_send(peer, &(struct answer){.status = status,
                                       .type = "text/plain;charset=UTF-8",
                                       .body = slice_of(text)});
}

void answer_error(struct peer *peer, unsigned status, const char *message, struct slice path)
{
    struct str *out = &peer->node->json;
    struct json j;

    str_reset(out);
    json_begin(&j, out);
    json_object(&j, NULL);
    json_i64(&j, "timestamp", clock_wall_ms());
    json_u64(&j, "status", status);
    json_text(&j, "error", reply_phrase(status));
    json_text(&j, "message", message);
    json_slice(&j, "path", path);
    json_object_end(&j);
    answer_send(peer, &(struct answer){
                          .status = status, .type = "application/json", .body = str_slice(out)});
}
