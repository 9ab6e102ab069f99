/*
 * From a request to its answer: guard, path, document or command. Control thread only.
 */
#ifndef WEB_SERVE_H
#define WEB_SERVE_H

#define SERVE_STARTING "Starting: there are no figures yet."

#include "web/guard.h"
#include "web/query.h"
#include "web/response.h"

struct client;
struct json;
struct snap;
struct str;

/* Answers the request in the client's inbox (state WRITE), or asks control (state WAIT). */
void serve_request(struct client *client);

/* Answers what is no request, and closes behind it (state WRITE). */
void serve_refusal(struct client *client, unsigned status, const char *message);

/* The request under way as the guard wants it. */
struct guard_request serve_guard_request(const struct client *client);

/* Appends a parameter of the request: of its form, else of its query. */
enum query_result serve_value(const struct client *client, struct slice name, struct str *out);

/* The beginning of an answer to the request under way. */
struct response serve_response(const struct client *client, unsigned status, const char *type);

/* Answers the request under way (state WRITE): with an error (a page where a person asked), with a
 * document made by the caller (which is freed), with one of a few KB drawn from the newest
 * snapshot. */
void serve_error(struct client *client, unsigned status, const char *message);
void serve_json(struct client *client, unsigned status, struct str *body);
void serve_document(struct client *client, void (*write)(struct json *, const struct snap *));

#endif
