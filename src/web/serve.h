/*
 * From a request to its answer: guard, path, document or command. Control thread only.
 */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#include <stdbool.h>

struct client;

/* Answers the request in the client's inbox (state WRITE), or asks control (state WAIT). */
void serve_request(struct client *client);

/* Answers what is no request, and closes behind it (state WRITE). */
void serve_refusal(struct client *client, unsigned status, const char *message);

/* Looks whether what the client waits for has come, or the time is up: then true, state WRITE. */
bool serve_waiting(struct client *client);

#endif
