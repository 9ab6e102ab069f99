/*
 * What the tests of the book of bots share: visitors that open connections, one call per thing that
 * they do.
 */
#ifndef STATS_VISITS_SUPPORT_H
#define STATS_VISITS_SUPPORT_H

#include "stats_books.h"

/* One connection and what it says of itself. */
struct visit {
    uint64_t id;
    unsigned ip;
    const char *user, *client, *agent;
    uint64_t bytes; /* moved in until now; twice as much out */
};

static inline struct report_info info_of(const struct visit *visit, enum conn_kind kind)
{
    return (struct report_info){.id = visit->id,
                                .client = ip(visit->ip),
                                .opened_ms = START_MS,
                                .kind = (uint8_t)kind,
                                .version = 4,
                                .backend = 1,
                                .user_id = text_of(visit->user ? visit->user : ""),
                                .client_name = text_of(visit->client ? visit->client : ""),
                                .user_agent = text_of(visit->agent ? visit->agent : "")};
}

static inline struct note_handshake handshake_of(const struct visit *visit)
{
    return (struct note_handshake){.note = {.backend = 1, .version = 4, .conn = visit->id},
                                   .client = ip(visit->ip),
                                   .status = 101,
                                   .by_node = true,
                                   .user_id = text_of(visit->user ? visit->user : ""),
                                   .client_name = text_of(visit->client ? visit->client : ""),
                                   .user_agent = text_of(visit->agent ? visit->agent : "")};
}

static inline void moves(struct books *books, const struct visit *visit, uint32_t requests)
{
    enter_tick(books, (struct report_tick){.id = visit->id,
                                           .bytes_in = visit->bytes,
                                           .bytes_out = visit->bytes * 2,
                                           .requests = requests,
                                           .messages = requests});
}

static inline void opens_rest(struct books *books, const struct visit *visit)
{
    enter_info(books, info_of(visit, CONN_REST));
    moves(books, visit, 1);
}

/* A WebSocket that stands, its node's `ready` with session `key`. */
static inline void opens(struct books *books, const struct visit *visit, uint64_t key)
{
    struct note_handshake handshake = handshake_of(visit);
    struct note_session session = {.note = {.backend = 1, .version = 4, .conn = visit->id},
                                   .session = {{key, key}},
                                   .shown = "k7..q2"};
    enter_info(books, info_of(visit, CONN_WEBSOCKET));
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    ENTER_NOTE(books, NOTE_SESSION, session);
    moves(books, visit, 1);
}

static inline void ends(struct books *books, const struct visit *visit, enum conn_kind kind)
{
    enter_closed(books, (struct report_closed){.id = visit->id,
                                               .client = ip(visit->ip),
                                               .opened_ms = START_MS,
                                               .bytes_in = visit->bytes,
                                               .bytes_out = visit->bytes * 2,
                                               .requests = 1,
                                               .messages = 1,
                                               .reason = CLOSE_CLIENT,
                                               .kind = (uint8_t)kind,
                                               .version = 4,
                                               .backend = 1});
}

static inline void shares(struct books *books, const struct visit *visit, uint64_t key)
{
    struct note_share share = {.note = {.backend = 1, .version = 4, .conn = visit->id},
                               .session = {{key, key}},
                               .bytes_in = visit->bytes,
                               .bytes_out = visit->bytes * 2,
                               .requests = 1};
    ENTER_NOTE(books, NOTE_SHARE, share);
}

static inline unsigned lines_with(const struct snap *snap, const char *text)
{
    unsigned count = 0;
    for (unsigned i = 0; i < snap->event_count; i++)
        count += strstr(snap->events[i].text, text) != NULL;
    return count;
}

/* The sum over bots and nobody is everything. */
static inline void assert_sums(const struct snap *snap)
{
    uint64_t in = snap->nobody_bytes_in, out = snap->nobody_bytes_out;
    uint64_t messages = snap->nobody_messages;
    assert_true(in <= snap->bytes_in && out <= snap->bytes_out && messages <= snap->messages);
    for (unsigned i = 0; i < snap->bot_count; i++) {
        assert_true(snap->bots[i].bytes_in <=
                    snap->bytes_in); /* sums that wrapped would agree too */
        assert_true(snap->bots[i].bytes_out <= snap->bytes_out);
        assert_true(snap->bots[i].messages <= snap->messages);
        in += snap->bots[i].bytes_in;
        out += snap->bots[i].bytes_out;
        messages += snap->bots[i].messages;
    }
    assert_int_equal(in, snap->bytes_in);
    assert_int_equal(out, snap->bytes_out);
    assert_int_equal(messages, snap->messages);
}

#endif
