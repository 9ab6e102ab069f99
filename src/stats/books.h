/*
 * The ledger's inside, shared by its files only: ledger.c takes reports in, visitors.c keeps books
 * by IP, client and user, news.c the event list, draw.c makes the snapshot. Control thread only.
 */
#ifndef STATS_BOOKS_H
#define STATS_BOOKS_H

#include "base/map.h"
#include "bots.h"
#include "conf/config.h"
#include "diagnosis.h"
#include "guesses.h"
#include "meter.h"
#include "note_entry.h"
#include "players.h"
#include "stats/ledger.h"
#include "visitors.h"

#define BOOKS_WARNINGS_MAX 8
#define NEWS_TALLIES_MAX 256
#define NEWS_BUCKETS 6 /* of ten seconds: the minute that lines speak of */

/* Everything is booked three times: by IP, by client, by user id. */
enum book { BOOK_IPS, BOOK_CLIENTS, BOOK_USERS, BOOK_COUNT };

/* One connection. */
struct row {
    struct meter meter;
    uint64_t id;
    uint64_t bytes_in, bytes_out; /* counted into every total already */
    uint64_t messages;            /* likewise */
    int64_t opened_ms;
    struct visitor *visitors[BOOK_COUNT]; /* all NULL or none */
    char *text; /* user id, client name, user agent, path: one behind the other; NULL: all empty */
    struct bot *bot; /* NULL: nobody's */
    struct addr client;
    uint32_t requests, answers[REPORT_CLASSES];
    uint32_t shared_at; /* after how many requests its bot was named last */
    uint16_t text_len;  /* with the four NULs; 0 without text */
    uint8_t kind, version, backend;
    bool told;    /* its event line was written */
    bool socket;  /* a tunnel of its bot's */
    bool resumed; /* counted as one that goes on with its session */
    bool sure;    /* its bot is known, not guessed by its IP */
    bool parted;  /* its bot has left the book, and what it moved is nobody's for good */
    bool ended;   /* only waits to be taken out of the array */
};

struct backend_book {
    struct meter meter;
    uint64_t bytes_in, bytes_out, messages, requests, failures;
    enum backend_state state; /* of the last check; never DRAINING */
    bool draining;            /* by hand */
    bool empty;               /* as of the last draw */
    uint32_t busy_second;     /* the last one in which it did not drain, or something lived there */
    uint32_t waiting;         /* sessions that may resume */
    uint64_t ended;           /* connections whose last request went there */
    int64_t last_active_ms;
    struct node_stats stats;
    int64_t checked_ms, since_ms;
    int64_t drained_ms; /* since when it drains, by hand or as a removed one; 0: it does not */
    double response_ms;
    char reason[SNAP_REASON];
    struct snap_histogram check_times;
    float checks[SNAP_CHECKS]; /* a ring: check_at is the oldest once it is full */
    unsigned check_count, check_at;
};

/* How often one kind of thing happened at one visitor lately, so that a flood makes one line each
 * ten seconds. */
struct tally {
    bool used;
    uint8_t kind, backend;
    struct addr_key key;
    uint16_t status;
    int64_t spoken_ms; /* when the last line was written */
    int64_t bucket_ms; /* start of buckets[0] */
    uint32_t unspoken; /* since that line */
    uint32_t buckets[NEWS_BUCKETS];
    char text[REPORT_TEXT_MAX + 8];
};

struct news {
    struct snap_event events[SNAP_EVENTS_MAX]; /* a ring: event number seq is at seq % MAX */
    uint64_t seq;                              /* of the newest; 0: none yet */
    uint32_t hand_second;                      /* the last one in which any was ended by hand, */
    unsigned hand_count;                       /* and how many were then */
    struct tally tallies[NEWS_TALLIES_MAX];
    struct tally crowd[REPORT_NO_DESCRIPTORS + 1]; /* by kind: those who found no tally free */
};

#define BOOKS_RELOAD_LINES 100

struct reload_book {
    int64_t wall_ms;
    bool ok;
    unsigned counts[RELOAD_PROBLEM + 1]; /* by kind */
    char *lines[RELOAD_PROBLEM + 1][BOOKS_RELOAD_LINES];
};

