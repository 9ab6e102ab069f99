/* HEAD and IDLE: gathering a request head, and everything that is decided from it before a backend
 * is asked. */
#include "conn.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "http/auth.h"
#include "http/reply.h"
#include "net/proxyproto.h"
#include "net/sock.h"
#include "worker.h"

ssize_t conn_recv(struct conn *c, void *bytes, size_t room)
{
    ssize_t got = sock_recv(c->side.fd, bytes, room);
    if (got > 0)
        c->bytes_in += (uint64_t)got;
    /* A short read has emptied the socket: asking again would be a wasted call. */
    if (got < (ssize_t)room)
        c->ready &= (uint8_t)~READY_CLIENT_READ;
    return got;
}

size_t conn_room(const struct conn *c)
{
    if (c->in == NULL)
        return BLOCK_BYTES;
    return BLOCK_BYTES - (c->in->end - (c->head_end != 0 ? c->head_start : c->in->start));
}

/* Moves what c->in still holds to the front of the block. */
static void compact(struct conn *c)
{
    size_t by = c->head_end != 0 ? c->head_start : c->in->start;
    memmove(c->in->bytes, c->in->bytes + by, c->in->end - by);
    c->in->start -= by;
    c->in->end -= by;
    if (c->head_end != 0) {
        c->head_start = 0;
        c->head_end -= (uint32_t)by;
    }
}

int conn_keep(struct conn *c, const char *bytes, size_t len)
{
    if (len == 0)
        return 0;
    if (c->in == NULL) {
        c->in = block_new(&c->worker->blocks);
        if (c->in == NULL)
            return -1;
    }
    if (len > BLOCK_BYTES - c->in->end)
        compact(c);
    if (len > BLOCK_BYTES - c->in->end)
        return -1;
    memcpy(c->in->bytes + c->in->end, bytes, len);
    c->in->end += len;
    return 0;
}

void conn_in_done(struct conn *c)
{
    if (c->in != NULL && c->head_end == 0 && c->in->start == c->in->end) {
        block_free(&c->worker->blocks, c->in);
        c->in = NULL;
    }
}

/* Remembers a header for the views; tells whether it changed. */
static void note(struct conn *c, struct report_text *text, struct slice value)
{
    size_t len = report_text_fit(value);
    if (text->len == len && memcmp(text->bytes, value.ptr, len) == 0)
        return;
    report_text_set(text, value);
    c->info_dirty = true;
}

static void note_header(struct conn *c, struct report_text *text, const struct head *head,
                        enum header_id id)
{
    struct slice value = head_value(head, id);
    if (value.ptr != NULL)
        note(c, text, value);
}

/* Requests need not repeat who asks, but a handshake says all that counts of it. */
static void note_request(struct conn *c, const struct head *head, const struct route *route)
{
    if (route->websocket) {
        note(c, &c->client_name, SLICE(""));
        note(c, &c->user_id, SLICE(""));
    }
    note_header(c, &c->user_agent, head, HEADER_USER_AGENT);
    note_header(c, &c->client_name, head, HEADER_CLIENT_NAME);
    note_header(c, &c->user_id, head, HEADER_USER_ID);
    note(c, &c->path, route->path);
    uint8_t kind = route->websocket ? CONN_WEBSOCKET : CONN_REST;
    if (c->kind != kind || c->version != route->version)
        c->info_dirty = true;
    c->kind = kind;
    c->version = (uint8_t)route->version;
}

struct slice conn_path(const struct conn *c)
{
    return (struct slice){c->path.bytes, c->path.len};
}

enum step conn_refuse(struct conn *c, unsigned status, const char *message, struct slice target,
                      enum close_reason reason)
{
    struct worker *worker = c->worker;
    struct str out;
    dial_stop_waiting(c);
    link_close(c->link);
    c->link = NULL;
    c->reason = (uint8_t)reason;
    if (c->head_sent) {
        conn_end(c, reason);
        return STEP_WAIT;
    }
    struct reply reply = {
        .status = status,
        .message = message,
        .path = route_path(target),
        .wall_ms = (int64_t)(ev_now(worker->loop) * 1000.0),
        .retry_after = c->retry_after,
        .close = true,
        .head_only = c->to_head,
    };
    conn_count_answer(c, status);
    watch_answered(c, status, false);
    str_fixed(&out, worker->out, sizeof worker->out);
    reply_write(&out, &reply);
    assert(!out.cut);
    struct iovec part = {out.ptr, out.len};
    conn_to(c, STATE_REPLY);
    if (conn_send(c, &c->side, &part, 1) != 0) {
        conn_end(c, CLOSE_CLIENT_ERROR);
        return STEP_WAIT;
    }
    return STEP_AGAIN;
}

