/*
 * Who reads the events socket. Each reader gets the lines from when it attached, at its own pace;
 * one that falls too far behind is dropped, and what readers send is thrown away. Control thread
 * only.
 */
#ifndef CTL_READERS_H
#define CTL_READERS_H

#include <ev.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "stats/ledger.h"

#define READERS_MAX 64
#define READERS_BACKLOG                                                                            \
    (256 * 1024) /* bytes that may wait for one, besides what its socket holds */

struct readers;

/* Listens at `path`; `attached` is called for each reader that comes, before the next line. The
 * ledger gets a line when one is dropped or finds no place. NULL with err. */
struct readers *readers_open(struct ev_loop *loop, struct ledger *ledger, const char *path,
                             void (*attached)(void *ctx), void *ctx, struct err *err);
/* Lets all go and removes the socket; NULL is harmless. */
void readers_free(struct readers *readers);

/* Whole lines for everybody. */
void readers_tell(struct readers *readers, struct slice lines);

unsigned readers_count(const struct readers *readers);
uint64_t readers_dropped(const struct readers *readers); /* ever, for being slow */
const char *readers_path(const struct readers *readers);

#endif
