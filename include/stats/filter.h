/*
 * Which connections are meant: one language for the screen's filter line and for ?q= of the API.
 *
 *   ip:198.51.100.0/24   an address, the beginning of one, or a network
 *   client: user: backend:   text in that column, case ignored; "" for where it is unknown
 *   bot:                 text in the name or user id of its bot, or the bot's number
 *   v:3  kind:websocket  also with alternatives, v:3|4
 *   rate> in> out>  total>  age>   figures (100K, 2.5M; ages 90s 5m 2h 3d), also with < >= <= =
 *   id:1188  players>5  tag:
 *   anything else        text in any of the columns; in "quotes" with blanks and signs
 *   !a  not    a & b, a b  both    a | b  either    ( )
 *
 * Compiled into a struct of fixed size without memory of its own. Pure; any thread.
 */
#ifndef STATS_FILTER_H
#define STATS_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "net/addr.h"
#include "stats/snapshot.h"

#define FILTER_TEXT_MAX 200 /* bytes of an expression */
#define FILTER_NODES_MAX 40
#define FILTER_DEPTH_MAX 8 /* of parentheses */
#define FILTER_NONE 255

/* Columns are those of the expression on a screen. */
struct filter_error {
    unsigned start, len; /* what to underline; at least one column */
    char text[120];      /* "unknown unit Q (use K M G)" */
};

/* One term, or the terms of which all or any must hold. */
struct filter_node {
    uint8_t what;  /* filter.c's */
    uint8_t signs; /* of a comparison */
    uint8_t child, next;
    bool negated;
    uint8_t choices;              /* bits, of v: and kind: and tag: */
    uint8_t text_len, text_start; /* in filter.text */
    uint64_t number;
    struct addr_net net; /* family 0: text is the beginning of an address */
};

struct filter {
    char text[FILTER_TEXT_MAX]; /* as it was given, not terminated */
    uint8_t count, root;        /* FILTER_NONE: everything matches */
    struct filter_node nodes[FILTER_NODES_MAX];
};

/* What an expression may ask for beside the snapshot. */
struct filter_context {
    bool (*tagged)(void *ctx, uint64_t id); /* NULL: nothing is */
    void *ctx;
};

/* Whether a player of `snap` is meant. A bare word is looked for in its title, author, guild, node
 * and in the names of its bot; backend: v: and age> are its own; all else is asked of its bot. */
bool filter_match_player(const struct filter *filter, const struct snap *snap,
                         const struct snap_player *player);

/* Compiles an expression; an empty one matches everything. False with `error` (may be NULL) when it
 * is none: `filter` is then unchanged. */
bool filter_parse(struct filter *filter, struct slice text, struct filter_error *error);

/* Whether the text ends in letters with which the name of a field begins: whoever types it may not
 * have a word in mind. */
bool filter_may_become_field(struct slice text);

#define FILTER_FIELD_MAX 12
/* The `i`th field as an expression begins with it, "ip:" or "rate>", written to `out`; NULL behind
 * the last. */
const char *filter_field_at(size_t i, char out[FILTER_FIELD_MAX]);

/* Whether a connection of `snap` is meant. `context` may be NULL. */
bool filter_match(const struct filter *filter, const struct snap *snap,
                  const struct snap_conn *conn, const struct filter_context *context);

/* Whether an IP of `snap` is meant: ip: rate> in> out> total> and bare words, in its address, ask
 * something of it; all else is unknown. */
bool filter_match_ip(const struct filter *filter, const struct snap *snap,
                     const struct snap_ip *ip);

/* Whether a text column of the connection (number, version, address, client, user, backend) holds
 * the text, case ignored: what a bare word asks. */
bool filter_shows(const struct snap *snap, const struct snap_conn *conn, struct slice text);

#endif
