/* EXCHANGE: one request and its answer, both streamed piece by piece. */
#include "conn.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "http/rewrite.h"
#include "net/sock.h"
#include "send.h"
#include "worker.h"

/* The backend takes no more; what it answered may still be there to read. */
static void stop_sending(struct conn *c)
{
    backlog_clear(&c->link->side.out, &c->worker->blocks);
    c->send_failed = true;
    c->ready |= READY_LINK_READ;
}

/* Sends body bytes on. False: the client's framing is broken. */
static bool pass_body(struct conn *c, const char *bytes, size_t len, struct parts *parts,
                      size_t *used)
{
    *used = 0;
    do {
        ptrdiff_t step = parts_walk(c, &c->request, c->request.kind == FRAMING_CHUNKED,
                                    bytes + *used, len - *used, parts);
        if (step < 0)
            return false;
        *used += (size_t)step;
        if (parts->count > 0 && conn_send(c, &c->link->side, parts->list, parts->count) != 0) {
            stop_sending(c);
            return true;
        }
        parts->count = 0;
        parts->lines = 0;
    } while (*used < len && !c->request.done);
    return true;
}

static enum step refuse_body(struct conn *c)
{
    return conn_refuse(c, 400, "The chunks of the request body are malformed.", conn_path(c),
                       CLOSE_REFUSED);
}

enum step request_send(struct conn *c, const struct head *head)
{
    struct worker *worker = c->worker;
    if (head == NULL) {
        const char *bytes = c->in->bytes + c->head_start;
        enum head_result result = head_request(&worker->head, bytes, c->head_end - c->head_start);
        assert(result == HEAD_OK);
        (void)result;
        head = &worker->head;
        c->in->start = c->head_end;
        int clear = framing_request(&c->request, head, bytes);
        assert(clear == 0);
        (void)clear;
    }
    char peer[ADDR_TEXT_MAX];
    struct rewrite_request how = {
        .password = slice_of(worker->fleet->slots[c->backend].password),
        .peer = slice_of(addr_text(peer, &c->client, false)),
        .append_forwarded = c->via_proxy,
        .websocket = c->websocket,
        .framing = &c->request,
    };
    struct str out;
    str_fixed(&out, worker->out, sizeof worker->out);
    rewrite_request(&out, head, &how);
    if (out.cut)
        return conn_refuse(c, 431, "The request head is too large.", conn_path(c), CLOSE_REFUSED);
    watch_send(c);
    worker->backends[c->backend].counts.requests++;
    c->sent_any = c->send_failed = false;
    c->body_streamed = false;
    c->response.done = false;
    conn_to(c, STATE_EXCHANGE);
    struct parts parts = {.count = 0, .lines = 0};
    parts_add(&parts, out.ptr, out.len);
    size_t used;
    size_t early = c->request.done ? 0 : c->in->end - c->in->start;
    if (!pass_body(c, c->in->bytes + c->in->start, early, &parts, &used))
        return refuse_body(c);
    c->in->start += used;
    if (c->side.eof && !c->request.done && !c->send_failed) {
        conn_end(c, CLOSE_CLIENT); /* the rest of the body will not come */
        return STEP_WAIT;
    }
    return c->send_failed ? STEP_AGAIN : STEP_WAIT;
}

bool conn_may_retry(const struct conn *c)
{
    return c->head_end != 0 && c->link->reused && !c->body_streamed &&
           (!c->sent_any || c->idempotent);
}

enum step conn_backend_failed(struct conn *c, unsigned status, const char *why,
                              enum close_reason reason)
{
    static const struct addr nobody;
    struct worker *worker = c->worker;
    if (c->websocket && !c->head_sent) {
        /* A handshake that cannot be served may be tried again, whatever was wrong. */
        status = 503;
        c->retry_after = RETRY_AFTER_SECONDS;
    }
    worker->backends[c->backend].counts.failures++;
    worker_suspect(worker, c->backend, 0);
    worker_event(worker, REPORT_BACKEND_FAILED, &nobody, c->backend, c->head_sent ? 0 : status, why,
                 strlen(why));
    return c->head_sent ? conn_cut(c, reason) : conn_refuse(c, status, why, conn_path(c), reason);
}

