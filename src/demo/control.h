/*
 * What tests ask of a node besides Lavalink, under /test/ (the password is needed):
 *
 *   GET    /test/log?since=N          {accepted, open, websockets, sessions, requests, log:[...]}
 *   DELETE /test/log                  forgets the log
 *   POST   /test/drop?how=reset|fin|close&code=N   ends all WebSockets; `reset` by default
 *   POST   /test/event                sends the body as a text frame to every session
 *   POST   /test/fail?mode=NAME       a fault from now on (demo/node.h); `none` ends it
 *   any    /test/echo                 answers with the request's body
 */
#ifndef DEMO_CONTROL_H
#define DEMO_CONTROL_H

struct request;

void control_request(struct request *rq);
/* /metrics, which Lavalink gives to anyone. */
void control_metrics(struct request *rq);

#endif
