/*
 * The sessions that players live in: see players.h. Control thread only; part of the ledger.
 */
#ifndef STATS_PLAYERS_HOME_H
#define STATS_PLAYERS_HOME_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/notes.h"

struct bot;
struct ledger;
struct player;

/* A session in which players live. Known by its key, by its socket, or by both; it exists while it
 * has a socket, may be resumed, or has players. */
struct player_home {
    struct note_key key; /* 0, 0: not known */
    uint64_t conn;       /* its socket; 0: none */
    struct bot *bot;
    struct player *first;            /* of those that live here */
    struct player_home *prev, *next; /* of the bot */
    struct player_home *prev_waiting, *next_waiting;
    int64_t since_us; /* when it began, or was resumed */
    double timeout;   /* seconds; < 0: not said */
    uint32_t players;
    uint32_t since_second, until_second; /* since when it is known; while it waits, how long */
    int8_t resuming;                     /* -1: not said */
    uint8_t backend, version;
    bool waiting; /* its socket ended, and it may be resumed */
    bool unseen;  /* none of its sockets is known: it waits, and every word prolongs that */
    bool fresh;   /* began anew and has not taken the place of another yet */
};

/* The session of a note: the one it names, else that of its connection; made when
 * it is new. It may be another bot's, who is known better. NULL: no memory, or no room for one more
 * whose socket was never seen. */
struct player_home *home_of(struct ledger *ledger, struct bot *bot, const struct note_key *key,
                            const struct note *note);
void home_begins(struct ledger *ledger, struct bot *bot, const struct note_session *note);
void home_resuming(struct ledger *ledger, struct bot *bot, const struct note_resuming *note);
/* The handshake of a v3 says that a session without a key goes on. */
void home_resumes(struct ledger *ledger, struct bot *bot, const struct note_handshake *note);
/* One of its players left. */
void home_left(struct ledger *ledger, struct player_home *home);
/* Whether both are one, as far as is known. */
bool home_is(const struct player_home *a, const struct player_home *b);
/* A connection ended. */
void players_socket_ended(struct ledger *ledger, uint64_t conn);
/* A bot leaves its book, with all that is here of it. */
void players_bot_leaves(struct ledger *ledger, struct bot *bot);
/* Another backend has the slot from here on. */
void players_slot_cleared(struct ledger *ledger, unsigned slot);
/* The second is over: sessions that nobody resumed end. */
void players_tick(struct ledger *ledger);

#endif