enum step conn_cut(struct conn *c, enum close_reason reason)
{
    /* Where only the end of the connection ends the answer, a clean end would pass for the real
     * one. */
    c->cut_reset = c->response.kind == FRAMING_UNTIL_CLOSE ||
                   (c->response.kind == FRAMING_CHUNKED && c->http10);
    link_close(c->link);
    c->link = NULL;
    c->reason = (uint8_t)reason;
    conn_to(c, STATE_REPLY);
    return STEP_AGAIN;
}

static enum step broken(struct conn *c)
{
    return conn_backend_failed(c, 502, "The Lavalink node's answer was broken.",
                               CLOSE_BACKEND_ERROR);
}

enum step exchange_timeout(struct conn *c)
{
    if (c->head_sent)
        return conn_cut(c, CLOSE_IDLE_TIMEOUT);
    if (!c->request.done)
        return conn_refuse(c, 408, "The request body did not arrive in time.", conn_path(c),
                           CLOSE_IDLE_TIMEOUT);
    return conn_backend_failed(c, 504, "The Lavalink node did not answer in time.",
                               CLOSE_RESPONSE_TIMEOUT);
}

/* The connection to the backend ended or broke before the answer was complete. */
static enum step answer_ended(struct conn *c, int error)
{
    if (!c->answered && conn_may_retry(c)) {
        link_close(c->link);
        c->link = NULL;
        c->retried = true;
        return dial_begin(c);
    }
    if (c->head_sent && c->response.kind == FRAMING_UNTIL_CLOSE && error == 0) {
        c->response.done = true;
        return STEP_AGAIN;
    }
    return c->answered
               ? broken(c)
               : conn_backend_failed(c, 502,
                                     "The Lavalink node closed the connection without an answer.",
                                     CLOSE_BACKEND_ERROR);
}

/* The answer is complete and handed over. */
static enum step finish(struct conn *c, bool clean)
{
    struct link *link = c->link;
    watch_done(c);
    bool keep = clean && c->link_keeps && c->request.done && !c->send_failed &&
                link->side.out.len == 0 && !link->side.eof;
    c->link = NULL;
    c->ready &= (uint8_t) ~(READY_LINK_READ | READY_LINK_WRITE);
    if (keep)
        link_keep(link);
    else
        link_close(link);
    bool more = c->in != NULL && c->in->end > c->in->start;
    if (c->close_after || !clean || !c->request.done || (c->side.eof && !more)) {
        c->reason = CLOSE_DONE;
        conn_to(c, STATE_REPLY);
    } else {
        /* A refusal of the next head is no part of this answer, nor a word about its request. */
        c->head_sent = c->to_head = c->let_in = c->websocket = false;
        conn_to(c, STATE_IDLE);
    }
    return STEP_AGAIN;
}

/* Content of the answer. `parts` may hold its head already, which then is in worker->head, too. */
static enum step pass_answer(struct conn *c, const char *bytes, size_t len, struct parts *parts)
{
    bool chunks = c->response.kind == FRAMING_CHUNKED && !c->http10;
    size_t used = 0;
    do {
        ptrdiff_t step = parts_walk(c, &c->response, chunks, bytes + used, len - used, parts);
        if (step < 0)
            return broken(c);
        used += (size_t)step;
        if (c->response.done && used < len && !c->head_sent)
            return broken(c); /* bytes beyond the answer: which part is true? */
        if (!c->head_sent) {
            conn_count_answer(c, c->worker->head.status);
            watch_answered(c, c->worker->head.status, true);
        }
        if (parts->count > 0 && conn_send(c, &c->side, parts->list, parts->count) != 0) {
            conn_end(c, CLOSE_CLIENT_ERROR);
            return STEP_WAIT;
        }
        c->head_sent = true;
        parts->count = 0;
        parts->lines = 0;
    } while (used < len && !c->response.done);
    if (c->response.done)
        return finish(c, used == len);
    conn_deadline(c, c->worker->config->timeouts.idle);
    return STEP_WAIT;
}

