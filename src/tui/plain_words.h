/*
 * The sentences of line mode: the snapshot in words, made to be heard as well as read. No control
 * bytes, no columns, units written out, the state always a word. What changed since the last
 * summary comes first. Pure; any thread.
 */
#ifndef TUI_PLAIN_WORDS_H
#define TUI_PLAIN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "conf/fleet.h"
#include "stats/snapshot.h"

#define PLAIN_LINE 1400  /* room for any one sentence below */
#define PLAIN_BUSIEST 10 /* rows of the list of connections */
#define PLAIN_TROUBLES 6 /* backends named in a summary; the rest is counted */

/* What a summary is compared with: all that is remembered of the one before. */
struct plain_before {
    bool known;
    unsigned connections;
    enum band in, out;
    uint64_t slots;           /* bit per slot: was there */
    uint8_t words[FLEET_MAX]; /* by slot: the state's word, see plain_words.c */
};
struct plain_before plain_before_of(const struct snap *snap);

/* Each appends one line without its end. */

/* "12:41:07 summary: out 2.84 MB per second, high; in 84 KB per second; ..." */
void plain_summary(struct str *out, const struct plain_before *before, const struct snap *snap);
/* "12:41:05 warning: backend us-b down: connection refused" */
void plain_event(struct str *out, const struct snap_event *event);
/* "connection 1041: 203.0.113.24, Shoukaku/4.1.1, version 4, backend eu-a, out ..." */
void plain_connection(struct str *out, const struct snap *snap, const struct snap_conn *conn);
/* "eu-a, version 4: up, answers in 3.1 milliseconds, 17 connections, ..." */
void plain_backend(struct str *out, const struct snap *snap, const struct snap_backend *backend);

/* "192.0.2.1 blocked for 9 minutes 58 seconds more, by hand" */
void plain_block(struct str *out, const struct snap *snap, const struct snap_block *block);

/* "2 days 7 hours", "41 minutes", "9 seconds". */
void plain_age(struct str *out, int64_t seconds);

/* The busiest connections, busiest first; returns how many. */
unsigned plain_busiest(const struct snap *snap, const struct snap_conn *top[PLAIN_BUSIEST]);

#endif