/* 403 with the time the block of `whom` still lasts. */
static enum step refuse_blocked(struct conn *c, struct slice target, const char *whom, double left)
{
    char message[96];
    bool for_good = left > BLOCK_FOR_GOOD / 2;
    unsigned seconds = for_good ? 0 : (unsigned)ceil(left);
    struct str text;
    str_fixed(&text, message, sizeof message);
    if (for_good)
        str_addf(&text, "%s is blocked.", whom);
    else
        str_addf(&text, "%s is blocked for another %u s.", whom, seconds);
    c->retry_after = seconds;
    c->worker->counts.auth_blocked++;
    return conn_refuse(c, 403, message, target, CLOSE_BLOCKED);
}

static enum step refuse_address(struct conn *c, struct slice target, double left)
{
    worker_event(c->worker, REPORT_BLOCKED, &c->client, REPORT_NO_BACKEND, 403, "", 0);
    return refuse_blocked(c, target, "This address", left);
}

/* Whether a handshake's bot is blocked; then it is refused. Requests carry no User-Id and are let
 * through: a block ends the bot's sockets, and without one its session is over at the node, at once
 * or after the time it may be resumed in, so that what is asked of it plays no longer than that. */
static bool is_user_refused(struct conn *c, const struct head *head, enum step *step)
{
    struct slice user = head_value(head, HEADER_USER_ID);
    double left = 0;
    if (!gate_user_blocked(c->worker->shared->gate, user, clock_mono(), &left))
        return false;
    worker_event(c->worker, REPORT_USER_BLOCKED, &c->client, REPORT_NO_BACKEND, 403, user.ptr,
                 user.len);
    *step = refuse_blocked(c, head->target, "This bot (User-Id)", left);
    return true;
}

/* The gate's word on this client, at the door or because the block list has changed since. True:
 * let in. */
static bool admitted(struct conn *c, struct slice target, enum step *step)
{
    struct gate *gate = c->worker->shared->gate;
    double left = 0;
    unsigned epoch = gate_epoch(gate);
    if (c->verdict == GATE_BLOCKED || epoch != c->epoch) {
        c->epoch = epoch;
        if (gate_blocked(gate, c->worker->config, &c->client, clock_mono(), &left)) {
            *step = refuse_address(c, target, left);
            return false;
        }
    }
    switch ((enum gate_verdict)c->verdict) {
    case GATE_OPEN:
        return true;
    case GATE_FULL:
        c->retry_after = RETRY_AFTER_SECONDS;
        worker_event(c->worker, REPORT_LIMITED, &c->client, REPORT_NO_BACKEND, 503, "", 0);
        *step = conn_refuse(c, 503, "lavaproxy has as many connections as it may have.", target,
                            CLOSE_REFUSED);
        return false;
    case GATE_IP_FULL:
        c->retry_after = RETRY_AFTER_SECONDS;
        worker_event(c->worker, REPORT_LIMITED, &c->client, REPORT_NO_BACKEND, 429, "", 0);
        *step = conn_refuse(c, 429, "This address has as many connections as it may have.", target,
                            CLOSE_REFUSED);
        return false;
    case GATE_BLOCKED: /* the block ended between the door and the head */
        *step = refuse_address(c, target, 1.0);
        return false;
    case GATE_DENIED:
    default:
        worker_event(c->worker, REPORT_BLOCKED, &c->client, REPORT_NO_BACKEND, 403, "", 0);
        *step = conn_refuse(c, 403, "This address is not welcome here.", target, CLOSE_BLOCKED);
        return false;
    }
}

