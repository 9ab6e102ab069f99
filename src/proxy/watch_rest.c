/* Owns what is read off REST exchanges: what a request is about, what its body asks for, what the
 * answer says. Bodies are read along as they are passed on, by one reader of the worker's pool,
 * only while an exchange is under way whose body is worth it, and never kept. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "http/head.h"
#include "http/route.h"
#include "lavalink/rest.h"
#include "watch_parts.h"

#define READINGS_KEPT 64 /* as many as a worker keeps for the next ones */

/* The bodies of an exchange under way. */
struct reading {
    struct reading *next;
    struct rest_reader reader;
    bool of_answer; /* which body is being read */
    bool over;      /* nothing of it is wanted any more */
    bool told;      /* what the request asks for is known, and noted */
    /* of a PATCH of a session that said so */
    bool says_resuming, resuming;
    double timeout; /* < 0: not said */
    char resume_key[OP_SESSION_MAX + 1];
    /* of the answer */
    uint8_t load_type;
    char message[OP_TEXT_MAX];
};

static struct reading *reading_new(struct conn *c)
{
    struct worker *worker = c->worker;
    struct reading *reading = worker->free_readings;
    if (reading != NULL) {
        worker->free_readings = reading->next;
        worker->free_reading_count--;
    } else {
        reading = malloc(sizeof *reading);
    }
    if (reading == NULL) {
        watch_blind(c, BLIND_MEMORY);
        return NULL;
    }
    reading->over = true;
    reading->of_answer = reading->told = false;
    reading->says_resuming = reading->resuming = false;
    reading->timeout = -1;
    reading->resume_key[0] = reading->message[0] = '\0';
    reading->load_type = LOAD_COUNT;
    return reading;
}

/* Nothing more of the body under way is wanted. */
static void give_up(struct reading *reading)
{
    if (!reading->over)
        rest_drop(&reading->reader);
    reading->over = true;
}

static void reading_free(struct conn *c)
{
    struct worker *worker = c->worker;
    struct reading *reading = c->watch.reading;
    c->watch.reading = NULL;
    if (reading == NULL)
        return;
    give_up(reading);
    explicit_bzero(reading->resume_key, sizeof reading->resume_key);
    if (worker->free_reading_count == READINGS_KEPT) {
        free(reading);
        return;
    }
    reading->next = worker->free_readings;
    worker->free_readings = reading;
    worker->free_reading_count++;
}

void watch_forget(struct worker *worker)
{
    for (struct reading *reading = worker->free_readings, *next; reading != NULL; reading = next) {
        next = reading->next;
        free(reading);
    }
    worker->free_readings = NULL;
}

/* The session that the request's path names, or NULL. */
static const struct affinity_key *named(const struct conn *c)
{
    return c->watch.names ? &c->watch.named : NULL;
}

static bool is_plain(const struct head *head)
{
    struct slice coding = head_named(head, SLICE("Content-Encoding"));
    return coding.len == 0 || slice_equal_nocase(coding, SLICE("identity"));
}

static bool is_ok(unsigned status)
{
    return status >= 200 && status < 300;
}

/* The connection's requests belong to the bot of this session from this one on. */
static void note_share(struct conn *c)
{
    struct note_share *note = (struct note_share *)conn_note(c, NOTE_SHARE, sizeof *note);
    if (note == NULL)
        return;
    size_t own = c->in->end - c->head_start; /* this request, as far as it is there */
    note->session = watch_key(&c->watch.named);
    note->bytes_in = c->bytes_in - own;
    note->bytes_out = c->bytes_out;
    note->requests = c->requests - 1;
}

/* The words that Lavalink takes for true; Python's is "True". */
static bool is_yes(struct slice value)
{
    static const char *const words[] = {"true", "1", "yes", "on"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_equal_nocase(value, slice_of(words[i])))
            return true;
    return false;
}

static bool asks_no_replace(struct slice target, struct slice path)
{
    const struct slice name = SLICE("noReplace=");
    struct slice query = {target.ptr + path.len, target.len - path.len};
    struct slice part;
    if (query.len > 0 && query.ptr[0] == '?') {
        query.ptr++;
        query.len--;
    }
    while (slice_next(&query, '&', &part))
        if (slice_starts(part, name))
            return is_yes((struct slice){part.ptr + name.len, part.len - name.len});
    return false;
}

static bool is_patch(const struct conn *c)
{
    return c->watch.route == ROUTE_PLAYER_PATCH || c->watch.route == ROUTE_SESSION_PATCH;
}

