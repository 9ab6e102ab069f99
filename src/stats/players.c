/*
 * The table of players. The order of the snapshot is kept as it goes: new ones are gathered behind
 * and merged in once a second, those that leave are marked and taken out while drawing, so that
 * nothing is ever searched for in it.
 */
#include "players.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"

#define DEAD_MAX 16384 /* in the order at a time */

struct player_key {
    uint64_t bot, guild;
};

int players_init(struct players *players)
{
    players->by_guild = map_new(sizeof(struct player_key));
    players->homes_by_key = map_new(sizeof(struct note_key));
    players->homes_by_conn = map_new(sizeof(uint64_t));
    int titles = titles_init(&players->titles);
    return players->by_guild && players->homes_by_key && players->homes_by_conn ? titles : -1;
}

void players_free(struct ledger *ledger)
{
    struct players *players = &ledger->players;
    for (unsigned i = 0; i < ledger->bots.count; i++)
        players_bot_leaves(ledger, ledger->bots.bots[i]);
    for (unsigned i = 0; i < players->count; i++)
        free(players->order[i].player);
    free(players->order);
    map_free(players->by_guild);
    map_free(players->homes_by_key);
    map_free(players->homes_by_conn);
    if (players->titles.by_hash)
        titles_free(&players->titles);
}

/* --- by age -------------------------------------------------------------------------------------
 */

static void unlink_player(struct players *players, struct player *player)
{
    *(player->newer ? &player->newer->older : &players->newest) = player->older;
    *(player->older ? &player->older->newer : &players->oldest) = player->newer;
}

static void link_newest(struct players *players, struct player *player)
{
    player->newer = NULL;
    player->older = players->newest;
    *(players->newest ? &players->newest->newer : &players->oldest) = player;
    players->newest = player;
}

void player_touch(struct players *players, struct player *player)
{
    if (players->newest == player)
        return;
    unlink_player(players, player);
    link_newest(players, player);
}

void player_last(struct players *players, struct player *player)
{
    if (players->oldest == player)
        return;
    unlink_player(players, player);
    player->older = NULL;
    player->newer = players->oldest;
    *(players->oldest ? &players->oldest->older : &players->newest) = player;
    players->oldest = player;
}

/* --- sums ---------------------------------------------------------------------------------------
 */

void player_uncount(struct ledger *ledger, struct player *player)
{
    if (player->gone)
        return;
    ledger->players.shown--;
    player->home->bot->players--;
    player->home->bot->playing -= player_plays(&player->state);
}

void player_count(struct ledger *ledger, struct player *player)
{
    if (player->gone)
        return;
    ledger->players.shown++;
    player->home->bot->players++;
    player->home->bot->playing += player_plays(&player->state);
}

/* --- by home ------------------------------------------------------------------------------------
 */

static void enter_home(struct player *player, struct player_home *home)
{
    player->home = home;
    player->prev_here = NULL;
    player->next_here = home->first;
    if (home->first)
        home->first->prev_here = player;
    home->first = player;
    home->players++;
}

static void leave_home(struct player *player)
{
    *(player->prev_here ? &player->prev_here->next_here : &player->home->first) = player->next_here;
    if (player->next_here)
        player->next_here->prev_here = player->prev_here;
    player->home->players--;
    player->home = NULL;
}

void player_moves(struct player *player, struct player_home *home)
{
    leave_home(player);
    enter_home(player, home);
}

/* --- the table ----------------------------------------------------------------------------------
 */

struct player *player_find(struct ledger *ledger, const struct bot *bot, uint64_t guild)
{
    const struct player_key key = {bot->id, guild};
    return map_get(ledger->players.by_guild, &key);
}

static int order_grow(struct players *players)
{
    unsigned room = 64 + players->room + players->room / 2;
    struct player_place *order = realloc(players->order, room * sizeof(*order));
    if (!order)
        return -1;
    players->order = order;
    players->room = room;
    return 0;
}

