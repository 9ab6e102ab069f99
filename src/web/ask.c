/*
 * Requests that control carries out.
 */
#include "web/ask.h"

#include <stdlib.h>

#include "base/clock.h"
#include "web/client.h"
#include "web/doc.h"
#include "web/query.h"
#include "web/serve.h"

#define ANSWER_SECONDS 10.0     /* until control is given up */
#define CHECK_GRACE_SECONDS 3.0 /* beyond health.timeout: name lookup, next snapshot */
#define NO_BACKEND "There is no such backend."
#define NAME_MAX_BYTES 64 /* more than any backend's name has */

static void answered(void *ctx, const struct command_result *result)
{
    struct client_ask *ask = ctx;
    if (ask->client) {
        ask->client->ask = NULL;
        ask->client->outcome = *result;
        client_wake(ask->client);
    }
    free(ask);
}

/* Sends c->command. */
void ask_control(struct client *c)
{
    struct client_ask *ask = malloc(sizeof(*ask));
    if (!ask) {
        serve_error(c, 503, "Out of memory.");
        return;
    }
    ask->client = c;
    c->ask = ask;
    c->wait_until = clock_mono() + ANSWER_SECONDS;
    if (c->command.type == COMMAND_CHECK)
        c->wait_until += c->web->config->health.timeout;
    client_to(c, CLIENT_WAIT);
    if (command_send(c->web->desk, &c->command, answered, ask) < 0) {
        free(ask);
        c->ask = NULL;
        serve_error(c, 503, "Out of memory.");
    }
}

void ask_backend(struct client *c)
{
    static const enum command_type types[] = {
        [API_DRAIN] = COMMAND_DRAIN, [API_UNDRAIN] = COMMAND_UNDRAIN, [API_CHECK] = COMMAND_CHECK};
    char memory[NAME_MAX_BYTES];
    struct str name;
    const struct snap *snap = snap_get(c->web->hub);
    str_fixed(&name, memory, sizeof(memory));
    bool named = query_decode(c->call.name, &name);
    const struct snap_backend *backend =
        snap && named ? snap_find_backend(snap, str_slice(&name)) : NULL;
    if (backend)
        c->command = (struct command){.type = types[c->call.what], .backend = backend->slot};
    snap_put(snap);
    if (!snap)
        serve_error(c, 503, SERVE_STARTING);
    else if (!backend)
        serve_error(c, 404, NO_BACKEND);
    else
        ask_control(c);
}

void ask_reload(struct client *c)
{
    c->command = (struct command){.type = COMMAND_RELOAD};
    ask_control(c);
}

/* What there is to be told of a command in the newest snapshot, which control has published before
 * it answered; false when there is nothing. */
static bool write_outcome(struct json *j, const struct command *command, const struct snap *snap)
{
    if (command->type == COMMAND_RELOAD) {
        doc_reload(j, NULL, snap);
        return true;
    }
    for (unsigned i = 0; i < snap->backend_count; i++) {
        if (snap->backends[i].slot != command->backend)
            continue;
        doc_backend(j, snap, &snap->backends[i]);
        return true;
    }
    return false;
}

/* What has been done, as JSON. */
static void serve_done(struct client *c)
{
    const struct snap *snap = snap_get(c->web->hub);
    struct str body;
    struct json j;
    bool told = true;
    str_growing(&body);
    json_begin(&j, &body);
    if (!ask_write_done(&j, c))
        told = snap && write_outcome(&j, &c->command, snap);
    snap_put(snap);
    if (told) {
        serve_json(c, 200, &body);
        return;
    }
    str_free(&body);
    serve_error(c, 404, NO_BACKEND);
}

/* A reload that failed is told like one that did not. */
static void serve_failed(struct client *c)
{
    const struct snap *snap = snap_get(c->web->hub);
    struct str body;
    struct json j;
    if (!snap) {
        serve_error(c, 409, c->outcome.text);
        return;
    }
    str_growing(&body);
    json_begin(&j, &body);
    doc_reload(&j, NULL, snap);
    snap_put(snap);
    serve_json(c, 409, &body);
}

static const char *not_found(enum command_type type)
{
    switch (type) {
    case COMMAND_KILL:
        return "There is no such connection.";
    case COMMAND_KILL_IP:
        return "This address has no connection.";
    case COMMAND_UNBLOCK:
        return "This address is not blocked.";
    case COMMAND_KILL_USER:
        return "This bot has no connection.";
    case COMMAND_UNBLOCK_USER:
        return "This bot is not blocked.";
    default:
        return NO_BACKEND;
    }
}

static bool command_waiting(struct client *c)
{
    if (c->ask && clock_mono() < c->wait_until)
        return false;
    if (c->ask) {
        c->ask->client = NULL;
        c->ask = NULL;
        serve_error(c, 504, "There was no answer in time.");
    } else if (c->outcome.code == COMMAND_NOT_FOUND) {
        serve_error(c, 404, not_found(c->command.type));
    } else if (c->outcome.code == COMMAND_FAILED) {
        serve_failed(c);
    } else if (c->outcome.code == COMMAND_REFUSED) {
        serve_error(c, 409, c->outcome.text);
    } else {
        serve_done(c);
    }
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

static int send_check(struct web *web, bool quiet)
{
    struct command command = {.type = COMMAND_CHECK, .backend = REPORT_NO_BACKEND, .quiet = quiet};
    struct port_check *check = malloc(sizeof(*check));
    if (!check)
        return -1;
    check->web = web;
    web->check = check;
    web->check_at = clock_mono();
    if (command_send(web->desk, &command, check_answered, check) == 0)
        return 0;
    web->check = NULL;
    free(check);
    return -1;
}

void ask_check(struct client *c)
{
    struct web *web = c->web;
    double now = clock_mono();
    if (!web->check && now - web->check_at >= PORT_CHECK_EVERY &&
        send_check(web, c->call.reads) < 0) {
        serve_error(c, 503, "Out of memory.");
        return;
    }
    c->wait_until = now + web->config->health.timeout + CHECK_GRACE_SECONDS;
    client_to(c, CLIENT_WAIT);
}

bool ask_waiting(struct client *c)
{
    if (c->call.what != API_BACKEND_HEALTH)
        return command_waiting(c);
    if (c->web->check && clock_mono() < c->wait_until)
        return false;
    serve_document(c, doc_backends);
    return true;
}
