/*
 * What a request wants: which protocol version, WebSocket or REST, which session, and whether it
 * may be sent twice. Never decodes the target; looks at the start of the path only
 * (lavalink-protocol traps 2, 3, 5, 17). Pure; any thread.
 */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>

#include "http/head.h"

struct route {
    struct slice path; /* without query and fragment */
    unsigned version;  /* 3 or 4 */
    bool websocket;    /* GET on 1.1 without a body, Connection has upgrade, Upgrade is websocket, a
                          key is there */
    bool idempotent; /* GET, HEAD, PUT, DELETE, OPTIONS, without upgrade (RFC 9110 section 9.2.2) */
    struct slice session; /* the id, as it stands there, of a path that is /v3/sessions/{id},
                             /v4/sessions/{id} or /sessions/{id}, or begins so; else empty */
    bool session_patch;   /* PATCH of the session itself, which sets how it resumes */
};

/* `default_version` (3 or 4) counts for paths without one and without a Lavalink-Version header. */
void route_request(struct route *route, const struct head *head, unsigned default_version);

/* The target without query and fragment. */
struct slice route_path(struct slice target);

/* The session id within a path whose first or second segment is `sessions`, in any case and
 * whatever stands before it: this is what may not be shown. Empty when there is none. */
struct slice route_session(struct slice path);

#endif
