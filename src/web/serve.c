/*
 * From a request to its answer.
 */
#include "web/serve.h"

#include "base/clock.h"
#include "base/log.h"
#include "web/ask.h"
#include "web/client.h"
#include "web/pages.h"
#include "web/query.h"
#include "web/response.h"
#include "web/serve_feed.h"
#include "web/stream.h"
#include "web/doc.h"
#include "web/groups.h"
#include "web/metrics.h"

struct response serve_response(const struct client *c, unsigned status, const char *type)
{
    return (struct response){
        .status = status, .type = type, .close = c->close, .head_only = c->call.head_only};
}

void serve_error(struct client *c, unsigned status, const char *message)
{
    unsigned retry_after = status == 503 ? 1 : 0;
    if (api_is_page(c->call.what) || (c->inbox && pages_is_form(c))) {
        pages_error(c, status, message, retry_after);
        return;
    }
    struct response response = serve_response(c, status, RESPONSE_JSON);
    response.retry_after = retry_after;
    if (status == 405)
        response.allow = c->call.allow;
    response_error(&c->out, &response, message);
    client_to(c, CLIENT_WRITE);
}

static void reply_text(struct client *c, unsigned status, const char *text)
{
    struct response response = serve_response(c, status, RESPONSE_TEXT);
    response_whole(&c->out, &response, slice_of(text));
    client_to(c, CLIENT_WRITE);
}

void serve_json(struct client *c, unsigned status, struct str *body)
{
    if (status == 200 && pages_is_form(c)) {
        str_free(body);
        pages_go_back(c);
        return;
    }
    struct response response = serve_response(c, status, RESPONSE_JSON);
    response_whole(&c->out, &response, str_slice(body));
    c->out.cut = c->out.cut || body->cut;
    str_free(body);
    client_to(c, CLIENT_WRITE);
}

void serve_document(struct client *c, void (*write)(struct json *, const struct snap *))
{
    const struct snap *snap = snap_get(c->web->hub);
    if (!snap) {
        serve_error(c, 503, SERVE_STARTING);
        return;
    }
    struct str body;
    struct json j;
    str_growing(&body);
    json_begin(&j, &body);
    write(&j, snap);
    snap_put(snap);
    serve_json(c, 200, &body);
}

