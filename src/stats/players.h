/*
 * The book of players: one for each guild of each bot, as far as passing traffic tells of it. At
 * most PLAYERS_MAX; the least recently updated goes first. What one word changes is the model's
 * (lavalink/player.h); which session a player lives in, who is there at all and what is told of it
 * is decided here. Control thread only; part of the ledger.
 *
 *   players.c        the table: by bot and guild, by age, in the order of the snapshot
 *   players_home.c   sessions: who lives where, who falls silent when one is over
 *   players_entry.c  notes
 *   players_draw.c   the snapshot
 */
#ifndef STATS_PLAYERS_H
#define STATS_PLAYERS_H

#include "base/map.h"
#include "flows.h"
#include "lavalink/player.h"
#include "players_home.h"
#include "stats/notes.h"
#include "titles.h"

#define PLAYERS_MAX 100000
#define PLAYERS_GONE_SECONDS                                                                       \
    3 /* a destroyed one is remembered, so that late words do not revive it */

struct ledger;
struct bot;

struct player {
    struct player_state state;
    struct player_home *home;
    struct player *prev_here, *next_here; /* of the home */
    struct player *newer, *older;         /* by the last update */
    struct track *track;                  /* NULL: none, or not known */
    uint64_t guild;
    int64_t since_us;
    int64_t alive_us; /* the newest word after which there must be one, there where it lives */
    int64_t gone_us;  /* destroyed then; what is older than this is of no interest */
    uint32_t gone_second;
    bool gone;      /* not shown, not counted */
    bool confirmed; /* the node has said something of it */
    bool dead;      /* only waits to be taken out of the order */
};

/* Where a player stands in the snapshot. */
struct player_place {
    uint64_t bot, guild;
    struct player *player;
};

struct players {
    struct map *by_guild; /* struct player_key */
    struct map *homes_by_key, *homes_by_conn;
    struct player_home *waiting;
    struct player *newest, *oldest;
    struct player_place *order; /* the first `sorted` are, new ones behind */
    unsigned count, room, sorted;
    unsigned dead, shown;
    unsigned unseen; /* homes that are */
    uint64_t forgotten;
    uint64_t learnt; /* titles there were when the last snapshot was drawn */
    int64_t wall_us; /* add it to the time of a note to have the wall clock's */
    struct titles titles;
};

/* -1 when out of memory. */
int players_init(struct players *players);
void players_free(struct ledger *ledger);

/* The two clocks as of now: notes have the monotonic one. */
void players_clock(struct players *players, int64_t mono_us, int64_t wall_ms);

/* Enters any note; `bot` is whose it is, NULL: not known. */
void players_note(struct ledger *ledger, struct bot *bot, const struct note *note, int64_t wall_ms);

/* players_draw.c */
struct backend_use;
struct snap;
size_t players_room(const struct ledger *ledger);
/* Counts for each slot what lives there. */
void players_draw(struct ledger *ledger, struct snap *snap, struct backend_use *use);
/* How long legs take at backends and with versions; after the totals. */
void players_draw_flows(struct ledger *ledger, struct snap *snap);

/* Among themselves. */

/* Finds, or makes; NULL: no memory. A new one is counted, and belongs to `home`. */
struct player *player_find(struct ledger *ledger, const struct bot *bot, uint64_t guild);
struct player *player_make(struct ledger *ledger, struct player_home *home, uint64_t guild,
                           int64_t at_us);
void player_remove(struct ledger *ledger, struct player *player);
/* Around whatever changes a player: out of the sums before, into them after. */
void player_uncount(struct ledger *ledger, struct player *player);
void player_count(struct ledger *ledger, struct player *player);
void player_moves(struct player *player, struct player_home *home);
/* It was updated just now. */
void player_touch(struct players *players, struct player *player);
/* For who came just to be gone: it is the first to be forgotten. */
void player_last(struct players *players, struct player *player);
void players_settle(struct ledger *ledger);
/* All players of this home go; the caller counts as one more, which keeps it. */
void players_drop(struct ledger *ledger, struct player_home *home);

#endif
