/*
 * What the tests of the book of players share: a bot, its sessions on sockets, and one call per
 * kind of note.
 */
#ifndef STATS_PLAYERS_SUPPORT_H
#define STATS_PLAYERS_SUPPORT_H

#include "stats_books.h"

#include "stats/books.h"

#define NODE_3 0 /* slots of the books */
#define NODE_4 1
#define FIRST_US INT64_C(5000000000)

struct world {
    struct books *books;
    struct ledger *ledger;
    struct bot *bot;
    int64_t now_us; /* of the notes */
};

static inline struct world world_of(void **state)
{
    struct books *books = *state;
    struct world world = {.books = books, .ledger = books->ledger, .now_us = FIRST_US};
    struct addr client = ip(1);
    world.bot = bots_get(world.ledger, &client, "81000", "Bot/1.0", "", FIRST_US, books->now);
    assert_non_null(world.bot);
    world.ledger->players.wall_us = START_MS * 1000 - FIRST_US;
    return world;
}

static inline struct bot *other_bot(struct world *world, const char *user_id)
{
    struct addr client = ip(2);
    return bots_get(world->ledger, &client, user_id, "Other", "", FIRST_US, world->books->now);
}

static inline void opens(struct world *world, uint64_t conn, uint8_t slot)
{
    enter_info(world->books, (struct report_info){.id = conn,
                                                  .client = ip(1),
                                                  .kind = CONN_WEBSOCKET,
                                                  .version = slot == NODE_3 ? 3 : 4,
                                                  .backend = slot});
}

static inline void closes(struct world *world, uint64_t conn)
{
    enter_closed(world->books, (struct report_closed){.id = conn,
                                                      .client = ip(1),
                                                      .reason = CLOSE_CLIENT,
                                                      .kind = CONN_WEBSOCKET,
                                                      .backend = NODE_4});
}

/* Where and when a note was seen: half a second after the one before, if nothing else is said. */
static inline struct note head_of(struct world *world, enum note_kind kind, uint64_t conn,
                                  uint8_t slot)
{
    world->now_us += 500000;
    return (struct note){.kind = (uint8_t)kind,
                         .backend = slot,
                         .version = slot == NODE_3 ? 3 : 4,
                         .conn = conn,
                         .at_us = world->now_us};
}

static inline void enter_note(struct world *world, const struct note *note)
{
    players_note(world->ledger, world->bot, note, world->books->now);
}

static inline struct note_key key_of(uint64_t session)
{
    return (struct note_key){{session, session}};
}

static inline void session_begins(struct world *world, uint64_t conn, uint8_t slot,
                                  uint64_t session, bool resumed)
{
    struct note_session note = {.note = head_of(world, NOTE_SESSION, conn, slot),
                                .session = key_of(session),
                                .resumed = resumed,
                                .took_us = 40000,
                                .shown = "k7..q2"};
    enter_note(world, &note.note);
}

static inline void may_resume(struct world *world, uint64_t session, double timeout)
{
    struct note_resuming note = {.note = head_of(world, NOTE_RESUMING, 900, NODE_4),
                                 .session = key_of(session),
                                 .resuming = 1,
                                 .timeout = timeout};
    enter_note(world, &note.note);
}

static inline struct note_ask ask_of(struct world *world, uint8_t slot, uint64_t session,
                                     uint64_t guild)
{
    return (struct note_ask){.note = head_of(world, NOTE_ASK, 900, slot),
                             .session = key_of(session),
                             .guild = guild,
                             .position_ms = NOTE_UNSAID,
                             .volume = -1,
                             .paused = -1,
                             .track = -1};
}

static inline void plays(struct world *world, uint8_t slot, uint64_t session, uint64_t guild)
{
    struct note_ask note = ask_of(world, slot, session, guild);
    note.track = 1;
    enter_note(world, &note.note);
}

static inline void updates(struct world *world, uint64_t conn, uint8_t slot, uint64_t guild,
                           int64_t position_ms)
{
    struct note_player note = {.note = head_of(world, NOTE_PLAYER, conn, slot),
                               .guild = guild,
                               .position_ms = position_ms,
                               .volume = -1,
                               .ping = 23,
                               .paused = -1,
                               .connected = 1};
    enter_note(world, &note.note);
}

