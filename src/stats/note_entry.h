/*
 * Enters what workers saw pass into the books. A note may name a session or a connection that
 * another worker, or a later report, tells of: such ones wait until they can be entered, and to the
 * end of the second at most. Control thread only; part of the ledger (books.h).
 */
#ifndef STATS_NOTE_ENTRY_H
#define STATS_NOTE_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#define NOTES_LATER_MAX (4 << 20) /* bytes that may wait: when all bots come back at once */

struct ledger;
struct report;

struct note_later {
    char *bytes; /* NULL: none waits */
    size_t len;
    int64_t wall_ms;  /* of the last report */
    uint64_t dropped; /* by workers */
};

/* After the infos of `report`, before its ticks. */
void notes_enter(struct ledger *ledger, const struct report *report, int64_t wall_ms);
/* The second ends: what waits is entered as far as is known. */
void notes_tick(struct ledger *ledger);
void notes_free(struct note_later *later);

#endif
