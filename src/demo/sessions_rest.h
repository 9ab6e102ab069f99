/*
 * REST below /vN/sessions/{id}: the session's resuming, and its players.
 */
#ifndef DEMO_SESSIONS_REST_H
#define DEMO_SESSIONS_REST_H

struct request;

/* `parts` starts with "sessions" and an id. */
void sessions_rest(struct request *rq);

#endif
