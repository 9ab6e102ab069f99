/*
 * The book of bots at its edges: words that come too late, notes that are lost, crowds of names.
 * Sums stay right, nobody stays who is gone, and memory is bounded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "stats_visits.h"

#include "stats/bots_join.h"
#include "stats/books.h"

#define GONE_SECONDS 600 /* how long a bot without a socket stays */

static void share_at(struct books *books, uint64_t conn, uint64_t key, uint64_t bytes,
                     uint32_t requests)
{
    struct note_share share = {.note = {.backend = 1, .version = 4, .conn = conn},
                               .session = {{key, key}},
                               .bytes_in = bytes,
                               .bytes_out = 2 * bytes,
                               .requests = requests};
    ENTER_NOTE(books, NOTE_SHARE, share);
}

/* What was moved before a connection's bot left the book is nobody's: words about it that come late
 * take nothing from whoever has the connection since. */
static void a_late_word_takes_nothing_that_is_nobodys(void **state)
{
    struct books *books = *state;
    struct visit first = {1, 1, "7", "Melody", NULL, 10}, rest = {2, 9, NULL, NULL, "node", 100};
    struct visit second = {3, 2, "8", "Rhythm", NULL, 10}, third = {4, 3, "9", "Blues", NULL, 10};
    opens(books, &first, 1);
    opens_rest(books, &rest);
    shares(books, &rest, 1);
    ends(books, &first, CONN_WEBSOCKET);
    for (unsigned i = 0; i <= GONE_SECONDS; i++)
        snap_put(next_second(books));
    opens(books, &second, 2);
    opens(books, &third, 3);
    rest.bytes = 5000;
    moves(books, &rest, 10);
    share_at(books, 2, 2, 1000, 6);
    share_at(books, 2, 3, 2000, 7);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 2);
    assert_sums(snap);
    snap_put(snap);
}

/* Who is in and comes under many names, each with many sessions and from many places, takes little
 * memory with all of them. */
static void many_names_with_many_sessions_are_bounded(void **state)
{
    struct books *books = *state;
    struct bot_book *book = &books->ledger->bots;
    uint64_t key = 0;
    char user[24];
    for (unsigned i = 0; i < 1200; i++) {
        snprintf(user, sizeof(user), "%u", 1000 + i);
        struct visit visit = {1 + i, i, user, NULL, NULL, 10};
        opens(books, &visit, ++key);
        struct row *row = row_get(books->ledger, visit.id);
        for (unsigned k = 0; k < BOT_SESSIONS_MAX; k++) {
            const struct note_key session = {{++key, 1}};
            bots_session(books->ledger, row->bot, &session);
        }
        for (unsigned k = 0; k < BOT_IPS_MAX; k++) {
            struct visit there = {10000 + k, k, user, NULL, NULL, 10};
            opens(books, &there, ++key);
            ends(books, &there, CONN_WEBSOCKET);
        }
    }
    assert_in_range(map_count(book->by_session), BOOK_CROWDED, BOOK_CROWDED + 1200 * BOT_FEW);
    assert_in_range(book->ip_count, BOOK_CROWDED, BOOK_CROWDED + 1200 * BOT_FEW);
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 1200);
    assert_sums(snap);
    snap_put(snap);
    for (unsigned i = 0; i < GONE_SECONDS; i++)
        ledger_tick(books->ledger);
    assert_int_equal(book->ip_count, 1200);
    snap = next_second(books);
    assert_int_equal(snap->bots[0].ips_total, 1);
    snap_put(snap);
}

/* A tunnel that came and went between two reports, and all notes of it were lost, or came before.
 */
static void a_short_tunnel_without_notes_ends(void **state)
{
    struct books *books = *state;
    struct visit early = {2, 2, "8", "Rhythm", NULL, 10};
    struct note_handshake handshake = handshake_of(&early);
    const char *const users[] = {"7", "8"}, *const names[] = {"Melody", "Rhythm"};
    ENTER_NOTE(books, NOTE_HANDSHAKE, handshake); /* its connection is not known yet */
    for (unsigned i = 0; i < 2; i++)
        enter_closed(books, (struct report_closed){.id = 1 + i,
                                                   .client = ip(1 + i),
                                                   .opened_ms = books->now,
                                                   .bytes_in = 500,
                                                   .bytes_out = 900,
                                                   .requests = 1,
                                                   .messages = 3,
                                                   .user_id = text_of(users[i]),
                                                   .client_name = text_of(names[i]),
                                                   .reason = CLOSE_CLIENT,
                                                   .kind = CONN_WEBSOCKET,
                                                   .version = 4,
                                                   .backend = 1});
    const struct snap *snap = next_second(books);
    assert_int_equal(snap->bot_count, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(snap->bots[i].sockets, 0);
        assert_true(snap->bots[i].gone_ms != 0);
        assert_int_equal(snap->bots[i].handshakes, 1);
        assert_int_equal(snap->bots[i].bytes_in, 500);
    }
    assert_sums(snap);
    snap_put(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOKS(a_late_word_takes_nothing_that_is_nobodys),
        BOOKS(many_names_with_many_sessions_are_bounded),
        BOOKS(a_short_tunnel_without_notes_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
