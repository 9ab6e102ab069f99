/*
 * What joins a connection to a bot: its handshake, a session in a path, an IP; and sums that are
 * exact whatever joins when.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats_visits.h"

#define CROWD 2000
#define GONE_SECONDS 600 /* how long a bot without a socket stays */

static void a_session_in_the_path_joins_a_connection(void **state)
{
    struct books *books = *state;
    struct visit a = {1, 1, "7", "Melody", NULL, 1000}, b = {2, 2, "8", "Rhythm", NULL, 2000};
    struct visit rest = {3, 3, NULL, NULL, "node", 100};
    opens(books, &a, 1);
    opens(books, &b, 2);
    opens_rest(books, &rest);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->nobody_bytes_in, 100);
    assert_int_equal(snap->conns[2].bot, 0);
    assert_sums(snap);
    snap_put(snap);

    /* What was nobody's comes along. */
    rest.bytes = 150;
    shares(books, &rest, 1);
    snap = next_second(books);
    assert_int_equal(snap->conns[2].bot, snap->bots[0].id);
    assert_int_equal(snap->bots[0].bytes_in, 1100);
    assert_int_equal(snap->bots[0].connections, 2);
    assert_int_equal(snap->nobody_bytes_in, 0);
    assert_sums(snap);
    snap_put(snap);

    /* What it moved for another bot stays there. */
    rest.bytes = 180;
    shares(books, &rest, 2);
    rest.bytes = 300;
    moves(books, &rest, 2);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].bytes_in, 1180);
    assert_int_equal(snap->bots[0].bytes_out, 2360);
    assert_int_equal(snap->bots[1].bytes_in, 2120);
    assert_int_equal(snap->bots[0].connections, 1);
    assert_int_equal(snap->bots[1].connections, 2);
    assert_int_equal(snap->bots[1].history->in[SERIES_SECONDS - 1], 120);
    assert_sums(snap);
    snap_put(snap);

    rest.bytes = 301;
    ends(books, &rest, CONN_REST);
    snap = next_second(books);
    assert_int_equal(snap->bots[1].bytes_in, 2121);
    assert_int_equal(snap->bots[1].connections, 1);
    assert_sums(snap);
    snap_put(snap);
}

static void an_ip_of_one_bot_alone_joins_a_connection(void **state)
{
    struct books *books = *state;
    struct visit a = {1, 1, "7", "Melody", NULL, 1000}, b = {2, 1, "8", "Rhythm", NULL, 2000};
    struct visit early = {3, 1, NULL, NULL, "node", 100}, late = {4, 1, NULL, NULL, "node", 10};
    struct visit whole = {5, 1, NULL, NULL, "node", 1};
    /* It moves nothing more before the bot is there. */
    opens_rest(books, &early);
    opens(books, &a, 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].bytes_in, 1100);
    assert_int_equal(snap->nobody_bytes_in, 0);
    snap_put(snap);
    early.bytes = 200;
    moves(books, &early, 2);
    ends(books, &whole, CONN_REST);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].bytes_in, 1201);
    assert_int_equal(snap->bots[0].requests, 3);
    assert_int_equal(snap->nobody_bytes_in, 0);
    assert_int_equal(snap->bots[0].history->in[SERIES_SECONDS - 2], 1100);
    assert_int_equal(snap->bots[0].history->in[SERIES_SECONDS - 1], 101);
    assert_sums(snap);
    snap_put(snap);

    /* Of two none is it; and a guess gives way to a session, with all that it brought. */
    opens(books, &b, 2);
    opens_rest(books, &late);
    shares(books, &early, 2);
    snap = next_second(books);
    assert_int_equal(snap->nobody_bytes_in, 10);
    assert_int_equal(snap->bots[0].bytes_in, 1001);
    assert_int_equal(snap->bots[1].bytes_in, 2200);
    assert_sums(snap);
    snap_put(snap);
}