void watch_rest_begin(struct conn *c, const struct head *head, struct slice path,
                      const struct affinity_key *session)
{
    struct watch *watch = &c->watch;
    reading_free(c);
    watch->route = (uint8_t)rest_route_of(head->method, path, &watch->guild);
    watch->status = 0;
    watch->no_channel = false;
    watch->names = affinity_is_key(session);
    if (watch->names && memcmp(&watch->named, session, sizeof *session) != 0) {
        watch->named = *session;
        note_share(c);
    }
    if (!is_patch(c))
        return;
    watch->no_replace = asks_no_replace(head->target, path);
    if (!c->request.done && is_plain(head))
        watch->reading = reading_new(c);
    else if (!c->request.done)
        watch_blind(c, BLIND_BODY);
    if (watch->reading == NULL && watch->route == ROUTE_SESSION_PATCH)
        affinity_resumable(watch_affinity(c), session, true); /* not read, so the safe guess */
}

/* A request that is sent again is read again, but told once. */
void watch_send(struct conn *c)
{
    struct reading *reading = c->watch.reading;
    if (reading == NULL || reading->told)
        return;
    reading->over = false;
    rest_begin(&reading->reader,
               c->watch.route == ROUTE_PLAYER_PATCH ? REST_ASKS_PLAYER : REST_ASKS_SESSION,
               c->version, c->worker->shared->seed);
}

static void note_ask(struct conn *c, const struct rest_said *said)
{
    struct note_ask *note = watch_note_ask(c, named(c), c->watch.guild, &said->player);
    c->watch.no_channel = said->no_channel;
    if (note == NULL)
        return;
    note->note.at_us = (int64_t)(c->watch.asked_at * 1e6);
    note->track = said->track;
    note->voice = said->voice;
    note->no_replace = c->watch.no_replace;
}

static void take_resuming(struct reading *reading, const struct rest_said *said)
{
    if (said->says_resuming) {
        reading->says_resuming = true;
        reading->resuming = said->resuming;
    }
    if (said->timeout >= 0)
        reading->timeout = said->timeout;
    if (!reading->of_answer)
        memcpy(reading->resume_key, said->resume_key, sizeof reading->resume_key);
}

static void take_player(struct conn *c, const struct rest_said *said)
{
    if (said->guild == 0)
        return;
    watch_note_player(c, named(c), said->guild, &said->player, said->track == 0);
    if (said->track == 1)
        watch_note_track(c, NOTE_TRACK_START, named(c), said->guild, &said->said, true);
}

static void take_load(struct conn *c, struct reading *reading, const struct rest_said *said)
{
    if (c->version == 3 && said->said.decoded && said->said.hash != 0)
        watch_note_track(c, NOTE_TITLE, named(c), 0, &said->said, true);
    if (said->load_type < LOAD_COUNT)
        reading->load_type = (uint8_t)said->load_type;
    memcpy(reading->message, said->message, sizeof reading->message);
}

static void take(struct conn *c, struct reading *reading, const struct rest_said *said)
{
    switch (reading->reader.body) {
    case REST_ASKS_PLAYER:
        note_ask(c, said);
        break;
    case REST_ASKS_SESSION:
        take_resuming(reading, said);
        break;
    case REST_SAYS_PLAYER:
        take_player(c, said);
        break;
    case REST_SAYS_LOAD:
        take_load(c, reading, said);
        break;
    case REST_SAYS_ERROR:
        memcpy(reading->message, said->message, sizeof reading->message);
        break;
    }
}

/* The body is complete, or nothing of the rest matters. What is whole and says nothing of the kind
 * is no reason to complain. */
static void end_body(struct conn *c, struct reading *reading, bool whole)
{
    struct rest_said said;
    if (reading->over)
        return;
    reading->over = true;
    reading->told = true;
    whole = whole || skim_end(&reading->reader.skim);
    if (rest_end(&reading->reader, &said))
        take(c, reading, &said);
    else if (!whole)
        watch_blind(c, BLIND_BODY);
}

static void feed(struct conn *c, struct reading *reading, struct slice bytes)
{
    struct rest_said said;
    while (!reading->over) {
        enum rest_result result = rest_next(&reading->reader, &bytes, &said);
        switch (result) {
        case REST_SAID:
            take(c, reading, &said);
            continue;
        case REST_ENOUGH:
        case REST_BROKEN:
            end_body(c, reading, result == REST_ENOUGH);
            return;
        case REST_MORE:
            return;
        }
    }
}

void watch_content(struct conn *c, const struct framing *f, struct slice content)
{
    struct reading *reading = c->watch.reading;
    if (reading->over || reading->of_answer != (f == &c->response))
        return;
    feed(c, reading, content);
    if (f->done)
        end_body(c, reading, false);
}

