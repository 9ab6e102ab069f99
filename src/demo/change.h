/*
 * Changes to a player that come as JSON: PATCH bodies and the voice part of both protocols.
 */
#ifndef DEMO_CHANGE_H
#define DEMO_CHANGE_H

#include <stdbool.h>

#include "base/slice.h"

struct player;

/* Applies a PATCH body (a checked object) of the node's version. NULL, or the words of the error
 * with *status; nothing was changed then. */
const char *change_player(struct player *player, struct slice body, bool no_replace,
                          unsigned *status);

/* Takes {token, endpoint, sessionId, channelId?}; false when one is missing or blank. */
bool change_voice(struct player *player, struct slice voice);

#endif
