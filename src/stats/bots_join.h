/*
 * Which connection is which bot's: by its own handshake, by the session its requests name, else by
 * its IP. Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_BOTS_JOIN_H
#define STATS_BOTS_JOIN_H

#include "bots.h"

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

/* It leaves the book: its connections and all it moved are nobody's. */
void bots_part(struct ledger *ledger, struct bot *bot);
/* Forgets IPs without a socket for too long. */
void bots_forget_ips(struct ledger *ledger, struct bot *bot);

#endif
