/*
 * What changes, once a second, as server-sent events (HTML, section 9.2): parts of the page that a
 * visitor looks at (view=PATH), or without one a compact snapshot for programs. Visitors of the
 * same page share one drawing. Who reads too slowly misses seconds and then gets every part anew;
 * nothing is queued. Control thread only.
 */
#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include <stdbool.h>

struct client;
struct web;
struct stream_view;

#define STREAM_MAX 32
#define STREAM_PER_ADDRESS 4

/* Answers the request under way: head now (state STREAM), the first event with the next snapshot.
 */
void stream_begin(struct client *client);
/* The client ends. */
void stream_end(struct client *client);
/* Who may look has changed: all streams end, and whoever still may asks again. */
void stream_end_all(struct web *web);

/* Before any of the others. */
void stream_init(struct web *web);

/* A snapshot has been published. Views are drawn one in each turn of the loop, the first at once.
 */
void stream_publish(struct web *web);

/* For how many seconds a page rests that took so many to draw: whatever somebody looks at, drawing
 * it takes a small part of the loop's time. Pure. */
double stream_rest(double took);

#endif
