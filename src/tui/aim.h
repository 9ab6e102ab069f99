/*
 * What an action that the operator is asked about is aimed at: fixed when its question opens, by
 * ids and addresses, so that nothing that moves on the screen meanwhile changes whom it meets.
 * Pure. Owned by the view; UI thread.
 */
#ifndef TUI_AIM_H
#define TUI_AIM_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/command.h"
#include "stats/snapshot.h"
#include "stats/user.h"
#include "tui/model.h"
#include "stats/silence.h"

#define AIM_IPS_MAX 8 /* of more at once none is blocked */
#define AIM_TEXT 100
#define AIM_LINES 3

/* How the operator said it is to be done; ANY: the question offers every way. */
enum aim_way { AIM_ANY, AIM_CLOSE, AIM_CUT, AIM_BLOCK };

enum aim_kind { AIM_NOTHING, AIM_CONNECTION, AIM_TAGGED, AIM_GROUP, AIM_IP, AIM_BOT };

struct aim {
    enum aim_kind kind;
    uint64_t *ids; /* CONNECTION, TAGGED, GROUP: whom; IP, BOT: those open when it was asked */
    unsigned id_count;
    size_t capacity;
    struct addr ips[AIM_IPS_MAX]; /* whose they are */
    unsigned ip_count;            /* more than AIM_IPS_MAX: too many to block */
    unsigned ip_conns;            /* that those IPs have open */
    char head[AIM_TEXT];          /* "#12  203.0.113.4  name  ->  eu-a", "5 tagged connections" */
    char lines[AIM_LINES][AIM_TEXT]; /* of several: the first ones */
    unsigned line_count;
    uint64_t bot;           /* BOT: its id */
    struct user_name user;  /* BOT: what it is ended and blocked by; "": it has none, its ids are */
    bool user_meant;        /* a block is of the user, not of the IPs */
    unsigned backend;       /* CONNECTION: the slot, or REPORT_NO_BACKEND */
    struct silence silence; /* who falls silent if all of them end */
    enum aim_way way;
    double block_seconds; /* how long the operator said; 0: nothing was said */
};

/* Zeroed is aimed at nothing. */
void aim_free(struct aim *aim);

/* Each takes aim anew among what the newest snapshot has, since the screen may be held still and
 * show the past. -1 when out of memory: it is then aimed at nothing. */
int aim_at_connection(struct aim *aim, const struct snap *newest, const struct snap_conn *conn);
int aim_at_tagged(struct aim *aim, const struct snap *newest, const struct tags *tags);
/* `shown`: the snapshot that the groups are of. */
int aim_at_group(struct aim *aim, const struct snap *newest, const struct snap *shown,
                 const struct groups *groups, const struct group *group);
/* A bot may have nothing open: its User-Id can be blocked all the same. */
int aim_at_bot(struct aim *aim, const struct snap *newest, const struct snap_bot *bot);
int aim_at_ip(struct aim *aim, const struct snap *newest, const struct snap_ip *ip);

/* How many connections it meets in a newer snapshot; for an IP or a bot all that it has now. */
unsigned aim_alive(const struct aim *aim, const struct snap *snap);

/* The command that ends them; `seconds` > 0 blocks the bot, or else their IPs, as well. It borrows
 * the ids and the user. */
struct command aim_kill(const struct aim *aim, enum kill_mode mode, double seconds);

#endif
