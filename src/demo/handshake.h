/*
 * The WebSocket handshake of a node (RFC 6455 section 4.2 with Lavalink's additions).
 */
#ifndef DEMO_HANDSHAKE_H
#define DEMO_HANDSHAKE_H

#include <stdbool.h>

struct request;

/* Whether the path is one of the node's WebSocket endpoints. */
bool handshake_path(const struct request *rq);
/* Whether the request wants a WebSocket at one of them. */
bool handshake_wanted(const struct request *rq);
/* Answers it: 101 and a session or a load mode (?echo, ?push=RATE,SIZE, ?bulk=BYTES, ?sink), or a
 * refusal. The password was right. With &odd the pushes follow a frame that breaks the protocol, at
 * which whoever reads along gives up. */
void handshake(struct request *rq);

#endif
