/*
 * What is wrong with a bot, in plain words: a line in the event list once for each cause and bot,
 * then a count. Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_DIAGNOSIS_H
#define STATS_DIAGNOSIS_H

#include "bots.h"

#define GUESSERS_MAX 256 /* IPs whose wrong passwords are followed: the last ones */
#define GUESSER_TIMES 5  /* so many within a minute are again and again */
#define RESUME_SECONDS_MAX 3600.0
#define FRAMES_A_MINUTE 3000 /* of 20 ms, when none is missing */
#define FRAMES_HEARD 30      /* missing ones, one in a hundred, that somebody hears */

struct guesser {
    struct addr_key key;
    int64_t times_ms[GUESSER_TIMES]; /* a ring */
    unsigned at;
    uint64_t stamp; /* 0: not in use */
    bool told;
};
struct guesser_book {
    struct guesser guessers[GUESSERS_MAX];
    uint64_t stamp;
};

/* Wrong passwords come from an IP, not from a bot that is known. */
void diagnose_password(struct ledger *ledger, const struct report_event *event, int64_t wall_ms);
void diagnose_handshake(struct ledger *ledger, struct bot *bot, const struct note_handshake *note,
                        int64_t wall_ms);
/* A tunnel of the bot's that did not resume, opened then, is there or ends. */
void diagnose_storm(struct ledger *ledger, struct bot *bot, int64_t opened_ms, int64_t wall_ms);
void diagnose_resuming(struct ledger *ledger, struct bot *bot, const struct note_resuming *note,
                       int64_t wall_ms);
void diagnose_request(struct ledger *ledger, struct bot *bot, const struct note_request *note,
                      int64_t wall_ms);
void diagnose_frames(struct ledger *ledger, struct bot *bot, const struct note_frames *note,
                     int64_t wall_ms);

#endif
