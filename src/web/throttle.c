/*
 * Wrong passwords on the web port. The table is small enough to be searched from end to end, and it
 * is searched only for requests that carry a password.
 */
#include "web/throttle.h"

#include <string.h>

/* Longer ago than any window: the content of a place that was never used. */
#define THROTTLE_NEVER (-1e9)

static struct throttle_visitor *visitor_find(const struct throttle *t, const struct addr_key *key)
{
    for (unsigned i = 0; i < THROTTLE_VISITORS; i++) {
        const struct throttle_visitor *v = &t->visitors[i];
        if (v->key.family != 0 && memcmp(&v->key, key, sizeof(*key)) == 0)
            return (struct throttle_visitor *)v;
    }
    return NULL;
}

static double visitor_last(const struct throttle_visitor *v)
{
    return v->failures[(v->next + THROTTLE_FAILURES - 1) % THROTTLE_FAILURES];
}

static struct throttle_visitor *visitor_replace(struct throttle *t, const struct addr_key *key)
{
    struct throttle_visitor *oldest = &t->visitors[0];
    for (unsigned i = 0; i < THROTTLE_VISITORS; i++) {
        struct throttle_visitor *v = &t->visitors[i];
        if (v->key.family == 0) {
            oldest = v;
            break;
        }
        if (visitor_last(v) < visitor_last(oldest))
            oldest = v;
    }
    oldest->key = *key;
    oldest->next = 0;
    for (unsigned i = 0; i < THROTTLE_FAILURES; i++)
        oldest->failures[i] = THROTTLE_NEVER;
    return oldest;
}

unsigned throttle_wait(const struct throttle *t, const struct addr *peer, double now)
{
    struct addr_key key = addr_key_of(peer);
    const struct throttle_visitor *v = visitor_find(t, &key);
    if (!v)
        return 0;
    double left = v->failures[v->next] + THROTTLE_WINDOW - now;
    return left > 0 ? (unsigned)left + 1 : 0;
}

void throttle_failed(struct throttle *t, const struct addr *peer, double now)
{
    struct addr_key key = addr_key_of(peer);
    struct throttle_visitor *v = visitor_find(t, &key);
    if (!v)
        v = visitor_replace(t, &key);
    v->failures[v->next] = now;
    v->next = (v->next + 1) % THROTTLE_FAILURES;
}
