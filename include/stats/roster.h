/*
 * The orders of bots and of players, as stats/sort.h has that of connections: words of columns,
 * and which of two rows comes first; and which rows are meant by a search. Pure; any thread.
 */
#ifndef STATS_ROSTER_H
#define STATS_ROSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "stats/snapshot.h"
#include "stats/sort.h"

enum roster { ROSTER_BOTS, ROSTER_PLAYERS };

/* The first columns of the two: the order of the snapshot itself. */
enum roster_bot_key {
    ROSTER_BOT_ID,
    ROSTER_BOT_NAME,
    ROSTER_BOT_USER,
    ROSTER_BOT_LIBRARY,
    ROSTER_BOT_STATE, /* who is here first, then by how long they have been gone */
    ROSTER_BOT_SOCKETS,
    ROSTER_BOT_PLAYERS,
    ROSTER_BOT_PLAYING,
    ROSTER_BOT_IN,
    ROSTER_BOT_OUT,
    ROSTER_BOT_RATE,
    ROSTER_BOT_TOTAL,
    ROSTER_BOT_MESSAGES,
    ROSTER_BOT_REQUESTS,
    ROSTER_BOT_ERRORS,
    ROSTER_BOT_SEARCH, /* p95 */
    ROSTER_BOT_PLAY,   /* p95 */
    ROSTER_BOT_AGE,    /* since it has a socket */
    ROSTER_BOT_COUNT
};
enum roster_player_key {
    ROSTER_PLAYER_BOT,
    ROSTER_PLAYER_GUILD,
    ROSTER_PLAYER_BACKEND,
    ROSTER_PLAYER_TITLE,
    ROSTER_PLAYER_AUTHOR,
    ROSTER_PLAYER_SOURCE,
    ROSTER_PLAYER_LENGTH,
    ROSTER_PLAYER_POSITION,
    ROSTER_PLAYER_PLAYING,
    ROSTER_PLAYER_VOLUME,
    ROSTER_PLAYER_PING,
    ROSTER_PLAYER_AGE,
    ROSTER_PLAYER_UPDATED,
    ROSTER_PLAYER_COUNT
};

struct roster_order {
    const struct snap *snap;
    enum roster roster;
    unsigned key; /* enum roster_bot_key or roster_player_key */
    bool descending;
};

unsigned roster_rows(const struct snap *snap, enum roster roster);

/* How many columns there are; the word of one in queries, "playing". */
unsigned roster_columns(enum roster roster);
const char *roster_word(enum roster roster, unsigned key);
/* Whether the column begins with its largest: figures do, texts and ids do not. */
bool roster_descends(enum roster roster, unsigned key);

/* `index` is into snap->bots or snap->players. */
struct rank roster_rank(const struct roster_order *order, uint32_t index);

/* For qsort_r: two ranks, and the order as context. Equal rows stand as the snapshot has them. */
int roster_compare(const void *left, const void *right, void *order);

/* As sort_place and sort_compare_place. */
void roster_place(const struct roster_order *order, uint32_t index, struct sort_place *place);
int roster_compare_place(const struct roster_order *order, struct rank rank,
                         const struct sort_place *place);

/* Which rows are wanted; all zero: every one. */
struct roster_search {
    char text[201];    /* in any of the texts of a row, ASCII case ignored; "": whatever */
    uint64_t bot;      /* players: of this bot only; 0: of all */
    uint64_t backends; /* bit per index into snap->backends: at any of these; 0: at all */
};
bool roster_wants(const struct roster_search *search, const struct snap *snap, enum roster roster,
                  uint32_t index);

/* Whether a player's title, author or guild holds the text, case ignored. */
bool roster_player_shows(const struct snap_player *player, struct slice text);

/* How many players a connection has: those of its bot at its backend, with a WebSocket that is
 * there. False when that is not known of it. */
bool roster_conn_players(const struct snap *snap, const struct snap_conn *conn, uint32_t *players,
                         uint32_t *playing);

#endif