struct ledger {
    const struct config *config;
    const struct fleet *fleet;
    uint32_t second; /* counts ledger_tick */
    uint64_t snaps;  /* drawn so far */
    int64_t started_ms;
    unsigned window; /* of displayed rates, in seconds */
    struct meter meter;
    uint64_t bytes_in, bytes_out, messages, opened, closed[CLOSE_REASON_COUNT];
    struct report_counts counts; /* since the start */
    struct snap_histogram loop_lag;

    struct map *by_id;
    struct row **rows; /* the first `sorted` are in the order of their ids, new ones behind */
    unsigned row_count, row_room, sorted;

    struct visitor_book books[BOOK_COUNT];
    struct guess_book guesses;
    uint64_t secret[2]; /* of the hashes of IPs */
    struct bot_book bots;
    struct players players;
    struct flow_book flows;
    struct snap_totals totals; /* ever; flows are drawn from elsewhere */
    struct note_later later;
    struct guesser_book guessers;

    struct backend_book backends[FLEET_MAX]; /* by slot */
    struct reload_book reload;
    struct snap_block blocks[SNAP_BLOCKS_MAX];
    char blocked_users[SNAP_BLOCKS_MAX][SNAP_TEXT]; /* what those name that are of bots */
    unsigned blocks_total;
    struct news news;
    struct happenings happenings;
    char *warnings[BOOKS_WARNINGS_MAX];
    unsigned warning_count;
    char *listen, *web;
};

/* backend_books.c */
void backend_books_report(struct ledger *ledger, const struct report *report, int64_t wall_ms);
void backend_books_tick(struct ledger *ledger);
void backend_books_clear(struct ledger *ledger, unsigned slot, int64_t wall_ms);
/* The room a snapshot needs for them, and their drawing; `on` tells how many connections and how
 * many WebSockets have their last request at each slot. */
struct backend_use {
    uint32_t connections, sockets;
    uint32_t seen_players, seen_playing; /* in the book of players */
};
size_t backend_books_room(const struct ledger *ledger);
void backend_books_draw(struct ledger *ledger, struct snap *snap,
                        const struct backend_use use[FLEET_MAX]);
/* Index in the snapshot of each slot, REPORT_NO_BACKEND where it is not in use. */
void backend_books_index(const struct ledger *ledger, uint8_t index[FLEET_MAX]);
/* The name, "?" for a slot that is not in use. */
const char *backend_books_name(const struct ledger *ledger, unsigned slot);

/* ledger.c: enters totals of a connection; only what is new counts. */
void row_totals(struct ledger *ledger, struct row *row, const struct report_tick *tick,
                int64_t wall_ms);

/* reloads.c */
size_t reload_room(const struct ledger *ledger);
void reload_draw(const struct ledger *ledger, struct snap *snap);
void reload_clear(struct ledger *ledger);

/* bots_draw.c: what is present of each bot now, and the drawing. */
size_t bots_room(const struct ledger *ledger);
void bots_draw(struct ledger *ledger, struct snap *snap);

/* draw_books.c: who came under which name, who was refused, the lists of the configuration. */
size_t draw_books_room(const struct ledger *ledger);
void draw_books(const struct ledger *ledger, struct snap *snap);

/* draw.c, for the other drawing files: memory of the snapshot, whose sum room_needed has taken. */
#define DRAW_SLACK 8 /* what rounding one piece up may cost */
void *draw_take(struct snap *snap, size_t size);
const char *draw_text(struct snap *snap, const char *text);
size_t draw_room_of_text(const char *text);
struct meter_drawn draw_meter(const struct ledger *ledger, const struct meter *meter,
                              struct snap *snap);

/* news.c: one kind of thing that happened; floods are gathered. */
void news_event(struct ledger *ledger, const struct report_event *event, int64_t wall_ms);
/* Writes the lines that were held back and are due now. */
void news_due(struct ledger *ledger, int64_t wall_ms);
void news_opened(struct ledger *ledger, struct row *row, int64_t wall_ms);
void news_closed(struct ledger *ledger, const struct report_closed *closed, int64_t wall_ms);

/* rows.c: the table of connections. */
struct row *row_get(const struct ledger *ledger, uint64_t id);
/* NULL when memory is out. */
struct row *row_new(struct ledger *ledger, uint64_t id);
void row_end(struct ledger *ledger, struct row *row);
/* Cleans and keeps the texts of `info`; without memory the row has none. */
void row_set_text(struct row *row, const struct report_info *info);
/* Takes out what ended and puts the rest in order. */
void rows_settle(struct ledger *ledger);
void rows_free(struct ledger *ledger);

#endif
