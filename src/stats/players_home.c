/*
 * The sessions that players live in. A node ends a session with its socket, and its players with
 * it, unless it may be resumed; then they play on until its time is over. A bot that comes back
 * without its session has lost it: one new session takes the place of one whose socket ended.
 * Reports tell of an end up to a second late, so the new one may well be known first.
 */
#include <stdlib.h>
#include <string.h>

#include "books.h"

#define TIMEOUT_DEFAULT 60.0 /* of Lavalink, in seconds */
#define TIMEOUT_MAX 604800.0 /* longer is believed to be this */
#define UNSEEN_MAX 4096      /* whoever names sessions of no bot's cannot fill the book */
#define TAKES_PLACE_SECONDS                                                                        \
    3 /* a new session is known at most so long before the old one's end                           \
       */

static bool is_key(const struct note_key *key)
{
    return key && (key->half[0] != 0 || key->half[1] != 0);
}

bool home_is(const struct player_home *a, const struct player_home *b)
{
    if (a == b)
        return true;
    /* One was met by its key, the other by its socket: it is one session, mostly. */
    bool halves = is_key(&a->key) != is_key(&b->key) && (a->conn == 0 || b->conn == 0);
    return halves && a->bot == b->bot && a->backend == b->backend;
}

static void stop_waiting(struct players *players, struct player_home *home)
{
    if (!home->waiting)
        return;
    *(home->prev_waiting ? &home->prev_waiting->next_waiting : &players->waiting) =
        home->next_waiting;
    if (home->next_waiting)
        home->next_waiting->prev_waiting = home->prev_waiting;
    home->waiting = false;
}

static uint32_t seconds_of(double timeout)
{
    if (!(timeout >= 0))
        timeout = TIMEOUT_DEFAULT;
    return (uint32_t)(timeout < TIMEOUT_MAX ? timeout : TIMEOUT_MAX) + 1;
}

static void wait(struct ledger *ledger, struct player_home *home, double timeout)
{
    struct players *players = &ledger->players;

    home->until_second = ledger->second + seconds_of(timeout);
    if (home->waiting)
        return;
    home->waiting = true;
    home->prev_waiting = NULL;
    home->next_waiting = players->waiting;
    if (players->waiting)
        players->waiting->prev_waiting = home;
    players->waiting = home;
}

static void set_unseen(struct players *players, struct player_home *home, bool unseen)
{
    players->unseen += unseen;
    players->unseen -= home->unseen;
    home->unseen = unseen;
}

static void home_free(struct ledger *ledger, struct player_home *home)
{
    struct players *players = &ledger->players;

    stop_waiting(players, home);
    set_unseen(players, home, false);
    if (is_key(&home->key))
        map_take(players->homes_by_key, &home->key);
    if (home->conn != 0)
        map_take(players->homes_by_conn, &home->conn);
    *(home->prev ? &home->prev->next : &home->bot->homes) = home->next;
    if (home->next)
        home->next->prev = home->prev;
    free(home);
}

void home_left(struct ledger *ledger, struct player_home *home)
{
    if (home->players == 0 && home->conn == 0 && !home->waiting)
        home_free(ledger, home);
}

/* It is over, and so are its players. */
static void home_ends(struct ledger *ledger, struct player_home *home)
{
    home->players++; /* so that it does not go with the last of them */
    players_drop(ledger, home);
    home_free(ledger, home);
}

static void leave_socket(struct players *players, struct player_home *home)
{
    if (home->conn != 0)
        map_take(players->homes_by_conn, &home->conn);
    home->conn = 0;
}

/* Its socket is this one from here on. One that has ended by now is none. */
static void enter_socket(struct ledger *ledger, struct player_home *home, uint64_t conn)
{
    struct players *players = &ledger->players;

    if (home->conn == conn)
        return;
    leave_socket(players, home);
    if (!row_get(ledger, conn) || map_put(players->homes_by_conn, &conn, home) < 0)
        return;
    home->conn = conn;
    set_unseen(players, home, false);
    stop_waiting(players, home);
}

static struct player_home *home_new(struct ledger *ledger, struct bot *bot,
                                    const struct note_key *key, const struct note *note)
{
    struct player_home *home = calloc(1, sizeof(*home));
    if (!home)
        return NULL;
    if (is_key(key)) {
        if (map_put(ledger->players.homes_by_key, key, home) < 0) {
            free(home);
            return NULL;
        }
        home->key = *key;
    }
    home->bot = bot;
    home->backend = note->backend;
    home->version = note->version;
    home->since_us = note->at_us;
    home->since_second = ledger->second;
    home->resuming = -1;
    home->timeout = -1;
    home->next = bot->homes;
    if (bot->homes)
        bot->homes->prev = home;
    bot->homes = home;
    set_unseen(&ledger->players, home, true);
    wait(ledger, home, TIMEOUT_DEFAULT);
    return home;
}