static void reply_version(struct client *c)
{
    struct str body;
    struct json j;
    str_growing(&body);
    json_begin(&j, &body);
    doc_version(&j);
    serve_json(c, 200, &body);
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

static void reply_metrics(struct client *c)
{
    const struct snap *snap = snap_get(c->web->hub);
    bool open = metrics_wants_open(head_named(&c->inbox->head, SLICE("Accept")));
    struct response response = serve_response(c, 200, open ? METRICS_OPEN : METRICS_TEXT);
    struct snap_frames frames = snap_hub_frames(c->web->hub);
    struct str body;
    if (!snap) {
        serve_error(c, 503, SERVE_STARTING);
        return;
    }
    metrics_process(&c->web->process, clock_mono());
    str_growing(&body);
    metrics_write(&body, snap, &frames, &c->web->process, open);
    snap_put(snap);
    response_whole(&c->out, &response, str_slice(&body));
    c->out.cut = c->out.cut || body.cut;
    str_free(&body);
    client_to(c, CLIENT_WRITE);
}

static void reply_nothing(struct client *c)
{
    serve_error(c, 404, "There is nothing at this path.");
}

static void reply_connections(struct client *c)
{
    serve_feed(c, PAGING_CONNECTIONS);
}

static void reply_bots(struct client *c)
{
    serve_feed(c, PAGING_BOTS);
}

static void reply_players(struct client *c)
{
    serve_feed(c, PAGING_PLAYERS);
}

static void reply_bot(struct client *c)
{
    const struct snap *snap = snap_get(c->web->hub);
    struct str body;
    struct json j;
    if (!snap) {
        serve_error(c, 503, SERVE_STARTING);
        return;
    }
    str_growing(&body);
    json_begin(&j, &body);
    bool found = doc_one_bot(&j, snap, c->call.id);
    snap_put(snap);
    if (found) {
        serve_json(c, 200, &body);
    } else {
        str_free(&body);
        serve_error(c, 404, "There is no such bot.");
    }
}

static void write_clients_usage(struct json *j, const struct snap *snap)
{
    doc_group(j, snap, GROUP_CLIENT);
}

static void write_users_usage(struct json *j, const struct snap *snap)
{
    doc_group(j, snap, GROUP_USER);
}

static void write_backends_usage(struct json *j, const struct snap *snap)
{
    doc_group(j, snap, GROUP_BACKEND);
}

static void reply_usage(struct client *c)
{
    static void (*const writes[GROUP_COUNT])(struct json *, const struct snap *) = {
        [GROUP_CLIENT] = write_clients_usage,
        [GROUP_USER] = write_users_usage,
        [GROUP_BACKEND] = write_backends_usage};
    char word[16];
    struct str text;
    str_fixed(&text, word, sizeof(word));
    enum query_result found = query_value(c->inbox->head.target, SLICE("group"), &text);
    enum group group = found == QUERY_FOUND    ? group_of_word(str_slice(&text))
                       : found == QUERY_ABSENT ? GROUP_IP
                                               : GROUP_COUNT;
    if (group == GROUP_COUNT)
        serve_error(c, 400, "The group is ip, client, user or backend.");
    else if (group == GROUP_IP)
        serve_feed(c, PAGING_IPS);
    else
        serve_document(c, writes[group]);
}

static void reply_health(struct client *c)
{
    serve_document(c, doc_health);
}

static void reply_blocked(struct client *c)
{
    serve_document(c, doc_blocked);
}

static void reply_clients(struct client *c)
{
    serve_document(c, doc_clients);
}

static void reply_alive(struct client *c)
{
    reply_text(c, 200, "ok\n");
}

static void reply_robots(struct client *c)
{
    reply_text(c, 200, "User-agent: *\nDisallow: /\n");
}

/* Who answers what; the rest are pages. */
static void (*const answers[API_COUNT])(struct client *) = {
    [API_NOTHING] = reply_nothing,
    [API_VERSION] = reply_version,
    [API_CONNECTIONS] = reply_connections,
    [API_DATA_USAGE] = reply_usage,
    [API_HEALTH] = reply_health,
    [API_BACKEND_HEALTH] = ask_check,
    [API_KILL] = ask_kill,
    [API_KILL_MANY] = ask_kill_many,
    [API_BLOCK] = ask_block,
    [API_UNBLOCK] = ask_block,
    [API_BLOCKED] = reply_blocked,
    [API_CLIENTS] = reply_clients,
    [API_BOTS] = reply_bots,
    [API_BOT] = reply_bot,
    [API_PLAYERS] = reply_players,
    [API_DRAIN] = ask_backend,
    [API_UNDRAIN] = ask_backend,
    [API_CHECK] = ask_backend,
    [API_RELOAD] = ask_reload,
    [API_STREAM] = stream_begin,
    [API_METRICS] = reply_metrics,
    [API_LIVEZ] = reply_alive,
    [API_READYZ] = reply_ready,
    [API_ROBOTS] = reply_robots,
    [API_LOGIN] = pages_login,
    [API_LOGOUT] = pages_logout,
    [API_SETUP] = pages_setup,
    [API_ASSET] = pages_asset,
    [API_PAGE_NOTHING] = reply_nothing,
};

static void dispatch(struct client *c)
{
    if (answers[c->call.what])
        answers[c->call.what](c);
    else
        pages_serve(c);
}

void serve_refusal(struct client *c, unsigned status, const char *message)
{
    c->call = (struct api_call){.what = API_NOTHING, .reads = true};
    c->close = true;
    serve_error(c, status, message);
}

struct guard_request serve_guard_request(const struct client *c)
{
    return (struct guard_request){.config = c->web->config,
                                  .head = &c->inbox->head,
                                  .call = &c->call,
                                  .form = {c->inbox->text, c->inbox->body},
                                  .peer = c->peer,
                                  .local = c->local,
                                  .now = clock_mono()};
}

enum query_result serve_value(const struct client *c, struct slice name, struct str *out)
{
    struct slice form = {c->inbox->text, c->inbox->body};
    enum query_result found = query_field(form, name, out);
    return found != QUERY_ABSENT ? found : query_value(c->inbox->head.target, name, out);
}

static void refuse(struct client *c, const struct guard_verdict *verdict)
{
    struct response response = serve_response(c, verdict->status, RESPONSE_JSON);
    char peer[ADDR_TEXT_MAX];
    if (verdict->wrong)
        log_warn("web: wrong password from=%s", addr_text(peer, &c->peer, false));
    response.retry_after = verdict->retry_after;
    response.challenge = verdict->challenge;
    response_error(&c->out, &response, verdict->message);
    client_to(c, CLIENT_WRITE);
}

/* A person, where there is nothing: browsers name HTML, programs do not. */
static bool is_lost(const struct api_call *call, const struct head *head)
{
    if (call->what != API_NOTHING || !call->reads || slice_starts(head->target, SLICE("/api/")))
        return false;
    struct slice rest = head_named(head, SLICE("Accept")), one;
    while (slice_next(&rest, ',', &one))
        if (slice_starts_nocase(one, SLICE("text/html")))
            return true;
    return false;
}

void serve_request(struct client *c)
{
    const struct head *head = &c->inbox->head;
    api_find(&c->call, head->method, head->target);
    if (is_lost(&c->call, head))
        c->call.what = API_PAGE_NOTHING;
    c->close = head->minor == 0 || head->connection_close || c->inbox->unread;

    c->login = NULL;
    struct guard_request request = serve_guard_request(c);
    struct guard_verdict verdict = guard_check(&c->web->guard, &request);
    c->login = verdict.login;
    if (verdict.status && verdict.ask_login && api_is_page(c->call.what) && c->call.reads) {
        pages_ask_login(c);
    } else if (verdict.status && (api_is_page(c->call.what) || pages_is_form(c))) {
        pages_error(c, verdict.status, verdict.message, verdict.retry_after);
    } else if (verdict.status) {
        refuse(c, &verdict);
    } else if (c->call.allow != NULL && !c->call.method_ok) {
        serve_error(c, 405, "This method is not for this path.");
    } else {
        dispatch(c);
    }
}