static enum step refuse_password(struct conn *c, const struct head *head, enum auth_result auth,
                                 bool websocket)
{
    bool missing = auth == AUTH_MISSING;
    /* Lavalink answers a handshake 401 either way, REST 401 without and 403 with a wrong one. */
    unsigned status = missing || websocket ? 401 : 403;
    c->worker->counts.auth_missing += missing;
    c->worker->counts.auth_wrong += !missing;
    worker_event(c->worker, missing ? REPORT_AUTH_MISSING : REPORT_AUTH_WRONG, &c->client,
                 REPORT_NO_BACKEND, status, "", 0);
    /* Only a wrong password is a guess: a probe that sends none must not block the bots behind the
     * same address. */
    if (!missing &&
        gate_auth_failed(c->worker->shared->gate, c->worker->config, &c->client, clock_mono())) {
        char text[REPORT_TEXT_MAX];
        struct str how_long;
        str_fixed(&how_long, text, sizeof text);
        str_addf(&how_long, "for %.0f s", c->worker->config->limits.block);
        worker_event(c->worker, REPORT_BLOCK_BEGINS, &c->client, REPORT_NO_BACKEND, 0, how_long.ptr,
                     how_long.len);
    }
    return conn_refuse(c, status,
                       missing ? "The Authorization header is missing."
                               : "The password in the Authorization header is wrong.",
                       head->target, CLOSE_REFUSED);
}

/* A complete, well-formed head in worker->head; its bytes begin at `bytes`. */
static enum step take_request(struct conn *c, const char *bytes)
{
    const struct config *config = c->worker->config;
    const struct head *head = &c->worker->head;
    struct route route;
    enum step step;
    c->requests++;
    c->websocket = c->let_in = false;
    c->to_head = slice_equal(head->method, SLICE("HEAD"));
    c->retry_after = 0;
    c->head_sent = false;
    if (!admitted(c, head->target, &step))
        return step;
    if (config->protected_proxy && !addr_is_loopback(&c->client))
        return conn_refuse(c, 403,
                           "lavaproxy still has its default password, which everybody knows: only "
                           "this machine may use it. Set proxy.password (or PROXY_PASSWORD).",
                           head->target, CLOSE_REFUSED);
    route_request(&route, head, config->proxy.default_version);
    c->websocket = route.websocket;
    enum auth_result auth =
        auth_check_any(head, config->proxy.passwords, config->proxy.password_count);
    if (auth != AUTH_OK)
        return refuse_password(c, head, auth, route.websocket);
    if (framing_request(&c->request, head, bytes) != 0) {
        worker_event(c->worker, REPORT_BAD_REQUEST, &c->client, REPORT_NO_BACKEND, 400, "framing",
                     7);
        return conn_refuse(c, 400, "The framing of the request is not clear.", head->target,
                           CLOSE_REFUSED);
    }
    if (route.websocket && is_user_refused(c, head, &step))
        return step;
    note_request(c, head, &route);
    log_debug("#%llu %.*s for v%u%s", (unsigned long long)c->id, (int)head->method.len,
              head->method.ptr, route.version, route.websocket ? ", WebSocket" : "");
    c->let_in = true;
    c->idempotent = route.idempotent;
    c->http10 = head->minor == 0;
    c->close_after = head->connection_close || c->http10 || c->worker->draining;
    c->answered = c->sent_any = c->send_failed = false;
    c->tried = 0;
    c->retried = false;
    watch_request(c, head, &route);
    return dial_begin(c);
}

static enum step refuse_head(struct conn *c, enum head_result result, const struct head *head,
                             struct slice data)
{
    unsigned status = result == HEAD_TOO_LARGE ? 431 : result == HEAD_UNKNOWN ? 501 : 400;
    const char *why = head->reason;
    if (proxyproto_looks_like(data.ptr, data.len))
        why = "PROXY header from an address not in proxy.proxy_protocol";
    c->requests++;
    c->websocket = c->let_in = c->to_head = false;
    c->retry_after = 0;
    c->head_sent = false;
    worker_event(c->worker, REPORT_BAD_REQUEST, &c->client, REPORT_NO_BACKEND, status, why,
                 strlen(why));
    return conn_refuse(c, status, why, SLICE(""), CLOSE_REFUSED);
}

/* Takes the PROXY header off the front of *data and asks the gate for the client it names. */
static enum proxyproto_result take_proxy_header(struct conn *c, struct slice *data)
{
    size_t used = 0;
    struct addr client;
    enum proxyproto_result result = proxyproto_read(data->ptr, data->len, &used, &client);
    if (result != PROXYPROTO_OK)
        return result;
    if (client.family != 0)
        c->client = client;
    c->proxy_header = false;
    c->via_proxy = true;
    c->info_dirty = true;
    conn_admit(c);
    data->ptr += used;
    data->len -= used;
    return PROXYPROTO_OK;
}

