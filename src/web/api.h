/*
 * Which answer a method and a path ask for. Paths are compared as they came, never decoded. Pure.
 */
#ifndef WEB_API_H
#define WEB_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum api_what {
    API_NOTHING, /* 404 */
    API_VERSION,
    API_CONNECTIONS,
    API_DATA_USAGE,
    API_HEALTH,
    API_BACKEND_HEALTH,
    API_KILL,
    API_KILL_MANY, /* a list of connections, or an IP */
    API_BLOCK,
    API_UNBLOCK,
    API_BLOCKED, /* the block list, and who was refused */
    API_CLIENTS, /* by what they call themselves */
    API_BOTS,
    API_BOT, /* one of them */
    API_PLAYERS,
    API_DRAIN,
    API_UNDRAIN,
    API_CHECK, /* of one backend */
    API_RELOAD,
    API_STREAM,
    API_METRICS,
    API_LIVEZ,
    API_READYZ,
    API_ROBOTS, /* what crawlers may see: nothing */
    API_LOGIN,  /* the page, and its form */
    API_LOGOUT,
    API_SETUP, /* how pages look to this visitor */
    API_ASSET,
    API_PAGE_NOTHING, /* 404, for people */
    API_PAGE_MONITOR,
    API_PAGE_CONNECTIONS,
    API_PAGE_CONNECTION,
    API_PAGE_USAGE,
    API_PAGE_HEALTH,
    API_PAGE_BLOCKED,
    API_PAGE_EVENTS,
    API_PAGE_BOTS,
    API_PAGE_BOT,
    API_PAGE_BOT_END, /* the question before it */
    API_PAGE_PLAYERS,
    API_COUNT
};

struct api_call {
    enum api_what what;
    const char *allow; /* methods of this path, for Allow; NULL: there is no such path */
    bool method_ok;    /* false: 405 */
    bool reads;        /* GET or HEAD; everything else is an action */
    bool head_only;    /* HEAD */
    uint64_t id;       /* API_KILL, API_BOT, API_PAGE_CONNECTION, API_PAGE_BOT, API_PAGE_BOT_END */
    struct slice name; /* API_DRAIN, API_UNDRAIN, API_CHECK: as in the target, perhaps escaped;
                          API_ASSET: of the file */
};

/* `target` is the request's own, query included. */
void api_find(struct api_call *call, struct slice method, struct slice target);

/* Whether anybody may ask: the probes say one word and no secret, and nobody can log in behind a
 * login. */
bool api_is_open(enum api_what what);

/* Whether it is a page for people: refusals are then pages as well. */
bool api_is_page(enum api_what what);

#endif
