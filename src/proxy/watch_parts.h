/*
 * What the parts of watch have in common: a connection's place in the affinity table, and notes
 * made of what was read. Worker thread only.
 */
#ifndef PROXY_WATCH_PARTS_H
#define PROXY_WATCH_PARTS_H

#include "conn.h"
#include "lavalink/op.h"
#include "worker.h"

static inline struct affinity *watch_affinity(const struct conn *c)
{
    return c->worker->shared->affinity;
}

/* Something passes that is not looked into. */
static inline void watch_blind(struct conn *c, enum report_blind why)
{
    c->worker->counts.blind[why]++;
}

/* A REST request with this head comes in; no key: its path names no session. */
void watch_rest_begin(struct conn *c, const struct head *head, struct slice path,
                      const struct affinity_key *session);
/* It is answered with our own words. */
void watch_rest_refused(struct conn *c, unsigned status);
/* A handshake is answered with something else than 101. */
void watch_refused(struct conn *c, unsigned status, bool by_node);
/* The tunnel ends, if there was one. */
void watch_tunnel_end(struct conn *c);

/* Microseconds since the head of the request under way came in. */
uint32_t watch_took(const struct conn *c);

struct note_key watch_key(const struct affinity_key *key);

/* Notes about a player. No key: the session is that of the connection. */
void watch_note_track(struct conn *c, enum note_kind kind, const struct affinity_key *session,
                      uint64_t guild, const struct op_track *track, bool by_answer);
void watch_note_player(struct conn *c, const struct affinity_key *session, uint64_t guild,
                       const struct op_player *player, bool no_track);
void watch_note_gone(struct conn *c, const struct affinity_key *session, uint64_t guild);
/* resuming: -1 when it was not said; timeout < 0: likewise. */
void watch_note_resuming(struct conn *c, const struct affinity_key *session, int8_t resuming,
                         double timeout);
struct note_ask *watch_note_ask(struct conn *c, const struct affinity_key *session, uint64_t guild,
                                const struct op_player *player);

#endif
