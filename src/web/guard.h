/*
 * Who may ask the web port for what: Host known (a web page cannot reach us under a name of its
 * own, DNS rebinding), password, session or loopback, and for actions no request that another site
 * made a browser send. Decides; sends nothing. Control thread only, because of throttle and
 * sessions.
 */
#ifndef WEB_GUARD_H
#define WEB_GUARD_H

#include <stdbool.h>

#include "conf/config.h"
#include "http/head.h"
#include "net/addr.h"
#include "web/api.h"
#include "web/login.h"
#include "web/throttle.h"

struct guard_request {
    const struct config *config;
    const struct head *head;
    const struct api_call *call;
    struct slice form; /* the body */
    struct addr peer;
    struct addr local; /* our own end of this connection */
    double now;        /* monotonic */
};

struct guard_verdict {
    unsigned status; /* 0: may pass */
    const char *message;
    unsigned retry_after; /* seconds; 0: no header */
    bool challenge;       /* tell browsers that they may log in with Basic */
    bool wrong;           /* it was a wrong password: worth a line in the log */
    bool ask_login;       /* a browser should be sent to the login page instead */
    struct login *login;  /* of a browser that is logged in, or NULL */
};

/* What decides beside the request. */
struct guard {
    struct throttle throttle;
    struct logins logins;
};

struct guard_verdict guard_check(struct guard *guard, const struct guard_request *request);

/* A password typed into the login form: status 0 with a new session, or as above. */
struct guard_verdict guard_login(struct guard *guard, const struct guard_request *request,
                                 struct slice password);

/* Whether a Host value names this port; for the check above and its test. */
bool guard_host_known(const struct config *config, const struct addr *local, struct slice host);

/* A Host value without its port: "localhost", "[::1]"; empty where it is none. */
struct slice guard_host_name(struct slice host);

/* Whether no other site is behind the request, by all that Sec-Fetch-Site and Origin say. An origin
 * that the browser hides ("null") is as good as Sec-Fetch-Site beside it. */
bool guard_same_site(const struct head *head);

#endif
