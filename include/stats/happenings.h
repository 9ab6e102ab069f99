/*
 * What happens, for other programs: one JSON object a line, gathered here by whoever enters it into
 * the books and taken out by control, which hands the lines to the events file and to who reads the
 * events socket. While nobody listens nothing is written and nothing is kept. Never a password, a
 * token of Discord's, a session id or a body. Control thread only.
 */
#ifndef STATS_HAPPENINGS_H
#define STATS_HAPPENINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/str.h"

#define HAPPENINGS_ROOM (1024 * 1024) /* bytes between two takings; lines beyond are dropped */
#define HAPPENINGS_LINE 32768         /* no line is longer */
#define HAPPENINGS_TEXT 512           /* bytes that are told of one text */

struct happenings {
    struct str lines; /* whole ones */
    bool wanted;
    uint64_t dropped;      /* since the last taking */
    uint64_t dropped_ever; /* those too */
};

void happenings_init(struct happenings *h);
void happenings_free(struct happenings *h);
/* Whether anybody listens; what waits is thrown away when nobody does any more. */
void happenings_want(struct happenings *h, bool wanted);

/* The lines there are, with one that tells how many were dropped; they stay until
 * happenings_clear, which is to follow before anything else happens. */
struct slice happenings_lines(struct happenings *h, int64_t wall_ms);
void happenings_clear(struct happenings *h);

/* All texts below are clean (text_display); NULL or "" where unknown, which is told as null.
 * Borrowed for the call. Without `wanted` the calls return at once. */
struct happening_bot {
    const char *id; /* as /api/bots calls it */
    const char *name;
    const char *user_id;
};
/* Where something plays. */
struct happening_player {
    struct happening_bot bot;
    const char *guild;
    const char *backend;
};
struct happening_track {
    const char *title, *author, *source;
    int64_t length_ms; /* < 0: unknown, or a stream */
};

/* Its first socket; `resumed`: an earlier session goes on. */
void happenings_bot_connected(struct happenings *h, int64_t wall_ms,
                              const struct happening_bot *bot, const char *backend, bool resumed);
/* Its last socket ended. */
void happenings_bot_gone(struct happenings *h, int64_t wall_ms, const struct happening_bot *bot);

/* `track` may be NULL: not known. `reason` and `severity` are Lavalink's words in lower case. */
void happenings_track_start(struct happenings *h, int64_t wall_ms,
                            const struct happening_player *player,
                            const struct happening_track *track);
void happenings_track_end(struct happenings *h, int64_t wall_ms,
                          const struct happening_player *player,
                          const struct happening_track *track, const char *reason);
void happenings_track_exception(struct happenings *h, int64_t wall_ms,
                                const struct happening_player *player,
                                const struct happening_track *track, const char *severity,
                                const char *message);
void happenings_track_stuck(struct happenings *h, int64_t wall_ms,
                            const struct happening_player *player,
                            const struct happening_track *track, uint64_t threshold_ms);

/* States as backend_state_text has them. */
void happenings_backend(struct happenings *h, int64_t wall_ms, const char *backend,
                        const char *from, const char *to, const char *reason);

/* Who is refused from now on: an IP, or else a user id. */
struct happening_block {
    const char *ip, *user_id;
    double seconds; /* BLOCK_FOR_GOOD and more: without an end, told as null */
    bool by_hand;   /* else after too many wrong passwords */
};
void happenings_block(struct happenings *h, int64_t wall_ms, const struct happening_block *block);
void happenings_unblock(struct happenings *h, int64_t wall_ms, const char *ip, const char *user_id);

/* Connections ended by hand. */
struct happening_kill {
    uint64_t connection; /* the one that was named; 0: a list, or all of `ip` or `user_id` */
    const char *ip, *user_id;
    unsigned ended;
    unsigned blocked; /* IPs that were blocked along with it */
    bool polite;      /* closed rather than reset */
};
void happenings_kill(struct happenings *h, int64_t wall_ms, const struct happening_kill *kill);

#endif