/* REST on one worker and its WebSocket on another: their notes come in any order. */
static void notes_that_come_too_early_wait(void **state)
{
    struct books *books = *state;
    struct visit socket = {1, 1, "7", "Melody", NULL, 1000};
    struct visit rest = {2, 9, NULL, NULL, "node", 100};
    struct note_handshake handshake = handshake_of(&socket);
    struct note_session session = {.note = {.conn = 1}, .session = {{1, 1}}, .shown = "k7..q2"};
    struct note_request request = {.note = {.conn = 2},
                                   .session = {{1, 1}},
                                   .status = 404,
                                   .route = ROUTE_PLAYER_PATCH,
                                   .load_type = LOAD_COUNT,
                                   .by_node = true};
    /* A batch of the second worker, sent before its report: neither session nor connection. */
    shares(books, &rest, 1);
    ENTER_NOTE(books, NOTE_REQUEST, request);
    rest.bytes = 130;
    opens_rest(books, &rest);
    /* The first one's notes before its connection. */
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    ENTER_NOTE(books, NOTE_SESSION, session);
    enter_info(books, info_of(&socket, CONN_WEBSOCKET));
    moves(books, &socket, 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(snap->bots[0].sockets, 1);
    assert_string_equal(snap->bots[0].session, "k7..q2");
    assert_int_equal(snap->bots[0].connections, 2);
    assert_int_equal(snap->bots[0].bytes_in, 1130);
    assert_int_equal(snap->bots[0].trouble->client_errors[ROUTE_PLAYER_PATCH], 1);
    assert_sums(snap);
    snap_put(snap);

    /* What nothing more is told of is not waited for longer than to the second's end. */
    request.session.half[0] = 77;
    ENTER_NOTE(books, NOTE_REQUEST, request);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].trouble->client_errors[ROUTE_PLAYER_PATCH], 2);
    snap_put(snap);
}

/* Two bots share a connection, and the first one's session is known last. */
static void an_older_owner_does_not_take_over(void **state)
{
    struct books *books = *state;
    struct visit a = {1, 1, "7", "Melody", NULL, 10}, b = {2, 2, "8", "Rhythm", NULL, 10};
    struct visit rest = {3, 9, NULL, NULL, NULL, 100};
    struct note_share of_a = {.note = {.conn = 3}, .session = {{1, 1}}, .requests = 0};
    struct note_share of_b = {
        .note = {.conn = 3}, .session = {{2, 2}}, .bytes_in = 40, .bytes_out = 80, .requests = 1};
    opens(books, &b, 2);
    enter_info(books, info_of(&rest, CONN_REST));
    ENTER_NOTE(books, NOTE_SHARE, of_a);
    ENTER_NOTE(books, NOTE_SHARE, of_b);
    moves(books, &rest, 2);
    opens(books, &a, 1);
    const struct snap *snap = next_second(books);
    assert_string_equal(snap->bots[0].name, "Rhythm");
    assert_int_equal(snap->bots[0].connections, 2);
    assert_int_equal(snap->bots[0].bytes_in, 110);
    assert_int_equal(snap->bots[1].bytes_in, 10);
    assert_sums(snap);
    snap_put(snap);
}

/* All bots come back within a second: what a worker sends early, before it tells of connections,
 * may be much. */
static void a_crowd_that_comes_at_once_is_sorted_out(void **state)
{
    struct books *books = *state;
    static struct note_batch batch;
    static char users[CROWD][8];
    struct report_info infos[CROWD];
    struct visit visits[CROWD];
    batch.len = 0;
    for (unsigned i = 0; i < CROWD; i++) {
        snprintf(users[i], sizeof(users[i]), "u%u", i);
        visits[i] = (struct visit){i + 1, i, users[i], "Melody", NULL, 10};
        struct note_handshake handshake = handshake_of(&visits[i]);
        struct note_session session = {.note = {.conn = i + 1}, .session = {{i + 1, 1}}};
        infos[i] = info_of(&visits[i], CONN_WEBSOCKET);
        if (batch.len + sizeof(handshake) + sizeof(session) > NOTE_BATCH_BYTES)
            enter_notes(books, &batch);
        add_note(&batch, NOTE_HANDSHAKE, &handshake, sizeof(handshake));
        add_note(&batch, NOTE_SESSION, &session, sizeof(session));
    }
    enter(books, &(struct report){.tick = 1, .notes = &batch, .infos = infos, .info_count = CROWD});
    for (unsigned i = 0; i < CROWD; i++)
        moves(books, &visits[i], 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, CROWD);
    assert_int_equal(snap->bots_gone, 0);
    assert_int_equal(snap->nobody_bytes_in, 0);
    for (unsigned i = 0; i < CROWD; i++)
        assert_int_equal(snap->bots[i].sockets, 1);
    assert_sums(snap);
    snap_put(snap);
}