static enum step refuse_without_proxy_header(struct conn *c)
{
    static const char why[] = "No PROXY header from an address in proxy.proxy_protocol";
    worker_event(c->worker, REPORT_BAD_REQUEST, &c->peer, REPORT_NO_BACKEND, 400, why,
                 sizeof why - 1);
    return conn_refuse(c, 400, why, SLICE(""), CLOSE_REFUSED);
}

/* Puts what has been read into c->in, from the start of the block. -1: no memory. */
static int gather(struct conn *c, struct slice data)
{
    struct block *in = c->in;
    if (in != NULL && data.ptr >= in->bytes && data.ptr < in->bytes + BLOCK_BYTES) {
        size_t len = data.len;
        memmove(in->bytes, data.ptr, len);
        in->start = 0;
        in->end = len;
        return 0;
    }
    assert(in == NULL);
    return conn_keep(c, data.ptr, data.len);
}

/* Bytes of the next head so far: what was kept with what can be read now. False: nothing to do but
 * wait (or it ended). */
static bool read_head(struct conn *c, struct slice *data)
{
    struct block *in = c->in;
    bool kept = in != NULL && in->end > in->start;
    *data = kept ? (struct slice){in->bytes + in->start, in->end - in->start} : SLICE("");
    if (kept && !c->head_partial)
        return true;
    if (c->side.eof) {
        conn_end(c, CLOSE_CLIENT);
        return false;
    }
    if ((c->ready & READY_CLIENT_READ) == 0)
        return false;
    char *to = kept ? in->bytes + in->end : c->worker->scratch;
    size_t room = kept ? BLOCK_BYTES - in->end : BLOCK_BYTES;
    ssize_t got = conn_recv(c, to, room);
    if (got > 0) {
        if (kept)
            in->end += (size_t)got;
        *data = (struct slice){kept ? in->bytes + in->start : to, data->len + (size_t)got};
        return true;
    }
    if (got == 0)
        conn_end(c, CLOSE_CLIENT);
    else if (errno != EAGAIN && errno != EWOULDBLOCK)
        conn_end(c, CLOSE_CLIENT_ERROR);
    return false;
}

enum step step_head(struct conn *c)
{
    struct head *head = &c->worker->head;
    struct slice data;
    conn_in_done(c); /* a PROXY header may have been all there was in it */
    if (!read_head(c, &data))
        return STEP_WAIT;
    enum proxyproto_result proxied = c->proxy_header ? take_proxy_header(c, &data) : PROXYPROTO_OK;
    if (proxied == PROXYPROTO_BAD)
        return refuse_without_proxy_header(c);
    enum head_result result =
        proxied == PROXYPROTO_MORE ? HEAD_MORE : head_request(head, data.ptr, data.len);
    if (result == HEAD_MORE) {
        if (gather(c, data) != 0) {
            conn_end(c, CLOSE_NO_MEMORY);
            return STEP_WAIT;
        }
        c->head_partial = true;
        if (c->state == STATE_IDLE)
            conn_to(c, STATE_HEAD);
        /* More may be there; a full socket buffer would have been read in one go. */
        return (c->ready & READY_CLIENT_READ) != 0 ? STEP_AGAIN : STEP_WAIT;
    }
    c->head_partial = false;
    if (result != HEAD_OK)
        return refuse_head(c, result, head, data);
    conn_book(c, data.len);
    /* The head is kept until an answer begins, in case the request has to go elsewhere. */
    if (c->in == NULL || data.ptr < c->in->bytes || data.ptr >= c->in->bytes + BLOCK_BYTES) {
        assert(c->in == NULL);
        if (conn_keep(c, data.ptr, data.len) != 0) {
            conn_end(c, CLOSE_NO_MEMORY);
            return STEP_WAIT;
        }
        c->head_start = 0;
    } else {
        c->head_start = (uint32_t)(data.ptr - c->in->bytes);
    }
    assert(c->in != NULL);
    c->in->start = c->head_start;
    c->in->start += head->length;
    c->head_end = (uint32_t)c->in->start;
    return take_request(c, data.ptr);
}