struct song {
    const char *title;
    uint64_t hash;
    bool opaque, by_answer;
};

static inline void told(struct world *world, const struct note *head, uint64_t session,
                        uint64_t guild, struct song song)
{
    char memory[512] = {0};
    struct note_track *note = (void *)memory;
    size_t len = strlen(song.title);
    note->note = *head;
    note->session = key_of(session);
    note->guild = guild;
    note->hash = song.hash;
    note->decoded = !song.opaque;
    note->by_answer = song.by_answer;
    note->length_ms = song.opaque ? 0 : 200000;
    note->title_len = (uint8_t)len;
    note->author_len = 6;
    note->source_len = 7;
    memcpy(note->texts, song.title, len);
    memcpy(note->texts + len + 1, "author", 6);
    memcpy(note->texts + len + 8, "youtube", 7);
    enter_note(world, &note->note);
}

static inline void starts(struct world *world, uint64_t conn, uint8_t slot, uint64_t guild,
                          struct song song)
{
    struct note head = head_of(world, NOTE_TRACK_START, conn, slot);
    told(world, &head, 0, guild, song);
}

static inline void track_ends(struct world *world, uint64_t conn, uint8_t slot, uint64_t guild,
                              enum track_end end)
{
    struct note_end note = {
        .note = head_of(world, NOTE_TRACK_END, conn, slot), .guild = guild, .end = (uint8_t)end};
    enter_note(world, &note.note);
}

static inline void destroyed(struct world *world, uint8_t slot, uint64_t session, uint64_t guild)
{
    struct note_guild note = {
        .note = head_of(world, NOTE_GONE, 900, slot), .session = key_of(session), .guild = guild};
    enter_note(world, &note.note);
}

static inline void answered(struct world *world, uint64_t session, uint64_t guild, uint16_t status)
{
    struct note_request note = {.note = head_of(world, NOTE_REQUEST, 900, NODE_4),
                                .session = key_of(session),
                                .guild = guild,
                                .took_us = 30000,
                                .status = status,
                                .route = ROUTE_PLAYER_PATCH,
                                .load_type = LOAD_COUNT};
    enter_note(world, &note.note);
}

/* All sums say the same. */
static inline void check_sums(const struct snap *snap)
{
    unsigned at = 0, playing = 0, seen = 0;
    for (unsigned i = 0; i < snap->bot_count; i++) {
        const struct snap_bot *bot = &snap->bots[i];
        unsigned plays_here = 0;
        assert_int_equal(bot->first_player, at);
        for (unsigned j = 0; j < bot->players; j++, at++) {
            assert_true(at < snap->player_count);
            assert_int_equal(snap->players[at].bot, bot->id);
            assert_true(j == 0 || snap->players[at - 1].guild < snap->players[at].guild);
            plays_here += snap_player_is_playing(&snap->players[at]);
        }
        assert_int_equal(bot->playing, plays_here);
        playing += plays_here;
    }
    assert_int_equal(at, snap->player_count);
    assert_int_equal(playing, snap->playing_count);
    for (unsigned i = 0; i < snap->backend_count; i++)
        seen += snap->backends[i].seen_players;
    assert_true(seen <= snap->player_count);
}

static inline const struct snap *draw(struct world *world)
{
    const struct snap *snap = next_second(world->books);
    check_sums(snap);
    return snap;
}

static inline unsigned count_of(struct world *world)
{
    const struct snap *snap = draw(world);
    unsigned count = snap->player_count;
    snap_put(snap);
    return count;
}

/* A session on a socket, with a guild that plays. */
static inline void begin_playing(struct world *world, uint64_t conn, uint64_t session,
                                 uint64_t guild)
{
    opens(world, conn, NODE_4);
    session_begins(world, conn, NODE_4, session, false);
    plays(world, NODE_4, session, guild);
    starts(world, conn, NODE_4, guild, (struct song){"Rick", 7, false, false});
}

#endif