/* One report has all that there ever was of it: the owner is found all the same. */
static void a_short_lived_connection_joins_its_session(void **state)
{
    struct books *books = *state;
    static struct note_batch batch;
    struct visit socket = {1, 1, "7", "Melody", NULL, 1000};
    struct note_share share = {.note = {.conn = 2}, .session = {{1, 1}}};
    struct report_closed closed = {
        .id = 2, .client = ip(9), .bytes_in = 30, .requests = 2, .messages = 2, .kind = CONN_REST};
    closed.answers[2] = 1;
    closed.answers[4] = 1;
    opens(books, &socket, 1);
    batch.len = 0;
    add_note(&batch, NOTE_SHARE, &share, sizeof(share));
    enter(books, &(struct report){.notes = &batch, .closed = &closed, .closed_count = 1});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->opened, 2);
    assert_int_equal(snap->bots[0].bytes_in, 1030);
    assert_int_equal(snap->bots[0].requests, 2);
    assert_int_equal(snap->bots[0].answers[2], 1);
    assert_int_equal(snap->bots[0].answers[4], 1);
    assert_int_equal(snap->bots[0].connections, 1);
    assert_int_equal(lines_with(snap, "#2"), 0);
    assert_sums(snap);
    snap_put(snap);
}

static void ipv6_hosts_of_one_net_are_one_place(void **state)
{
    struct books *books = *state;
    struct visit visit = {1, 1, "7", "Melody", NULL, 10}, rest = {2, 1, NULL, NULL, NULL, 5};
    struct report_info info = info_of(&visit, CONN_WEBSOCKET), other = info_of(&rest, CONN_REST);
    struct note_handshake handshake = handshake_of(&visit);
    info.client = (struct addr){.family = 6, .bytes = {0x20, 1, [15] = 1}};
    other.client = (struct addr){.family = 6, .bytes = {0x20, 1, [15] = 2}};
    handshake.client = info.client;
    enter_info(books, info);
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    enter_info(books, other);
    moves(books, &rest, 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].connections, 2);
    snap_put(snap);
}

/* Visitors do this and that in an order that a simple generator makes up. */
static uint32_t dice(uint32_t *state, uint32_t sides)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % sides;
}

struct party {
    struct visit visits[12];
    enum conn_kind kinds[12]; /* CONN_NEW: not there */
    char users[4][4];
    uint64_t last_id;
    uint32_t seed;
};

static void party_turn(struct books *books, struct party *party)
{
    unsigned at = dice(&party->seed, 12);
    struct visit *visit = &party->visits[at];
    enum conn_kind *kind = &party->kinds[at];

    if (*kind == CONN_NEW) {
        *visit = (struct visit){.id = ++party->last_id, .ip = dice(&party->seed, 3)};
        *kind = dice(&party->seed, 3) ? CONN_REST : CONN_WEBSOCKET;
        visit->user = *kind == CONN_WEBSOCKET ? party->users[dice(&party->seed, 4)] : NULL;
        visit->bytes = dice(&party->seed, 1000);
        if (*kind == CONN_REST && dice(&party->seed, 4))
            opens_rest(books, visit);
        else if (*kind == CONN_WEBSOCKET)
            opens(books, visit, 1 + dice(&party->seed, 6));
        return; /* else it is one that nothing was told of yet */
    }
    visit->bytes += dice(&party->seed, 1000);
    switch (dice(&party->seed, 4)) {
    case 0:
        ends(books, visit, *kind);
        *kind = CONN_NEW;
        break;
    case 1:
        if (*kind == CONN_REST)
            shares(books, visit, 1 + dice(&party->seed, 8));
        break;
    default:
        moves(books, visit, 1 + dice(&party->seed, 2));
    }
}

static void a_party(struct books *books, uint32_t seed)
{
    struct party party = {.users = {"a", "b", "c", "d"}, .seed = seed};
    for (unsigned turn = 0; turn < 4000; turn++) {
        party_turn(books, &party);
        if (dice(&party.seed, 8) > 0)
            continue;
        unsigned seconds = dice(&party.seed, 200) == 0 ? GONE_SECONDS : 1;
        for (unsigned i = 0; i < seconds; i++) {
            const struct snap *snap = next_second(books);
            uint32_t of_bots = 0, connections = 0;
            assert_sums(snap);
            for (unsigned c = 0; c < snap->conn_count; c++)
                of_bots += snap->conns[c].bot != 0;
            for (unsigned b = 0; b < snap->bot_count; b++)
                connections += snap->bots[b].connections;
            assert_int_equal(of_bots, connections);
            snap_put(snap);
        }
    }
}

static void sums_hold_whatever_happens(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 8; seed++) {
        void *own = NULL;
        begin(&own);
        a_party(own, seed);
        end(&own);
    }
}

