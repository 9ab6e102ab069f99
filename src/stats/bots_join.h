/*
 * Which connection is which bot's: by its own handshake, by the session its requests name, else by
 * its IP. Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_BOTS_JOIN_H
#define STATS_BOTS_JOIN_H

#include "bots.h"

#define BOT_SESSIONS_MAX 256 /* remembered of one bot, and */
#define BOT_IPS_MAX 64       /* likewise: the oldest go first; but once there are */
#define BOOK_CROWDED 65536   /* sessions, or IPs, of all bots together, one bot has no more than */
#define BOT_FEW 8            /* so many */

/* A session of a bot's; the newest is its first. */
struct bot_session {
    struct note_key key;
    struct bot *bot;
    struct bot_session *prev, *next;
};

/* An IP that a bot has sockets from, or had. It hangs in two lists: the bot's, with the newest
 * first, and that of all bots of the IP. */
struct bot_ip {
    struct addr_key key;
    struct bot *bot;
    struct bot_ip *prev, *next;
    struct bot_ip *prev_here, *next_here;
    int64_t opened_ms; /* its newest socket */
    uint32_t sockets;
    uint32_t second; /* of the last socket's end */
};

/* A connection moved so much more, which its row does not tell of yet. */
void bots_moved(struct ledger *ledger, struct row *row, const struct bot_sums *moved,
                int64_t wall_ms);
/* One that has no row moved so much in its whole life. */
void bots_whole(struct ledger *ledger, const struct report_closed *closed,
                const struct bot_sums *moved, int64_t wall_ms);
/* It ends. */
void bots_row_ends(struct ledger *ledger, struct row *row, int64_t wall_ms);

/* It is a tunnel of this bot's from here on; `resumed`: with its session. */
void bots_tunnel(struct ledger *ledger, struct row *row, struct bot *bot, bool resumed,
                 int64_t wall_ms);
/* One of its sockets is at that backend, of that version. */
void bots_place(struct bot *bot, const struct row *row);
/* What the node said later: the session went on. */
void bots_resumed(struct ledger *ledger, struct row *row);

/* It belongs to this bot for sure, from `from` on (NULL: from here on): what it moved for another
 * bot stays there, what was nobody's or guessed comes along. */
void bots_own(struct ledger *ledger, struct row *row, struct bot *bot, const struct bot_sums *from);

/* Whose the session is, or NULL. */
struct bot *bots_of_session(const struct ledger *ledger, const struct note_key *key);
void bots_session(struct ledger *ledger, struct bot *bot, const struct note_key *key);

/* The only bot that has a socket from this IP, or had one lately; NULL: none, or several. */
struct bot *bots_of_ip(const struct ledger *ledger, const struct addr_key *key);

/* The second ends: who is at an IP may be known now for connections that came before it was. Before
 * any meter ticks. */
void bots_guess(struct ledger *ledger);
/* The same for one row, now; one that has a bot keeps it. */
void bots_guess_row(struct ledger *ledger, struct row *row);
/* It is nobody's, and no bot has been seen at its IP yet: the worker that has its socket may tell
 * of it within this second. */
bool bots_may_come(const struct ledger *ledger, const struct row *row);

/* It leaves the book: its connections and all it moved are nobody's. */
void bots_part(struct ledger *ledger, struct bot *bot);
/* Forgets IPs without a socket for too long. */
void bots_forget_ips(struct ledger *ledger, struct bot *bot);

#endif
