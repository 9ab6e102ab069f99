/*
 * The book of players: one for each guild of each bot, as far as passing traffic tells of it. At
 * most PLAYERS_MAX; the least recently updated goes first. Control thread only; part of the ledger.
 */
#ifndef STATS_PLAYERS_H
#define STATS_PLAYERS_H

#include "bots.h"
#include "stats/notes.h"
#include "stats/snapshot.h"

#define PLAYERS_MAX 100000

struct players;

#endif
