/*
 * Pieces of pages about one thing, or about what is played: facts in a list, traffic, times of
 * legs, rows of players. Pure.
 */
#ifndef WEB_FACTS_H
#define WEB_FACTS_H

#include "web/page.h"

/* A fact of a <dl>; "" is "-". It changes while one looks where `part` (an id) is not NULL. */
void facts_text(struct page *page, const char *name, const char *part, const char *text);
/* The same in pieces: its value comes between the two. */
void facts_begin(struct page *page, const char *name, const char *part);
void facts_end(struct page *page, const char *part);

/* In place of facts of what is not there, or has ended under the eyes; "": all is well. */
void facts_ended(struct page *page, const char *sentence);

/* Traffic of one direction, "In" or "Out", as a fact. */
void facts_traffic(struct page *page, const char *name, uint64_t rate, uint64_t bytes,
                   const uint32_t values[SERIES_SECONDS]);

/* facts_flow.c: the 95th percentile of a leg, with its mark where the target is missed, "-" without
 * any; all legs beside their targets, in a table with this id and caption; over all backends of
 * each version; the 95th percentiles of all backends. */
void facts_flow(struct page *page, enum flow_leg leg, const struct snap_flow *flow);
void facts_flow_table(struct page *page, const char *id, const char *caption,
                      const struct snap_flow flows[FLOW_COUNT]);
void facts_version_flows(struct page *page);
void facts_backend_flows(struct page *page);

/* A bot's name as a link to its page; "-" where it is not known any more. */
void facts_bot(struct page *page, uint64_t id);

/* page_blocked.c: the choice of how long a block lasts, with this id: a field "for". */
void page_block_times(struct page *page, const char *id);

/* page_players.c: heads and a row of players, as parts of a list; `bot`: with the column of bots.
 */
void facts_player_heads(struct page *page);
void facts_player_row(struct page *page, uint32_t index, bool bot);

#endif
