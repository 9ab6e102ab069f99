/*
 * From a request to its answer.
 */
#include "web/serve.h"

#include <stdlib.h>

#include "base/log.h"
#include "web/response.h"
#include "web/client.h"
#include "web/guard.h"
#include "web/doc.h"

#define KILL_SECONDS 10.0       /* until a kill is given up */
#define CHECK_GRACE_SECONDS 3.0 /* beyond health.timeout: name lookup, next snapshot */

static struct response plain_response(const struct client *c, unsigned status, const char *type)
{
    return (struct response){
        .status = status, .type = type, .close = c->close, .head_only = c->call.head_only};
}

static void reply_error(struct client *c, unsigned status, const char *message)
{
    struct response response = plain_response(c, status, RESPONSE_JSON);
    if (status == 405)
        response.allow = c->call.allow;
    if (status == 503)
        response.retry_after = 1;
    response_error(&c->out, &response, message);
    client_to(c, CLIENT_WRITE);
}

static void reply_text(struct client *c, unsigned status, const char *text)
{
    struct response response = plain_response(c, status, RESPONSE_TEXT);
    response_whole(&c->out, &response, slice_of(text));
    client_to(c, CLIENT_WRITE);
}

/* Sends the document and frees it. */
static void reply_json(struct client *c, struct str *body)
{
    struct response response = plain_response(c, 200, RESPONSE_JSON);
    response_whole(&c->out, &response, str_slice(body));
    c->out.cut = c->out.cut || body->cut;
    str_free(body);
    client_to(c, CLIENT_WRITE);
}

/* A document of a few KB from the newest snapshot, all at once. */
static void reply_document(struct client *c, void (*write)(struct json *, const struct snap *))
{
    const struct snap *snap = snap_get(c->web->hub);
    if (!snap) {
        reply_error(c, 503, "Starting: there are no figures yet.");
        return;
    }
    struct str body;
    struct json j;
    str_growing(&body);
    json_begin(&j, &body);
    write(&j, snap);
    snap_put(snap);
    reply_json(c, &body);
}

static void reply_version(struct client *c)
{
    struct str body;
    struct json j;
    str_growing(&body);
    json_begin(&j, &body);
    doc_version(&j);
    reply_json(c, &body);
}

static void reply_feed(struct client *c, enum feed_kind kind)
{
    struct response response = plain_response(c, 200, RESPONSE_JSON);
    bool old = c->inbox->head.minor == 0;
    c->chunked = !old;
    response.framing = old ? RESPONSE_UNTIL_CLOSE : RESPONSE_CHUNKED;
    if (!c->call.head_only) {
        c->held = port_hold(c->web);
        if (!c->held) {
            reply_error(c, 503, "No figures yet, or too many long answers under way.");
            return;
        }
        c->feed = malloc(sizeof(*c->feed));
        if (!c->feed) {
            client_to(c, CLIENT_DEAD);
            return;
        }
        feed_init(c->feed, kind, c->held->snap);
    }
    response_head(&c->out, &response, 0);
    client_to(c, CLIENT_WRITE);
}

static void reply_ready(struct client *c)
{
    const struct snap *snap = snap_get(c->web->hub);
    unsigned missing = snap ? doc_missing_version(snap) : 0;
    if (!snap)
        reply_text(c, 503, "starting\n");
    else if (missing)
        reply_text(c, 503,
                   missing == 3 ? "no v3 backend is online\n" : "no v4 backend is online\n");
    else
        reply_text(c, 200, "ready\n");
    snap_put(snap);
}

/* --- commands ------------------------------------------------------------------------------- */

static void kill_answered(void *ctx, const struct command_result *result)
{
    struct client_ask *ask = ctx;
    if (ask->client) {
        ask->client->ask = NULL;
        ask->client->outcome = *result;
        client_wake(ask->client);
    }
    free(ask);
}

static void begin_kill(struct client *c)
{
    struct command command = {.type = COMMAND_KILL, .id = c->call.id};
    struct client_ask *ask = malloc(sizeof(*ask));
    if (!ask) {
        reply_error(c, 503, "Out of memory.");
        return;
    }
    ask->client = c;
    c->ask = ask;
    c->wait_until = ev_now(c->web->loop) + KILL_SECONDS;
    client_to(c, CLIENT_WAIT);
    if (command_send(c->web->desk, &command, kill_answered, ask) < 0) {
        free(ask);
        c->ask = NULL;
        reply_error(c, 503, "Out of memory.");
    }
}

