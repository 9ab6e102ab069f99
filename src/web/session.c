/*
 * The table of browser sessions.
 */
#include "web/session.h"

#include <string.h>

#include "base/hash.h"

static void random_text(char out[SESSION_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(SESSION_TEXT - 1) / 2];
    hash_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[SESSION_TEXT - 1] = '\0';
}

struct session *session_new(struct sessions *sessions, double now)
{
    struct session *place = &sessions->table[0];
    for (unsigned i = 0; i < SESSION_MAX; i++) {
        struct session *session = &sessions->table[i];
        if (session->until < place->until)
            place = session;
    }
    random_text(place->cookie);
    random_text(place->token);
    place->until = now + SESSION_SECONDS;
    return place;
}

struct slice session_cookie(const struct head *head, struct slice name)
{
    for (unsigned i = 0; i < head->count; i++) {
        struct slice rest = head->headers[i].value, pair;
        if (!slice_equal_nocase(head->headers[i].name, SLICE("Cookie")))
            continue;
        while (slice_next(&rest, ';', &pair)) {
            size_t equals = slice_find(pair, '=');
            if (equals < pair.len && slice_equal((struct slice){pair.ptr, equals}, name))
                return (struct slice){pair.ptr + equals + 1, pair.len - equals - 1};
        }
    }
    return (struct slice){NULL, 0};
}

struct session *session_find(struct sessions *sessions, const struct head *head, double now)
{
    struct slice cookie = session_cookie(head, SLICE(SESSION_COOKIE));
    struct session *found = NULL;
    if (cookie.len != SESSION_TEXT - 1)
        return NULL;
    for (unsigned i = 0; i < SESSION_MAX; i++) {
        struct session *session = &sessions->table[i];
        bool same = hash_equal_secret(cookie.ptr, cookie.len, session->cookie, SESSION_TEXT - 1);
        if (same && session->cookie[0] != '\0' && now < session->until)
            found = session;
    }
    return found;
}

void session_end(struct session *session)
{
    if (session != NULL)
        memset(session, 0, sizeof(*session));
}

void session_end_all(struct sessions *sessions)
{
    memset(sessions, 0, sizeof(*sessions));
}

bool session_token_is(const struct session *session, struct slice token)
{
    return hash_equal_secret(token.ptr, token.len, session->token, SESSION_TEXT - 1);
}
