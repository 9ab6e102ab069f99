/*
 * What a request wants: which protocol version, WebSocket or REST, and whether it may be sent
 * twice. Never decodes the target; looks at the start of the path only (lavalink-protocol traps 2,
 * 3, 5, 17). Pure; any thread.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>

#include "http/head.h"

struct route {
    unsigned version; /* 3 or 4 */
    bool websocket;   /* GET on 1.1 without a body, Connection has upgrade, Upgrade is websocket, a
                         key   is there */
    bool idempotent; /* GET, HEAD, PUT, DELETE, OPTIONS, without upgrade (RFC 9110 section 9.2.2) */
};

/* `default_version` (3 or 4) counts for paths without one and without a Lavalink-Version header. */
void route_request(struct route *route, const struct head *head, unsigned default_version);

/* The target without query and fragment. */
struct slice route_path(struct slice target);

#endif
