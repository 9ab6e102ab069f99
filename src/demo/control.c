/*
 * Test control.
 */
#include "control.h"

#include "answer.h"
#include "frames.h"
#include "inside.h"
#include "peer.h"
#include "reqlog.h"
#include "rest.h"
#include "session.h"

static void show_log(struct request *rq)
{
    struct node *node = rq->node;
    struct json j;
    unsigned sessions = 0;

    for (const struct session *s = node->sessions; s != NULL; s = s->next)
        sessions++;
    str_reset(&node->json);
    json_begin(&j, &node->json);
    json_object(&j, NULL);
    json_u64(&j, "accepted", node->accepted);
    json_u64(&j, "open", node->open);
    json_u64(&j, "websockets", node->websockets);
    json_u64(&j, "sessions", sessions);
    json_u64(&j, "requests", node->requests);
    json_u64(&j, "strays", node->strays);
    reqlog_write(&j, "log", node->log, rest_param_u64(rq, "since", 0));
    json_object_end(&j);
    answer_json(rq->peer, str_slice(&node->json));
}

static void drop(struct request *rq)
{
    char memory[16];
    struct str how;
    unsigned code = (unsigned)rest_param_u64(rq, "code", 1001);
    struct peer *next;

    str_fixed(&how, memory, sizeof memory);
    rest_param(rq, "how", &how);
    for (struct peer *peer = rq->node->peers; peer != NULL; peer = next) {
        next = peer->next;
        if (peer->state != PEER_WS)
            continue;
        if (slice_equal(str_slice(&how), SLICE("close")))
            frames_close(peer, code, "dropped");
        else
            peer_end(peer, !slice_equal(str_slice(&how), SLICE("fin")));
    }
    answer_empty(rq->peer, 204);
}

static void send_event(struct request *rq)
{
    for (struct session *s = rq->node->sessions; s != NULL; s = s->next)
        session_event(s, rq->body);
    answer_empty(rq->peer, 204);
}

static void set_fail(struct request *rq)
{
    char memory[32];
    struct str mode;

    str_fixed(&mode, memory, sizeof memory);
    if (rest_param(rq, "mode", &mode) && node_fail_parse(str_slice(&mode), &rq->node->options.fail))
        answer_empty(rq->peer, 204);
    else
        rest_error(rq, 400, "No such mode");
}

static void echo(struct request *rq)
{
    answer_send(rq->peer, &(struct answer){
                              .status = 200, .type = "application/octet-stream", .body = rq->body});
}

void control_request(struct request *rq)
{
    struct slice what = rq->count == 2 ? rq->parts[1] : SLICE("");

    if (slice_equal(what, SLICE("log")) && rest_is(rq, "GET")) {
        show_log(rq);
    } else if (slice_equal(what, SLICE("log")) && rest_is(rq, "DELETE")) {
        reqlog_clear(rq->node->log);
        answer_empty(rq->peer, 204);
    } else if (slice_equal(what, SLICE("drop")) && rest_is(rq, "POST")) {
        drop(rq);
    } else if (slice_equal(what, SLICE("event")) && rest_is(rq, "POST")) {
        send_event(rq);
    } else if (slice_equal(what, SLICE("fail")) && rest_is(rq, "POST")) {
        set_fail(rq);
    } else if (slice_equal(what, SLICE("echo"))) {
        echo(rq);
    } else {
        rest_error(rq, 404, "Not found");
    }
}

void control_metrics(struct request *rq)
{
    struct str *out = &rq->node->json;

    str_reset(out);
    str_addf(out, "# TYPE lavalink_sessions gauge\nlavalink_sessions %u\n", rq->node->websockets);
    answer_text(rq->peer, 200, out->ptr);
}