/* The final head is in worker->head. */
static enum step answer_final(struct conn *c, struct slice data)
{
    struct worker *worker = c->worker;
    const struct head *head = &worker->head;
    if (framing_response(&c->response, head, data.ptr, c->to_head) != 0)
        return broken(c);
    watch_answer(c);
    dial_release(c);
    if (head->status == 401 || head->status == 403) {
        /* Ours was checked before, so it is the backend's own that is wrong: without a word here
         * the bot's owner would look for the fault at the wrong door. */
        static const struct addr nobody;
        static const char why[] = "is the password configured for it right?";
        worker->backends[c->backend].counts.failures++;
        worker_event(worker, REPORT_BACKEND_FAILED, &nobody, c->backend, head->status, why,
                     sizeof why - 1);
    }
    bool until_close = c->response.kind == FRAMING_UNTIL_CLOSE ||
                       (c->response.kind == FRAMING_CHUNKED && c->http10);
    c->link_keeps =
        !head->connection_close && head->minor == 1 && c->response.kind != FRAMING_UNTIL_CLOSE;
    if (until_close || !c->request.done || (c->side.eof && conn_room(c) == BLOCK_BYTES) ||
        worker->draining)
        c->close_after = true;
    struct rewrite_response how = {
        .close = c->close_after,
        .client_http10 = c->http10,
        .framing = &c->response,
    };
    struct str out;
    str_fixed(&out, worker->out, sizeof worker->out);
    rewrite_response(&out, head, &how);
    if (out.cut)
        return broken(c);
    struct parts parts = {.count = 0, .lines = 0};
    parts_add(&parts, out.ptr, out.len);
    return pass_answer(c, data.ptr + head->length, data.len - head->length, &parts);
}

/* Relays a 1xx. */
static enum step answer_interim(struct conn *c)
{
    struct rewrite_response how = {.interim = true};
    struct str out;
    if (c->http10)
        return STEP_AGAIN; /* HTTP/1.0 does not know them (RFC 9110 section 15.2) */
    str_fixed(&out, c->worker->out, sizeof c->worker->out);
    rewrite_response(&out, &c->worker->head, &how);
    struct iovec part = {out.ptr, out.len};
    if (out.cut || conn_send(c, &c->side, &part, 1) != 0) {
        conn_end(c, CLOSE_CLIENT_ERROR);
        return STEP_WAIT;
    }
    return STEP_AGAIN;
}

/* Whether a 101 is one to our handshake: an extension was not offered, so none may be taken up (RFC
 * 6455 section 4.1). */
static bool is_websocket(const struct head *head)
{
    return slice_equal_nocase(head_value(head, HEADER_UPGRADE), SLICE("websocket")) &&
           head_value(head, HEADER_SEC_WEBSOCKET_EXTENSIONS).len == 0;
}

/* Keeps the start of an answer whose head is not complete. */
static enum step answer_partial(struct conn *c, struct slice data, struct block **held)
{
    if (data.len >= BLOCK_BYTES)
        return broken(c);
    struct block *block = *held != NULL ? *held : block_new(&c->worker->blocks);
    if (block == NULL) {
        conn_end(c, CLOSE_NO_MEMORY);
        return STEP_WAIT;
    }
    *held = NULL;
    memmove(block->bytes, data.ptr, data.len);
    block->end = data.len;
    c->link->in = block;
    return STEP_WAIT;
}

/* Bytes of an answer whose head has not gone out yet; they may lie in *held, which is taken if it
 * is needed on. */