static int make_room(struct ledger *ledger)
{
    struct players *players = &ledger->players;
    while (map_count(players->by_guild) >= PLAYERS_MAX) {
        players->forgotten += !players->oldest->gone;
        player_remove(ledger, players->oldest);
    }
    if (players->dead >= DEAD_MAX)
        players_settle(ledger);
    return players->count < players->room ? 0 : order_grow(players);
}

struct player *player_make(struct ledger *ledger, struct player_home *home, uint64_t guild,
                           int64_t at_us)
{
    struct players *players = &ledger->players;
    const struct player_key key = {home->bot->id, guild};
    struct player *player = NULL;

    home->players++; /* it may be all that keeps this home while room is made */
    if (make_room(ledger) == 0)
        player = calloc(1, sizeof(*player));
    home->players--;
    if (player && map_put(players->by_guild, &key, player) < 0) {
        free(player);
        player = NULL;
    }
    if (!player)
        return NULL;
    player_begin(&player->state);
    enter_home(player, home);
    player->guild = guild;
    player->since_us = at_us;
    players->order[players->count++] = (struct player_place){key.bot, guild, player};
    link_newest(players, player);
    player_count(ledger, player);
    return player;
}

void player_remove(struct ledger *ledger, struct player *player)
{
    struct players *players = &ledger->players;
    struct player_home *home = player->home;
    assert(home); /* whoever is in the table lives somewhere */
    const struct player_key key = {home->bot->id, player->guild};

    player_uncount(ledger, player);
    map_take(players->by_guild, &key);
    unlink_player(players, player);
    track_put(player->track);
    player->track = NULL;
    leave_home(player);
    player->dead = true;
    players->dead++;
    home_left(ledger, home);
}

void players_drop(struct ledger *ledger, struct player_home *home)
{
    while (home->first)
        player_remove(ledger, home->first);
}

/* --- the order ----------------------------------------------------------------------------------
 */

static int by_place(const void *a, const void *b)
{
    const struct player_place *left = a, *right = b;
    if (left->bot != right->bot)
        return left->bot < right->bot ? -1 : 1;
    return (left->guild > right->guild) - (left->guild < right->guild);
}

static void bury(struct players *players)
{
    unsigned kept = 0, kept_sorted = 0;
    for (unsigned i = 0; i < players->count; i++) {
        if (players->order[i].player->dead) {
            free(players->order[i].player);
            continue;
        }
        kept_sorted += i < players->sorted;
        players->order[kept++] = players->order[i];
    }
    players->count = kept;
    players->sorted = kept_sorted;
    players->dead = 0;
}

/* A burst that is over gives its memory back, by halves so that the array does not flutter. */
static void give_back(struct players *players)
{
    if (players->room <= 256 || players->count >= players->room / 4)
        return;
    struct player_place *order =
        realloc(players->order, players->room / 2 * sizeof(*players->order));
    if (!order)
        return;
    players->order = order;
    players->room /= 2;
}

/* Those behind are few, mostly: they are sorted and merged in from the end. */
void players_settle(struct ledger *ledger)
{
    struct players *players = &ledger->players;
    if (players->dead > 0)
        bury(players);
    give_back(players);
    unsigned behind = players->count - players->sorted, left = players->sorted;
    if (behind == 0)
        return;
    struct player_place *order = players->order;
    qsort(order + players->sorted, behind, sizeof(*order), by_place);
    struct player_place *fresh = left > 0 ? malloc(behind * sizeof(*fresh)) : NULL;
    if (fresh) {
        memcpy(fresh, order + left, behind * sizeof(*fresh));
        for (unsigned to = players->count; behind > 0; to--) {
            if (left > 0 && by_place(&order[left - 1], &fresh[behind - 1]) > 0)
                order[to - 1] = order[--left];
            else
                order[to - 1] = fresh[--behind];
        }
        free(fresh);
    } else if (left > 0) {
        qsort(order, players->count, sizeof(*order), by_place);
    }
    players->sorted = players->count;
}