/* A new session has come: the one of the bot's at this node that was lost first is over. */
static void take_place(struct ledger *ledger, struct player_home *home)
{
    struct player_home *lost = NULL;
    for (struct player_home *at = home->bot->homes; at; at = at->next)
        if (at != home && at->waiting && at->backend == home->backend &&
            (!lost || at->since_us < lost->since_us))
            lost = at;
    home->fresh = !lost;
    if (lost)
        home_ends(ledger, lost);
}

/* Whether a new session has come in its place already. */
static bool place_is_taken(const struct ledger *ledger, const struct player_home *home)
{
    for (struct player_home *at = home->bot->homes; at; at = at->next) {
        if (at == home || !at->fresh || at->backend != home->backend ||
            at->since_us < home->since_us ||
            ledger->second - at->since_second > TAKES_PLACE_SECONDS)
            continue;
        at->fresh = false;
        return true;
    }
    return false;
}

struct player_home *home_of(struct ledger *ledger, struct bot *bot, const struct note_key *key,
                            const struct note *note)
{
    struct players *players = &ledger->players;
    struct player_home *home = is_key(key) ? map_get(players->homes_by_key, key)
                                           : map_get(players->homes_by_conn, &note->conn);
    /* Whose it is was guessed, and may be better known by now. */
    if (home && home->bot != bot && home->unseen) {
        home_ends(ledger, home);
        home = NULL;
    }
    if (home && home->unseen)
        wait(ledger, home, TIMEOUT_DEFAULT);
    if (home)
        return home;
    if (players->unseen >= UNSEEN_MAX && (is_key(key) || !row_get(ledger, note->conn)))
        return NULL;
    home = home_new(ledger, bot, key, note);
    if (home && !is_key(key)) {
        const struct row *row = row_get(ledger, note->conn);
        enter_socket(ledger, home, note->conn);
        /* Who resumes has a session, and `ready` will name it. */
        if (!row || !row->resumed)
            take_place(ledger, home);
    }
    return home;
}

void home_begins(struct ledger *ledger, struct bot *bot, const struct note_session *note)
{
    struct player_home *home = map_get(ledger->players.homes_by_key, &note->session);
    struct player_home *here = map_get(ledger->players.homes_by_conn, &note->note.conn);
    int8_t resuming = -1;
    double timeout = -1;

    if (here && here != home) {
        /* Nothing lives on a socket before `ready`, but v3 clients ask for resuming by then. */
        resuming = here->resuming;
        timeout = here->timeout;
        home_ends(ledger, here);
    }
    if (home && (home->bot != bot || !note->resumed)) {
        home_ends(ledger, home);
        home = NULL;
    }
    if (!home)
        home = home_new(ledger, bot, &note->session, &note->note);
    if (!home)
        return;
    if (resuming >= 0) {
        home->resuming = resuming;
        home->timeout = timeout;
    }
    home->since_us = note->note.at_us;
    home->since_second = ledger->second;
    home->backend = note->note.backend;
    enter_socket(ledger, home, note->note.conn);
    if (!note->resumed)
        take_place(ledger, home);
}

void home_resuming(struct ledger *ledger, struct bot *bot, const struct note_resuming *note)
{
    struct player_home *home = home_of(ledger, bot, &note->session, &note->note);
    if (!home)
        return;
    if (note->resuming >= 0)
        home->resuming = note->resuming > 0;
    if (note->timeout >= 0)
        home->timeout = note->timeout;
}

void home_resumes(struct ledger *ledger, struct bot *bot, const struct note_handshake *note)
{
    struct player_home *best = NULL;
    for (struct player_home *at = bot->homes; at; at = at->next) {
        if (is_key(&at->key) || at->backend != note->note.backend || at->conn == note->note.conn)
            continue;
        /* One that waits rather than one whose end is not known yet; then who has been longest. */
        if (!best || (at->waiting && !best->waiting) ||
            (at->waiting == best->waiting && at->since_us < best->since_us))
            best = at;
    }
    if (!best)
        return;
    enter_socket(ledger, best, note->note.conn);
    best->since_us = note->note.at_us;
}

void players_socket_ended(struct ledger *ledger, uint64_t conn)
{
    struct players *players = &ledger->players;
    struct player_home *home = map_get(players->homes_by_conn, &conn);
    if (!home)
        return;
    leave_socket(players, home);
    if (home->resuming != 1 || place_is_taken(ledger, home)) {
        home_ends(ledger, home);
        return;
    }
    wait(ledger, home, home->timeout);
}

void players_tick(struct ledger *ledger)
{
    for (struct player_home *at = ledger->players.waiting, *next; at; at = next) {
        next = at->next_waiting;
        if ((int32_t)(ledger->second - at->until_second) >= 0)
            home_ends(ledger, at);
    }
}

void players_bot_leaves(struct ledger *ledger, struct bot *bot)
{
    for (struct player_home *at = bot->homes, *next; at; at = next) {
        next = at->next;
        home_ends(ledger, at);
    }
}

void players_slot_cleared(struct ledger *ledger, unsigned slot)
{
    for (unsigned i = 0; i < ledger->bots.count; i++)
        for (struct player_home *at = ledger->bots.bots[i]->homes, *next; at; at = next) {
            next = at->next;
            if (at->backend == slot)
                home_ends(ledger, at);
        }
}