static enum step answer_head(struct conn *c, struct slice data, struct block **held)
{
    struct head *head = &c->worker->head;
    for (;;) {
        if (data.len == 0)
            return STEP_WAIT;
        enum head_result result = head_response(head, data.ptr, data.len);
        if (result == HEAD_MORE)
            return answer_partial(c, data, held);
        if (result != HEAD_OK)
            return broken(c);
        if (head->status == 101) {
            if (!c->websocket || !is_websocket(head))
                return broken(c);
            return tunnel_begin(c,
                                (struct slice){data.ptr + head->length, data.len - head->length});
        }
        if (head->status >= 200)
            return answer_final(c, data);
        if (answer_interim(c) == STEP_WAIT)
            return STEP_WAIT;
        data.ptr += head->length;
        data.len -= head->length;
    }
}

static enum step read_answer(struct conn *c)
{
    struct worker *worker = c->worker;
    struct link *link = c->link;
    struct block *held = link->in;
    char *to = held != NULL ? held->bytes : worker->scratch;
    size_t before = held != NULL ? held->end : 0;
    size_t room = held != NULL ? BLOCK_BYTES - before : BACKLOG_HIGH - c->side.out.len;
    ssize_t got = sock_recv(link->side.fd, to + before, room);
    if (got < (ssize_t)room)
        c->ready &= (uint8_t)~READY_LINK_READ;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return STEP_WAIT;
    if (got <= 0)
        return answer_ended(c, got == 0 ? 0 : errno);
    c->answered = true;
    c->head_end = 0;
    conn_in_done(c);
    if (c->head_sent) {
        struct parts parts = {.count = 0, .lines = 0};
        return pass_answer(c, to, (size_t)got, &parts);
    }
    link->in = NULL; /* the link may be gone or idle when this comes back */
    enum step step = answer_head(c, (struct slice){to, before + (size_t)got}, &held);
    block_free(&worker->blocks, held);
    return step;
}

/* The client's side while the answer is awaited: body bytes, the next request come early, or its
 * end. */
static enum step read_client(struct conn *c)
{
    const struct config *config = c->worker->config;
    bool body = !c->request.done;
    size_t room = conn_room(c);
    if (body) {
        if (c->send_failed || c->side.paused || c->link->side.out.len >= BACKLOG_HIGH)
            return STEP_WAIT;
        room = BLOCK_BYTES;
        if (c->request.kind == FRAMING_LENGTH)
            room = c->request.left < BACKLOG_HIGH ? (size_t)c->request.left : BACKLOG_HIGH;
    } else if (room == 0 || (c->in != NULL && c->in->end > c->in->start)) {
        return STEP_WAIT;
    }
    ssize_t got = conn_recv(c, c->worker->scratch, room);
    if (got < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return STEP_WAIT;
        conn_end(c, CLOSE_CLIENT_ERROR);
        return STEP_WAIT;
    }
    if (got == 0) {
        c->side.eof = true;
        if (body || c->websocket)
            conn_end(c, CLOSE_CLIENT);
        return STEP_WAIT;
    }
    size_t used = 0;
    if (body) {
        struct parts parts = {.count = 0, .lines = 0};
        /* What is streamed cannot be sent again: the head is of no more use. */
        c->body_streamed = true;
        c->head_end = 0;
        conn_in_done(c);
        if (!pass_body(c, c->worker->scratch, (size_t)got, &parts, &used))
            return refuse_body(c);
        conn_deadline(c, c->request.done ? config->timeouts.response : config->timeouts.idle);
    }
    if (conn_keep(c, c->worker->scratch + used, (size_t)got - used) != 0) {
        conn_end(c, CLOSE_NO_MEMORY);
        return STEP_WAIT;
    }
    return c->send_failed ? STEP_AGAIN : STEP_WAIT;
}

enum step step_exchange(struct conn *c)
{
    if (c->response.done && c->head_sent)
        return finish(c, true);
    if ((c->ready & READY_LINK_READ) != 0 && c->side.out.len < BACKLOG_HIGH &&
        !c->link->side.paused) {
        enum step step = read_answer(c);
        if (step == STEP_AGAIN || c->state != STATE_EXCHANGE)
            return step;
    }
    if ((c->ready & READY_CLIENT_READ) != 0 && !c->side.eof)
        return read_client(c);
    return STEP_WAIT;
}