/* On connection 2. */
static const struct note_request a_search = {.note = {.backend = 1, .version = 4, .conn = 2},
                                             .took_us = 5000,
                                             .status = 200,
                                             .route = ROUTE_LOADTRACKS,
                                             .load_type = LOAD_SEARCH,
                                             .by_node = true};

/* It names no session, and the worker that has its bot's socket reports later. */
static void a_search_waits_for_the_bot_at_its_ip(void **state)
{
    struct books *books = *state;
    struct visit socket = {1, 9, "7", "Melody", NULL, 1000};
    struct visit rest = {2, 9, NULL, NULL, "node", 100};
    struct note_request search = a_search;
    opens_rest(books, &rest);
    ENTER_NOTE(books, NOTE_REQUEST, search);
    opens(books, &socket, 1);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 1);
    assert_int_equal(snap->bots[0].flows[FLOW_SEARCH].count, 1);
    assert_int_equal(snap->totals.flows[REPORT_VERSION_4][FLOW_SEARCH].count, 1);
    snap_put(snap);

    /* Its connection came and went between two reports, as without keep-alive. */
    search.note.conn = 4;
    search.client = ip(9);
    ENTER_NOTE(books, NOTE_REQUEST, search);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].flows[FLOW_SEARCH].count, 2);
    snap_put(snap);

    /* Where no bot comes it counts at its end. */
    rest.id = 3;
    rest.ip = 10;
    search.note.conn = 3;
    search.client = ip(10);
    opens_rest(books, &rest);
    ENTER_NOTE(books, NOTE_REQUEST, search);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].flows[FLOW_SEARCH].count, 2);
    assert_int_equal(snap->totals.flows[REPORT_VERSION_4][FLOW_SEARCH].count, 3);
    snap_put(snap);
}

/* The connection was taken for the only bot's of its IP; then another comes, whose it may be. */
static void a_guess_ends_when_another_bot_comes(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 9, "7", "Melody", NULL, 10}, second = {3, 9, "8", "Rhythm", NULL, 10};
    struct visit rest = {2, 9, NULL, NULL, NULL, 100};
    struct note_request search = a_search;
    opens(books, &first, 1);
    opens_rest(books, &rest);
    ENTER_NOTE(books, NOTE_REQUEST, search);
    opens(books, &second, 2);
    ENTER_NOTE(books, NOTE_REQUEST, search);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(snap->bots[i].flows[FLOW_SEARCH].count,
                         strcmp(snap->bots[i].name, "Melody") == 0);
    assert_int_equal(snap->totals.flows[REPORT_VERSION_4][FLOW_SEARCH].count, 2);
    snap_put(snap);
}

/* A v3 client asks for resuming in its first message, before the node's `ready`; the next session
 * begins without. */
static void what_is_said_of_resuming_counts_for_its_session(void **state)
{
    struct books *books = *state;
    struct visit visit = {1, 1, "7", "Melody", NULL, 10};
    struct note_handshake handshake = handshake_of(&visit);
    struct note_resuming resuming = {
        .note = {.conn = 1, .at_us = 1010}, .resuming = 1, .timeout = 60};
    struct note_session session = {
        .note = {.conn = 1, .at_us = 1020}, .session = {{1, 1}}, .took_us = 20};
    enter_info(books, info_of(&visit, CONN_WEBSOCKET));
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake);
    ENTER_NOTE(books, NOTE_RESUMING, resuming);
    ENTER_NOTE(books, NOTE_SESSION, session);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bots[0].resuming, 1);
    assert_true(snap->bots[0].resume_timeout == 60);
    snap_put(snap);

    session.note.at_us = 2000;
    session.session = (struct note_key){{2, 2}};
    ENTER_NOTE(books, NOTE_SESSION, session);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].resuming, -1);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(a_session_in_the_path_joins_a_connection),
        BOOKS(an_ip_of_one_bot_alone_joins_a_connection),
        BOOKS(notes_that_come_too_early_wait),
        BOOKS(an_older_owner_does_not_take_over),
        BOOKS(a_crowd_that_comes_at_once_is_sorted_out),
        BOOKS(a_short_lived_connection_joins_its_session),
        BOOKS(ipv6_hosts_of_one_net_are_one_place),
        BOOKS(a_search_waits_for_the_bot_at_its_ip),
        BOOKS(a_guess_ends_when_another_bot_comes),
        BOOKS(what_is_said_of_resuming_counts_for_its_session),
        cmocka_unit_test(sums_hold_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
