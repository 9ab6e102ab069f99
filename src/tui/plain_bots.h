/*
 * Bots in the sentences of line mode: one line each in a list, or one of them in full. Pure; any
 * thread.
 */
#ifndef TUI_PLAIN_BOTS_H
#define TUI_PLAIN_BOTS_H

#include "base/str.h"
#include "stats/snapshot.h"

#define PLAIN_BOTS 20        /* of a list */
#define PLAIN_BOT_PLAYERS 10 /* of one in full */

/* "bot 12: Muse, user 880012, here, 9 of 12 players playing, 2 WebSockets, ..." */
void plain_bot(struct str *out, const struct snap *snap, const struct snap_bot *bot);

/* All that is known of it, several lines, each with its end. */
void plain_bot_full(struct str *out, const struct snap *snap, const struct snap_bot *bot);

/* The bots that play most, then those that move most, a line each. */
void plain_bots(struct str *out, const struct snap *snap);

#endif
