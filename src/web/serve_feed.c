/*
 * Long lists as answers: parameters first, each with an error of its own, then the head; the rows
 * follow as the socket takes them.
 */
#include "web/serve_feed.h"

#include <stdio.h>
#include <stdlib.h>

#include "web/client.h"
#include "web/feed.h"
#include "web/query.h"
#include "web/response.h"
#include "web/serve.h"

/* What a request asks for, and room for it. */
struct asked {
    struct filter filter;
    struct roster_search search;
    struct paging paging;
    struct feed_ask ask;
};

/* A filter that is none: why, and which part of it. */
static void reply_bad_filter(struct client *c, const struct filter_error *error)
{
    struct str body;
    struct json j;
    str_growing(&body);
    json_begin(&j, &body);
    json_object(&j, NULL);
    json_u64(&j, "status", 400);
    json_text(&j, "error", "Bad Request");
    json_text(&j, "message", error->text);
    json_u64(&j, "position", error->start);
    json_u64(&j, "length", error->len);
    json_object_end(&j);
    serve_json(c, 400, &body);
}

/* The query's q; an absent one lets everything through. False when it is none: answered. */
static bool read_filter(struct client *c, struct asked *asked)
{
    char memory[FILTER_TEXT_MAX + 100];
    struct str text;
    struct filter_error error;
    str_fixed(&text, memory, sizeof(memory));
    enum query_result found = query_value(c->inbox->head.target, SLICE("q"), &text);
    if (found == QUERY_BAD) {
        serve_error(c, 400, "The filter in q=FILTER is badly escaped or too long.");
        return false;
    }
    if (!filter_parse(&asked->filter, str_slice(&text), &error)) {
        reply_bad_filter(c, &error);
        return false;
    }
    asked->ask.filter = found == QUERY_FOUND ? &asked->filter : NULL;
    return true;
}

/* A parameter's value; false when it is badly escaped or does not fit: answered. `found` says
 * whether it is there. */
static bool read_value(struct client *c, const char *name, struct str *text, bool *found)
{
    char message[80];
    enum query_result result = query_value(c->inbox->head.target, slice_of(name), text);
    *found = result == QUERY_FOUND;
    if (result != QUERY_BAD)
        return true;
    snprintf(message, sizeof(message), "The parameter %s is badly escaped or too long.", name);
    serve_error(c, 400, message);
    return false;
}

/* Backends of a name: of a removed one, too. False when there is none: answered. */
static bool find_backends(struct client *c, struct slice name, uint64_t *bits)
{
    const struct snap *snap = snap_get(c->web->hub);
    for (unsigned i = 0; snap && i < snap->backend_count && i < FLEET_MAX; i++)
        if (slice_equal(name, slice_of(snap->backends[i].name)))
            *bits |= UINT64_C(1) << i;
    snap_put(snap);
    if (*bits == 0)
        serve_error(c, 404, "There is no backend of this name.");
    return *bits != 0;
}

/* q=, backend= and bot= of the lists of bots and players. */
static bool read_search(struct client *c, struct asked *asked)
{
    struct roster_search *search = &asked->search;
    char memory[100];
    struct str text;
    bool by_text, by_backend, by_bot = false;
    *search = (struct roster_search){.bot = 0};
    str_fixed(&text, search->text, sizeof(search->text));
    if (!read_value(c, "q", &text, &by_text))
        return false;
    str_fixed(&text, memory, sizeof(memory));
    if (!read_value(c, "backend", &text, &by_backend) ||
        (by_backend && !find_backends(c, str_slice(&text), &search->backends)))
        return false;
    str_fixed(&text, memory, sizeof(memory));
    if (asked->paging.list == PAGING_PLAYERS && !read_value(c, "bot", &text, &by_bot))
        return false;
    if (by_bot && (!slice_to_u64(str_slice(&text), &search->bot) || search->bot == 0)) {
        serve_error(c, 400, "bot=ID is the id of a bot.");
        return false;
    }
    asked->ask.search = by_text || by_backend || by_bot ? search : NULL;
    return true;
}

/* The query's format; JSON where there is none. False when there is no such: answered. */
static bool read_format(struct client *c, enum export_format *format)
{
    char word[8];
    struct str text;
    str_fixed(&text, word, sizeof(word));
    enum query_result found = query_value(c->inbox->head.target, SLICE("format"), &text);
    bool csv = found == QUERY_FOUND && slice_equal(str_slice(&text), SLICE("csv"));
    *format = csv ? EXPORT_CSV : EXPORT_JSON;
    if (csv || found == QUERY_ABSENT ||
        (found == QUERY_FOUND && slice_equal(str_slice(&text), SLICE("json"))))
        return true;
    serve_error(c, 400, "The format is json or csv.");
    return false;
}

/* False when it is none: answered. */
static bool read_asked(struct client *c, enum paging_list list, struct asked *asked)
{
    char wrong[PAGING_WRONG_MAX];
    asked->ask = (struct feed_ask){.paging = &asked->paging};
    asked->paging = (struct paging){.list = list};
    if (!read_format(c, &asked->ask.format) ||
        !(paging_filters(list) ? read_filter(c, asked) : read_search(c, asked)))
        return false;
    if (paging_read(&asked->paging, list, c->inbox->head.target, wrong))
        return true;
    serve_error(c, 400, wrong);
    return false;
}

void serve_feed(struct client *c, enum paging_list list)
{
    static const char *const files[] = {[PAGING_CONNECTIONS] = "connections.csv",
                                        [PAGING_IPS] = "data-usage.csv",
                                        [PAGING_BOTS] = "bots.csv",
                                        [PAGING_PLAYERS] = "players.csv"};
    struct asked asked;
    if (!read_asked(c, list, &asked))
        return;
    bool csv = asked.ask.format == EXPORT_CSV;
    struct response response = serve_response(c, 200, csv ? RESPONSE_CSV : RESPONSE_JSON);
    if (csv)
        response.file = files[list];
    bool old = c->inbox->head.minor == 0;
    c->chunked = !old;
    response.framing = old ? RESPONSE_UNTIL_CLOSE : RESPONSE_CHUNKED;
    if (!c->call.head_only) {
        c->held = port_hold(c->web);
        if (!c->held) {
            serve_error(c, 503, "No figures yet, or too many long answers under way.");
            return;
        }
        c->feed = malloc(sizeof(*c->feed));
        if (!c->feed || feed_begin(c->feed, c->held->snap, &asked.ask) < 0) {
            client_to(c, CLIENT_DEAD);
            return;
        }
    }
    response_head(&c->out, &response, 0);
    client_to(c, CLIENT_WRITE);
}
