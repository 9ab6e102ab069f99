/*
 * Who falls silent when connections end, as far as it is known: the players of the bots whose
 * WebSockets are among them, at the backends that these lead to, and whether the bots may resume.
 * Pure; any thread.
 */
#ifndef STATS_SILENCE_H
#define STATS_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/snapshot.h"

struct silence {
    bool known;       /* of every WebSocket the bot is */
    unsigned sockets; /* WebSockets among the connections */
    unsigned players, playing;
    unsigned bots;              /* whose sockets they are */
    unsigned resume, no_resume; /* of the bots; of the rest it is not known */
    double timeout;             /* seconds, the shortest of those that can; < 0: none was said */
};

/* Of these connections; those that have ended count for nothing. Out of memory it is not known. */
void silence_of(struct silence *silence, const struct snap *snap, const uint64_t *ids,
                unsigned count);
/* Of all that a bot has. */
void silence_of_bot(struct silence *silence, const struct snap_bot *bot);

#define SILENCE_TEXT 100
/* "12 players (9 playing) may fall silent.", "It can resume for 60 s." Return `out`; "" where it is
 * not known who they are. */
char *silence_text(char out[SILENCE_TEXT], const struct silence *silence);
char *silence_resume_text(char out[SILENCE_TEXT], const struct silence *silence);

#endif
