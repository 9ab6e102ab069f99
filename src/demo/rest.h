/*
 * A complete request to a node: who may ask, and which handler answers. One thread.
 */
#ifndef DEMO_REST_H
#define DEMO_REST_H

#include <stdbool.h>

#include "base/slice.h"
#include "base/str.h"
#include "http/head.h"

struct node;
struct peer;

#define REQUEST_PARTS_MAX 6

struct request {
    struct node *node;
    struct peer *peer;
    const struct head *head;
    struct slice body;
    struct slice path;  /* without query */
    struct slice query; /* behind the '?'; may be empty */
    /* The path's segments behind /v3 or /v4. */
    struct slice parts[REQUEST_PARTS_MAX];
    unsigned count;
    bool bare; /* no version in front */
};

/* Answers, or turns the peer into a WebSocket. */
void rest_request(struct peer *peer, const struct head *head, struct slice body);

bool rest_is(const struct request *rq, const char *method);
void rest_error(struct request *rq, unsigned status, const char *message);

/* The form-decoded value of a query parameter (`%XX` and `+`; a broken escape stays as it is) in
 * `out`; false when it is not there. */
bool rest_param(const struct request *rq, const char *name, struct str *out);
/* A parameter that is a number; `otherwise` when it is absent or none. */
uint64_t rest_param_u64(const struct request *rq, const char *name, uint64_t otherwise);

/* The value of the first header with this name, or an empty slice with ptr NULL. */
struct slice rest_header(const struct head *head, const char *name);

#endif
