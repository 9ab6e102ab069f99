/*
 * The book of bots: who has which connections and sessions, what they move, what goes wrong with
 * them. A bot is known by its User-Id, else its Client-Name, else its IP. It stays for
 * BOTS_GONE_SECONDS after its last socket; the book is bounded, and who has been gone longest goes
 * first. Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_BOTS_H
#define STATS_BOTS_H

#include "base/map.h"
#include "flows.h"
#include "meter.h"
#include "stats/notes.h"
#include "stats/snapshot.h"

#define BOTS_MAX 10000
#define BOTS_GONE_SECONDS 600

struct ledger;
struct row;

/* What other books need to know of a bot; owned by the book of bots. */
struct bot {
    uint64_t id;
    uint32_t players, playing; /* counted by the book of players */
    struct flows *flows;       /* NULL: no leg was timed yet */
};

#endif
