/*
 * What goes wrong with a bot: counts by kind, and the last messages, cleaned. Most bots have no
 * trouble and no memory for it. `bot` may be NULL: then only the totals count it. Control thread
 * only; part of the ledger (books.h).
 */
#ifndef STATS_TROUBLE_H
#define STATS_TROUBLE_H

#include "bots.h"

/* Where the counts of this bot are; NULL: without memory, or no bot. */
struct snap_trouble *trouble_of(struct bot *bot);

void trouble_exception(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                       int64_t wall_ms);
void trouble_stuck(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                   int64_t wall_ms);
void trouble_voice(struct ledger *ledger, struct bot *bot, const struct note_trouble *note,
                   int64_t wall_ms);
/* A search that failed, an answer of 400 or more. */
void trouble_request(struct ledger *ledger, struct bot *bot, const struct note_request *note,
                     int64_t wall_ms);
/* A handshake that was refused. */
void trouble_handshake(struct bot *bot, const struct note_handshake *note, int64_t wall_ms);
void trouble_frames(struct ledger *ledger, struct bot *bot, const struct note_frames *note);

#endif
