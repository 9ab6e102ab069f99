/*
 * What is played, and how long it takes to get there, in the sentences of line mode. Pure; any
 * thread.
 */
#ifndef TUI_PLAIN_PLAY_H
#define TUI_PLAIN_PLAY_H

#include <stdbool.h>

#include "base/str.h"
#include "stats/snapshot.h"

#define PLAIN_PLAYERS 20 /* of a list */

/* "guild 8100: playing, Take Five - Brubeck, at 0:10/3:32", and where it is wanted ", bot Muse,
 * backend eu-a"; without an end of line. */
void plain_player(struct str *out, const struct snap *snap, const struct snap_player *player,
                  bool whose);

/* How many play, the times of each version, then the players whose tracks began last: a line each.
 */
void plain_players(struct str *out, const struct snap *snap);

/* "search takes 210 ms, 95 of 100 at most 780 ms, target 1 s met", a line for each leg that was
 * timed; `whose` in front of each. */
void plain_times(struct str *out, const char *whose, const struct snap_flow flows[FLOW_COUNT]);

#endif
