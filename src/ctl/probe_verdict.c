/*
 * The words for what a check found. They stand behind the backend's name, on the screen, in the
 * event list and in /api/health.
 */
#include "probe_verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/sock.h"

#define ASKED " to GET /version"

__attribute__((format(printf, 3, 4))) static void
say(struct probe_verdict *v, enum backend_state state, const char *format, ...)
{
    va_list args;

    v->state = state;
    va_start(args, format);
    vsnprintf(v->reason, sizeof(v->reason), format, args);
    va_end(args);
}

void probe_verdict_up(struct probe_verdict *v, double ms, double slow)
{
    if (ms > slow)
        say(v, BACKEND_SLOW, "%.0f ms, over %g ms", ceil(ms), slow);
    else
        say(v, BACKEND_ONLINE, "%s", "");
}

void probe_verdict_strange(struct probe_verdict *v)
{
    say(v, BACKEND_MISMATCH,
        "does not answer like Lavalink; health.check: tcp checks only the connection");
}

bool probe_verdict_answer(struct probe_verdict *v, const struct probe_answer *answer, unsigned want)
{
    unsigned status = answer->status, version = answer->version;

    if (version == 0 && status == 200)
        version = probe_answer_major(probe_answer_body(answer));
    /* Before all else: the servers say their version to those with a wrong password as well. */
    if (version != 0 && version != want)
        say(v, BACKEND_MISMATCH, "answers as Lavalink v%u, not v%u", version, want);
    else if (status == 401 || status == 403)
        say(v, BACKEND_UNAUTHORIZED, "refuses the password configured for it");
    else if (status != 200)
        say(v, BACKEND_OFFLINE, "answers %u" ASKED, status);
    else if (version == 0)
        probe_verdict_strange(v);
    else
        return true;
    return false;
}

void probe_verdict_broken(struct probe_verdict *v, enum probe_step step, int error, bool begun)
{
    if (error != 0 && sock_is_our_fault(error))
        say(v, BACKEND_UNKNOWN, "%s", strerror(error));
    else if (step == PROBE_CONNECT)
        say(v, BACKEND_OFFLINE, "%s", strerror(error));
    else if (begun)
        say(v, BACKEND_OFFLINE, "ends the connection amid its answer" ASKED);
    else
        say(v, BACKEND_OFFLINE, "ends the connection without an answer" ASKED);
}

void probe_verdict_silent(struct probe_verdict *v, enum probe_step step, double seconds, bool begun)
{
    const char *what = begun ? "only part of an answer" : "no answer";

    say(v, BACKEND_TIMEOUT, "%s within %g s%s", what, seconds,
        step == PROBE_CONNECT ? " to the connect" : ASKED);
}
