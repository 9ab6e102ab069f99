/*
 * Long lists as answers: what a request asks for, and their beginning. Control thread only.
 */
#ifndef WEB_SERVE_FEED_H
#define WEB_SERVE_FEED_H

#include "web/paging.h"

struct client;

/* Answers the request under way (state WRITE) with this list, as its parameters ask for it. */
void serve_feed(struct client *client, enum paging_list list);

#endif
