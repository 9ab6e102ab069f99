/*
 * The WebSocket of a peer: frames in and out, and the load modes (echo, push, bulk, sink) that
 * benchmarks use. One thread.
 */
#ifndef DEMO_FRAMES_H
#define DEMO_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "lavalink/ws.h"

struct peer;

/* Takes bytes behind the handshake; returns how many were used (0: a header is cut short). */
size_t frames_input(struct peer *peer, const char *bytes, size_t len);

void frames_send(struct peer *peer, enum ws_opcode opcode, struct slice payload);
/* Sends a close frame and finishes the peer. */
void frames_close(struct peer *peer, unsigned code, const char *reason);

/* Push `rate` frames a second of `size` payload bytes. -1 when memory is out. */
int frames_start_push(struct peer *peer, double rate, size_t size);
void frames_push(struct peer *peer); /* by the timer */
/* Whether bulk frames are to be sent as soon as the socket takes them; and sending them. */
bool frames_pumping(const struct peer *peer);
void frames_pump(struct peer *peer);

#endif
