/*
 * The book of bots: who has which connections and sessions, what they move, what goes wrong with
 * them. A bot is known by its User-Id, else its Client-Name, else its IP. It stays for
 * BOTS_GONE_SECONDS after its last socket; the book is bounded, and who has been gone longest goes
 * first. What no bot moved is counted to nobody, so that all sums are always the sum of everything.
 * Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_BOTS_H
#define STATS_BOTS_H

#include "base/map.h"
#include "flows.h"
#include "meter.h"
#include "stats/happenings.h"
#include "stats/notes.h"
#include "stats/snapshot.h"

#define BOTS_MAX 10000
#define BOTS_GONE_SECONDS 600
#define BOTS_LINE_SECONDS 30 /* without a socket, before a line says that it is gone */
#define BOT_STORM_TUNNELS 5  /* so many tunnels opened within */
#define BOT_STORM_SECONDS 60 /* this time, all but the last ended, none resumed: a storm */

struct bot_ip;
struct bot_session;
struct ledger;
struct player_home;
struct row;

/* What is added up of connections. */
struct bot_sums {
    uint64_t bytes_in, bytes_out, messages, requests, answers[REPORT_CLASSES];
};

/* All of it is compared: zeroed behind its end. */
struct bot_key {
    uint8_t by; /* enum bot_by */
    char text[SNAP_TEXT];
};

/* Other books may read all of it, and own `players`, `playing`, `flows` and `homes`. */
struct bot {
    uint64_t id;
    uint32_t players, playing; /* counted by the book of players */
    struct flows *flows;       /* NULL: no leg was timed yet */
    struct player_home *homes; /* its sessions, as the book of players knows them */

    struct bot_key key;
    char user_id[SNAP_TEXT], client_name[SNAP_TEXT],
        library[SNAP_TEXT]; /* cleaned, of the newest */
    char shown[NOTE_SHOWN]; /* of the newest session, cleaned */
    struct meter meter;
    struct bot_sums sums;
    struct snap_trouble *trouble; /* NULL: none yet */
    struct bot_session *sessions;
    struct bot_ip *ips;
    struct bot *prev_gone, *next_gone; /* while it has no socket: who went first is first */
    unsigned session_count, ip_count, ips_total;
    uint32_t sockets, connections; /* now */
    uint64_t handshakes, resumed;  /* tunnels ever */
    double resume_timeout;         /* seconds; < 0: not said */
    int8_t resuming;               /* -1: not said */
    unsigned storm_count, storm_at;
    int64_t storm_ms[BOT_STORM_TUNNELS - 1]; /* a ring: when the last ended ones opened */
    int64_t first_ms, gone_ms, last_active_ms, connected_ms;
    /* By the notes' clock: its names, its newest session, what it said of resuming. */
    int64_t named_us, session_us, resuming_us;
    uint32_t gone_second;
    uint64_t backends; /* bit per slot; of its sockets, or of the last ones */
    uint8_t versions;
    bool told; /* a line has said that it is here */
};

struct bot_book {
    struct map *by_key, *by_session, *by_ip;
    struct bot **bots; /* by id */
    unsigned count, room;
    struct bot *gone_first, *gone_last;
    uint64_t last_id;
    struct bot_sums nobody;
    size_t ip_count; /* of all bots, one at several counts with each */
    bool new_ips;    /* since the last second */
};

/* bots.c: -1 when out of memory. */
int bot_book_init(struct bot_book *book);
void bot_book_free(struct bot_book *book);
/* Ends the second, and later says what is due by then: who is gone, who leaves the book. */
void bots_tick(struct ledger *ledger);
void bots_due(struct ledger *ledger, int64_t wall_ms);
/* The slot has another backend from now on, or none. */
void bots_forget_slot(struct bot_book *book, unsigned slot);
/* The bot that gives itself out so (cleaned texts, shorter than SNAP_TEXT); made when it is new.
 * NULL: no room. Only for who came behind a right password. What was said last, by `at_us`, counts.
 */
struct bot *bots_get(struct ledger *ledger, const struct addr *client, const char *user_id,
                     const char *client_name, const char *user_agent, int64_t at_us,
                     int64_t wall_ms);
/* One more, or one less, of its sockets is open. */
void bots_socket_opens(struct ledger *ledger, struct bot *bot, const struct row *row, bool resumed,
                       int64_t wall_ms);
void bots_socket_ends(struct ledger *ledger, struct bot *bot, int64_t wall_ms);
/* For people; never empty. */
const char *bot_name(const struct bot *bot);
#define BOT_ID_TEXT 24
struct happening_bot bot_happening(const struct bot *bot, char id[BOT_ID_TEXT]);

#endif
