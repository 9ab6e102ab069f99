/*
 * What a version 3 client asks through its WebSocket.
 */
#ifndef DEMO_OPS_H
#define DEMO_OPS_H

#include "base/slice.h"

struct session;

/* One whole message; anything malformed or unknown is ignored. */
void ops_message(struct session *session, struct slice text);

#endif