static bool kill_waiting(struct client *c)
{
    if (c->ask) {
        if (ev_now(c->web->loop) < c->wait_until)
            return false;
        c->ask->client = NULL;
        c->ask = NULL;
        reply_error(c, 504, "The connection's worker did not answer.");
        return true;
    }
    if (c->outcome.code == COMMAND_NOT_FOUND) {
        reply_error(c, 404, "There is no such connection.");
        return true;
    }
    if (c->outcome.code == COMMAND_REFUSED) {
        reply_error(c, 409, c->outcome.text);
        return true;
    }
    struct str body;
    struct json j;
    char id[24];
    struct str id_text;
    str_fixed(&id_text, id, sizeof(id));
    str_add_u64(&id_text, c->call.id);
    str_growing(&body);
    json_begin(&j, &body);
    json_object(&j, NULL);
    json_text(&j, "id", id);
    json_bool(&j, "killed", true);
    json_object_end(&j);
    reply_json(c, &body);
    return true;
}

/* Control has published what it found before it answers; refused means that a check of its own has
 * just been. Either way the newest snapshot is as good as it gets. */
static void check_answered(void *ctx, const struct command_result *result)
{
    struct port_check *check = ctx;
    (void)result;
    if (check->web) {
        check->web->check = NULL;
        for (struct client *c = check->web->clients; c; c = c->next) {
            if (c->state == CLIENT_WAIT && c->call.what == API_BACKEND_HEALTH)
                client_wake(c);
        }
    }
    free(check);
}

static int send_check(struct web *web)
{
    struct command command = {.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND};
    struct port_check *check = malloc(sizeof(*check));
    if (!check)
        return -1;
    check->web = web;
    web->check = check;
    web->check_at = ev_now(web->loop);
    if (command_send(web->desk, &command, check_answered, check) == 0)
        return 0;
    web->check = NULL;
    free(check);
    return -1;
}

static void begin_check(struct client *c)
{
    struct web *web = c->web;
    double now = ev_now(web->loop);
    if (!web->check && now - web->check_at >= PORT_CHECK_EVERY && send_check(web) < 0) {
        reply_error(c, 503, "Out of memory.");
        return;
    }
    c->wait_until = now + web->config->health.timeout + CHECK_GRACE_SECONDS;
    client_to(c, CLIENT_WAIT);
}

bool serve_waiting(struct client *c)
{
    if (c->call.what == API_KILL)
        return kill_waiting(c);
    if (c->web->check && ev_now(c->web->loop) < c->wait_until)
        return false;
    reply_document(c, doc_backends);
    return true;
}

/* --- requests ------------------------------------------------------------------------------- */

static void dispatch(struct client *c)
{
    switch (c->call.what) {
    case API_NOTHING:
        reply_error(c, 404, "There is nothing at this path.");
        break;
    case API_VERSION:
        reply_version(c);
        break;
    case API_CONNECTIONS:
        reply_feed(c, FEED_CONNECTIONS);
        break;
    case API_DATA_USAGE:
        reply_feed(c, FEED_DATA_USAGE);
        break;
    case API_HEALTH:
        reply_document(c, doc_health);
        break;
    case API_BACKEND_HEALTH:
        begin_check(c);
        break;
    case API_KILL:
        begin_kill(c);
        break;
    case API_LIVEZ:
        reply_text(c, 200, "ok\n");
        break;
    case API_READYZ:
        reply_ready(c);
        break;
    }
}

void serve_refusal(struct client *c, unsigned status, const char *message)
{
    c->call = (struct api_call){.what = API_NOTHING};
    c->close = true;
    reply_error(c, status, message);
}

void serve_request(struct client *c)
{
    const struct head *head = &c->inbox->head;
    api_find(&c->call, head->method, head->target);
    c->close = head->minor == 0 || head->connection_close || c->inbox->unread;

    struct guard_request request = {.config = c->web->config,
                                    .head = head,
                                    .call = &c->call,
                                    .peer = c->peer,
                                    .local = c->local,
                                    .now = ev_now(c->web->loop)};
    struct guard_verdict verdict = guard_check(&c->web->throttle, &request);
    if (verdict.status) {
        struct response response = plain_response(c, verdict.status, RESPONSE_JSON);
        char peer[ADDR_TEXT_MAX];
        if (verdict.wrong)
            log_warn("web: wrong password from=%s", addr_text(peer, &c->peer, false));
        response.retry_after = verdict.retry_after;
        response.challenge = verdict.challenge;
        response_error(&c->out, &response, verdict.message);
        client_to(c, CLIENT_WRITE);
    } else if (c->call.what != API_NOTHING && !c->call.method_ok) {
        reply_error(c, 405, "This method is not for this path.");
    } else {
        dispatch(c);
    }
}
