/*
 * Line mode: events and a summary in words on standard output, commands by number on standard
 * input. In place of the screen, in the same thread, with the same links to the rest.
 */
#ifndef TUI_PLAIN_H
#define TUI_PLAIN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "conf/config.h"
#include "stats/snapshot.h"
#include "tui/app.h"
#include "tui/post.h"

struct plain_links {
    const struct config *config;
    const char *why; /* there is no screen, in words; "" when line mode was asked for */
    struct snap_hub *hub;
    struct post *post;
    int wake; /* the post's eventfd; also written when `stop` is set */
    app_send *send;
    void *send_ctx;
};

struct plain;

/* NULL when out of memory or descriptors. UI thread, as the rest. */
struct plain *plain_new(const struct plain_links *links);
void plain_free(struct plain *plain);

enum plain_outcome {
    PLAIN_STOPPED,
    PLAIN_GONE, /* nobody can read the output any more */
    PLAIN_LEFT  /* the person wants the proxy to run on without */
};

/* Runs until `stop` or one of the other ends. Never waits for the reader, but where plain_io.h says
 * so. */
enum plain_outcome plain_run(struct plain *plain, const atomic_bool *stop);

#endif