/* A 2xx to the PATCH of a session: what was asked for holds. */
static void learn_resuming(struct conn *c, const struct reading *reading)
{
    struct affinity *affinity = watch_affinity(c);
    const struct affinity_key *session = &c->watch.named;
    uint64_t user;
    if (reading->says_resuming)
        affinity_resumable(affinity, session, reading->resuming);
    if (reading->says_resuming && !reading->resuming)
        affinity_timeout(affinity, session, 0);
    else if (reading->timeout >= 0)
        affinity_timeout(affinity, session, reading->timeout);
    int slot = affinity_find(affinity, session, c->worker->now, &user);
    if (slot >= 0 && c->version == 3 && reading->resume_key[0] != '\0') {
        struct affinity_key key = affinity_resume(affinity, user, slice_of(reading->resume_key));
        affinity_join(affinity, session, &key, c->worker->now);
    }
}

/* Whether the body of this answer says something worth reading, and what. */
static bool body_of(const struct conn *c, const struct head *head, enum rest_body *body)
{
    if (head->status >= 400) {
        struct slice type = head_named(head, SLICE("Content-Type"));
        *body = REST_SAYS_ERROR;
        return slice_search_nocase(type, SLICE("json")) < type.len;
    }
    if (!is_ok(head->status))
        return false;
    switch ((enum rest_route)c->watch.route) {
    case ROUTE_LOADTRACKS:
        *body = REST_SAYS_LOAD;
        return true;
    case ROUTE_PLAYER_PATCH:
    case ROUTE_PLAYER_GET:
        *body = REST_SAYS_PLAYER;
        return true;
    case ROUTE_SESSION_PATCH:
        *body = REST_ASKS_SESSION;
        return true;
    default:
        return false;
    }
}

static void read_answer(struct conn *c, const struct head *head)
{
    struct watch *watch = &c->watch;
    enum rest_body body;
    if (watch->reading != NULL)
        give_up(watch->reading);
    if (c->response.done || !body_of(c, head, &body))
        return;
    if (!is_plain(head)) {
        watch_blind(c, BLIND_BODY);
        return;
    }
    if (watch->reading == NULL)
        watch->reading = reading_new(c);
    if (watch->reading == NULL)
        return;
    rest_begin(&watch->reading->reader, body, c->version, c->worker->shared->seed);
    watch->reading->of_answer = true;
    watch->reading->over = false;
}

void watch_answer(struct conn *c)
{
    const struct head *head = &c->worker->head;
    struct watch *watch = &c->watch;
    if (c->websocket)
        return;
    watch->status = (uint16_t)head->status;
    watch->took_us = watch_took(c);
    if (is_ok(head->status)) {
        if (watch->route == ROUTE_SESSION_PATCH && watch->reading != NULL && watch->reading->told)
            learn_resuming(c, watch->reading);
        if (watch->route == ROUTE_PLAYER_DELETE)
            watch_note_gone(c, named(c), watch->guild);
    }
    read_answer(c, head);
}

static void note_request(struct conn *c, unsigned status, bool by_node)
{
    const struct watch *watch = &c->watch;
    const struct reading *reading = watch->reading;
    if (watch->route != ROUTE_LOADTRACKS && watch->route != ROUTE_PLAYER_PATCH && status < 400)
        return;
    struct slice message = slice_of(reading != NULL ? reading->message : "");
    size_t size = offsetof(struct note_request, message.bytes) + report_text_fit(message);
    struct note_request *note = (struct note_request *)conn_note(c, NOTE_REQUEST, size);
    if (note == NULL)
        return;
    note->client = c->client;
    note->session = watch_key(named(c));
    note->guild = watch->guild;
    note->took_us = by_node ? watch->took_us : watch_took(c);
    note->status = (uint16_t)status;
    note->route = watch->route;
    note->load_type = reading != NULL ? reading->load_type : LOAD_COUNT;
    note->no_channel = watch->no_channel;
    note->by_node = by_node;
    report_text_set(&note->message, message);
}

void watch_rest_refused(struct conn *c, unsigned status)
{
    c->watch.status = 0;
    if (c->watch.reading != NULL) {
        /* What the node had begun to say was not passed on. */
        c->watch.reading->message[0] = '\0';
        c->watch.reading->load_type = LOAD_COUNT;
    }
    note_request(c, status, false);
    reading_free(c);
}

void watch_done(struct conn *c)
{
    struct watch *watch = &c->watch;
    if (watch->reading != NULL && watch->reading->of_answer) {
        if (c->response.done)
            end_body(c, watch->reading, false);
        else
            give_up(watch->reading);
    }
    if (watch->status != 0) {
        const struct reading *reading = watch->reading;
        if (watch->route == ROUTE_SESSION_PATCH && is_ok(watch->status) && reading != NULL &&
            (reading->says_resuming || reading->timeout >= 0))
            watch_note_resuming(c, named(c), reading->says_resuming ? reading->resuming : -1,
                                reading->timeout);
        note_request(c, watch->status, true);
    }
    watch->status = 0;
    reading_free(c);
}
