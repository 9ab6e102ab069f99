/*
 * What happens, on its way out: the lines of stats/happenings.h into the file `events.file` (JSON
 * lines, opened anew with the log) and to who reads the socket `events.unix`. Neither a hung disk
 * nor a slow reader holds control up. Control thread only.
 */
#ifndef CTL_EVENTS_OUT_H
#define CTL_EVENTS_OUT_H

#include <ev.h>

#include "base/err.h"
#include "conf/config.h"
#include "stats/ledger.h"

struct events_out;

/* Opens what the configuration names; from then on lines leave at the end of each turn of the loop.
 * NULL with err. */
struct events_out *events_out_open(struct ev_loop *loop, struct ledger *ledger,
                                   const struct config *config, struct err *err);
/* Sends on what there is, waits at most 1 s for a stuck file; the ledger must still be there. NULL
 * is harmless. */
void events_out_free(struct events_out *out);

/* A reload in two steps: open what is new (-1 with err: nothing has changed), then go over to it,
 * or give it up again. */
int events_out_prepare(struct events_out *out, const struct config *config, struct err *err);
void events_out_adopt(struct events_out *out, const struct config *config);
void events_out_abandon(struct events_out *out);

/* Opens the file anew (rotation). */
void events_out_reopen(struct events_out *out);

/* The figures of now. A file that begins or ceases to refuse makes a line in the event list. */
struct snap_events_out events_out_counts(struct events_out *out);

#endif
